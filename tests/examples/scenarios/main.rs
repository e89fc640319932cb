//! What a load must stand, on real servers and for minutes: locks of others, useless statistics, restarts, clusters that fail
//! over, faults at each step, more than a database takes, hours. And generated worlds, more than a test has time for. Each scenario
//! prints a table, and fails where a row of it is not as promised.
//!
//!     cargo xtask locks|statistics|outages|clusters|checks|processes|faults|overload|soak|worlds [OPTIONS]
//!
//! Tests show the same in seconds, one case of each (`tests/it`).

mod callers;
mod checks;
#[cfg(unix)]
mod clusters;
mod faults;
mod locks;
mod mutants;
mod outages;
mod overload;
mod process;
mod processes;
mod service;
mod soak;
mod statistics;
mod table;
mod worlds;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser};
use laneway_tests::reliability;

#[derive(Parser)]
#[command(about = "What a load must stand, for minutes")]
enum Scenario {
    /// A lock that another session holds, under a load of 64 callers that do not need it.
    Locks(locks::Options),
    /// Loads into stores that were analysed while they were empty, or nearly so.
    Statistics(statistics::Options),
    /// Checks of whole stores: clean, fast, in little memory.
    Checks(checks::Options),
    /// Several processes at one store, beside the service's own statements.
    Processes(processes::Options),
    /// Restarts, killed sessions and silence under a load.
    Outages(outages::Options),
    /// A fault at every step of a flush; writes the table of docs/reliability.md.
    Faults(faults::Options),
    /// More than the database takes, and what must not stall others.
    Overload(overload::Options),
    /// Load, faults, new plugins, other limits and stores opened and closed, for long: nothing grows.
    Soak(soak::Options),
    /// Generated worlds: batches, the model in memory and the single path agree.
    Worlds(worlds::Options),
    /// Each step of the flush skipped, and the generated world that notices.
    Mutants(mutants::Options),
    /// Clusters that fail over under a load: Patroni, by all addresses, through HAProxy and pgpool.
    #[cfg(unix)]
    Clusters(clusters::Options),
}

/// How long a scenario goes on.
#[derive(Args, Clone, Copy)]
struct Length {
    /// How many seconds each of its rows takes.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

impl Length {
    fn duration(self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// Where a scenario's table goes.
#[derive(Args, Clone, Copy)]
struct Document {
    /// Print the table, and leave docs/reliability.md as it is.
    #[arg(long)]
    no_document: bool,
}

impl Document {
    /// Puts a table into its section. False, after saying so, where it cannot.
    fn put(self, section: &str, text: &str) -> bool {
        let put = if self.no_document { Ok(()) } else { reliability::put(section, text) };
        put.inspect_err(|error| eprintln!("{error}")).is_ok()
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let kept = match Scenario::parse() {
        Scenario::Locks(options) => locks::run(options).await,
        Scenario::Statistics(options) => statistics::run(options).await,
        Scenario::Checks(options) => checks::run(options).await,
        Scenario::Processes(options) => processes::run(options).await,
        Scenario::Outages(options) => outages::run(options).await,
        Scenario::Faults(options) => faults::run(options).await,
        Scenario::Overload(options) => overload::run(options).await,
        Scenario::Soak(options) => soak::run(options).await,
        Scenario::Worlds(options) => worlds::run(options).await,
        Scenario::Mutants(options) => mutants::run(options).await,
        #[cfg(unix)]
        Scenario::Clusters(options) => clusters::run(options).await,
    };
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
