//! SQL scripts as `psql` runs them: several statements, rows as text. For questions that a person asks and for checks;
//! nothing that Laneway does by itself goes this way.

use laneway_pgconfig::Config;
use tokio_postgres::SimpleQueryMessage;

use crate::error::QueryError;

/// A row as text; `None` is null.
pub type TextRow = Vec<Option<String>>;

/// Runs the statements of `sql` on a connection of their own, as one transaction unless they state otherwise, and
/// returns the rows of all of them. Backslash commands are psql's own and not known here.
///
/// # Errors
/// When the database cannot be reached or a statement fails.
pub async fn run_script(config: &Config, sql: &str) -> Result<Vec<TextRow>, QueryError> {
    let client = config.connect().await?;
    let messages = client.simple_query(sql).await.map_err(QueryError::of("running a script", config))?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(rows.map(|row| (0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect()).collect())
}
