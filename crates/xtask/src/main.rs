//! `cargo xtask`: everything that is not `cargo build`. Runs other programs and counts their results; builds in
//! seconds, so it depends on nothing of Laneway's own but `laneway-pgbin`.

#![forbid(unsafe_code)]

mod cargo;
mod codegen;
mod demo;
mod dotnet;
mod header;
mod package;
mod skips;
mod tally;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use skips::Skips;

const USAGE: &str = "\
cargo xtask <command>

  demo [-- OPTIONS]      builds `laneway` and runs its demo (`cargo xtask demo -- --help` lists the options)
  test [--require-all]   runs every check and test; what cannot run here is skipped, loudly; with --require-all a
                         skip is a failure
  tidy                   checks the house rules; each finding names its remedy
  codegen [--check]      rebuilds what is generated and committed (the plugins' scanner); --check: only compares
  header [--check]       writes what is generated from the C ABI (include/, the .NET binding's structs); --check: only
                         compares
  package [OPTIONS]      makes dist/: a tarball (header, libraries, plugins, the program) and the NuGet packages, and checks
                         each by a program that is built against it from an empty folder
                           --out DIR          elsewhere than dist/
                           --profile release|dev
                           --native DIR       takes DIR/runtimes/<rid>/native/* into the NuGet package: libraries that were
                                              built on other platforms
                           --require-all      a check that cannot run here is a failure
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["demo", "--", options @ ..] | ["demo", options @ ..] => demo::run(options),
        ["test"] => test::run(Skips::Allowed),
        ["test", "--require-all"] => test::run(Skips::Fail),
        ["codegen"] => codegen::run(),
        ["codegen", "--check"] => codegen::run_check(),
        ["header"] => header::run(),
        ["header", "--check"] => header::run_check(),
        ["package", options @ ..] => package::run(options),
        ["tidy"] => tidy::run(),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
