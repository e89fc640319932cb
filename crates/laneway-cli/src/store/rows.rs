//! Rows as texts. Knows no tables.

use laneway_pgconfig::Config;
use laneway_postgres_tools::run_script;

use crate::failure::Failure;

/// Rows of text without nulls: what the scripts here give.
pub(super) async fn rows<const N: usize>(config: &Config, sql: &str) -> Result<Vec<[String; N]>, Failure> {
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
