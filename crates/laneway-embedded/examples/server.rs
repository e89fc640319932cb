//! A throw-away server for programs in other languages: prints its URL, and ends when its standard input does.

use std::io::Read as _;
use std::process::ExitCode;

use laneway_embedded::{Server, Settings};

fn main() -> ExitCode {
    let server = match Server::start(&Settings::for_tests()) {
        Ok(server) => server,
        Err(error) => {
            eprintln!("no server: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", server.tcp_config().url());
    // Its end is the sign to go, and so is an error.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    drop(server);
    ExitCode::SUCCESS
}
