//! What figures were measured on.

use std::num::NonZeroUsize;

use laneway_pgconfig::Config;
use laneway_postgres_tools::{QueryError, run_script};

use super::report::Machine;

/// As many as this process may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// This machine, and the server of `config`.
///
/// # Errors
/// When it cannot be reached.
pub(super) async fn look(config: &Config) -> Result<Machine, QueryError> {
    let rows = run_script(config, "SHOW server_version").await?;
    let postgres = rows.into_iter().flatten().flatten().next().unwrap_or_default();
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let system =
        [Some(format!("{os} {architecture}")), processor()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    Ok(Machine { laneway: env!("CARGO_PKG_VERSION"), postgres, cores: cores(), system })
}

/// What the processor calls itself, where the system tells.
fn processor() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim().to_owned())
}
