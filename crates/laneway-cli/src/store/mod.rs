//! The store that commands work on: its address, deploying it, looking into it.
//! Knows SQL for looking only; what writes is `laneway-postgres`.

mod address;
mod expected;
mod newest;
mod samples;
mod staff;
mod versions;

pub(crate) use address::{DatabaseArgs, deploy};
pub(crate) use expected::Expected;
pub(crate) use newest::newest_documents;
pub(crate) use samples::print_samples;
pub(crate) use versions::Versions;

use laneway_pgconfig::Config;
use laneway_postgres_tools::run_script;

use crate::failure::Failure;

/// Rows of text without nulls: what the scripts here give.
async fn rows<const N: usize>(config: &Config, sql: &str) -> Result<Vec<[String; N]>, Failure> {
    let unexpected =
        |what: String| Failure::database(what, "Check that the database is a store (laneway deploy) and is up.");
    let rows = run_script(config, sql).await.map_err(|error| unexpected(error.to_string()))?;
    rows.into_iter()
        .map(|row| {
            let texts: Vec<String> = row.into_iter().map(|column| column.unwrap_or_default()).collect();
            texts
                .try_into()
                .map_err(|row: Vec<String>| unexpected(format!("a query gave {} columns instead of {N}", row.len())))
        })
        .collect()
}
