//! What a load must stand, on real servers and for minutes: locks of others, useless statistics, restarts, clusters that fail
//! over. And generated worlds, more than a test has time for. Each scenario prints a table, and fails where a row of it is not as promised.
//!
//!     cargo xtask locks|statistics|outages|clusters|checks|processes|worlds [OPTIONS]
//!
//! Tests show the same in seconds, one case of each (`tests/it`).

mod checks;
#[cfg(unix)]
mod clusters;
mod locks;
mod mutants;
mod outages;
mod processes;
mod service;
mod statistics;
mod table;
mod worlds;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser};

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

#[tokio::main]
async fn main() -> ExitCode {
    let kept = match Scenario::parse() {
        Scenario::Locks(options) => locks::run(options).await,
        Scenario::Statistics(options) => statistics::run(options).await,
        Scenario::Checks(options) => checks::run(options).await,
        Scenario::Processes(options) => processes::run(options).await,
        Scenario::Outages(options) => outages::run(options).await,
        Scenario::Worlds(options) => worlds::run(options).await,
        Scenario::Mutants(options) => mutants::run(options).await,
        #[cfg(unix)]
        Scenario::Clusters(options) => clusters::run(options).await,
    };
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
