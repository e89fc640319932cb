//! The program `laneway`: deploys a store, compiles plugins, extracts, loads, shows it all in a demo, and measures it.
//! Parses the command line and turns results into exit codes; the commands know the rest.

#![forbid(unsafe_code)]

mod bench;
mod commands;
mod console;
mod data_set;
mod documents;
mod failure;
mod interrupt;
mod load;
mod outcome;
mod plugins;
mod store;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use commands::{
    bench as bench_command, demo, deploy, extract, generate, grants, load as load_command, plugin, replay,
    store as store_command,
};
use failure::{Exit, Failure};

// musl's own takes half as much CPU again.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is logged unless LANEWAY_LOG is set. A download's error reports its retries.
const LOGGED: &str = "warn,reqwest_retry=error";

/// Writes JSON documents that arrive one at a time to PostgreSQL in batches.
#[derive(clap::Parser, Debug)]
#[command(name = "laneway", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Folder in which to keep compiled plugins for the next start, or `off` [default: laneway/code in the user's cache
    /// folder].
    #[arg(long, global = true, env = "LANEWAY_CODE_CACHE", value_name = "DIR", display_order = 900)]
    code_cache: Option<std::path::PathBuf>,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Deploy(deploy::Args),
    Grants(grants::Args),
    #[command(subcommand)]
    Plugin(plugin::Command),
    Extract(extract::Args),
    Load(Box<load_command::Args>),
    Generate(generate::Args),
    Replay(replay::Args),
    #[command(subcommand)]
    Store(store_command::Command),
    Demo(Box<demo::Args>),
    Bench(Box<bench_command::Args>),
}

fn main() -> ExitCode {
    let cli = Cli::parse_from(without_help_on_help(std::env::args_os().collect()));
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(console::has_colours())
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("LANEWAY_LOG").unwrap_or_else(|_| LOGGED.into()))
        .init();
    plugins::keep_code_in(cli.code_cache);
    match run(cli.command) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(failure) => {
            console::remark(format_args!("laneway: {failure}"));
            ExitCode::from(failure.exit() as u8)
        }
    }
}

/// `help --help` as `help`: clap takes what follows its own `help` as the name of a command.
fn without_help_on_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_help = |argument: &OsString| argument == "--help" || argument == "-h";
    // Behind a command that takes files `help` may be one: only a group of commands has the `help` that is meant.
    let at = if arguments.get(1).is_some_and(|group| group == "plugin" || group == "store") { 2 } else { 1 };
    if arguments.get(at).is_some_and(|argument| argument == "help") {
        arguments.retain(|argument| !is_help(argument));
    }
    arguments
}

fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Deploy(args) => asynchronous(args.run()),
        Command::Grants(args) => args.run(),
        Command::Plugin(command) => asynchronous(command.run()),
        Command::Extract(args) => args.run(),
        Command::Load(args) => asynchronous(args.run()),
        Command::Generate(args) => args.run(),
        Command::Replay(args) => asynchronous(args.run()),
        Command::Store(command) => asynchronous(command.run()),
        Command::Demo(args) => asynchronous(args.run()),
        Command::Bench(args) => asynchronous(args.run()),
    }
}

/// Runs a command on a runtime, as a task, so that its work is done where the runtime's other work is done.
fn asynchronous(command: impl Future<Output = Result<Exit, Failure>> + Send + 'static) -> Result<Exit, Failure> {
    let broken = |error: &dyn std::fmt::Display| {
        Failure::usage(
            format_args!("the command failed unexpectedly: {error}"),
            "This is a bug in Laneway; please report it.",
        )
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = laneway_core::threads::start(workers, "laneway-io", || ())
        .map_err(|error| Failure::usage(format_args!("the command cannot start: {error}"), "Nothing was done."))?;
    let task = runtime.spawn(command);
    runtime.block_on(task).map_err(|error| broken(&error))?
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_lists_its_exit_codes() {
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            if command.has_subcommands() {
                commands.extend(command.get_subcommands().cloned());
                continue;
            }
            let about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
            assert!(about.contains("\n\nExit codes: 0 "), "laneway {}: {about}", command.get_name());
        }
    }

    #[test]
    fn help_on_help_is_help() {
        let asked = |line: &str| without_help_on_help(line.split(' ').map(OsString::from).collect()).join(" ".as_ref());
        for (line, meant) in [
            ("laneway help --help", "laneway help"),
            ("laneway help -h", "laneway help"),
            ("laneway help load --help", "laneway help load"),
            ("laneway plugin help --help", "laneway plugin help"),
            ("laneway store help --help", "laneway store help"),
            ("laneway load help --help", "laneway load help --help"),
            ("laneway --help", "laneway --help"),
        ] {
            assert_eq!(asked(line), meant);
            let help = Cli::try_parse_from(asked(line).to_str().unwrap().split(' ')).unwrap_err();
            assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp, "{line}: {help}");
        }
    }
}
