//! SQL scripts as `psql` runs them: several statements, rows as text. For people's questions and for checks;
//! nothing that Laneway does by itself goes this way.

use tokio_postgres::SimpleQueryMessage;

use crate::config::{Config, ConnectError, chain};

/// A row as text; `None` is null.
pub type TextRow = Vec<Option<String>>;

/// A script that did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server refused a statement.
    #[error("the script failed on {target}: {cause}")]
    Refused {
        /// The database.
        target: String,
        /// What the server said.
        cause: String,
    },
}

/// Runs the statements of `sql` on a connection of their own, as one transaction unless they say otherwise, and
/// returns the rows of all of them. Backslash commands are psql's own and not known here.
///
/// # Errors
/// When the database cannot be reached or a statement fails.
pub async fn run_script(config: &Config, sql: &str) -> Result<Vec<TextRow>, ScriptError> {
    let client = config.connect().await?;
    let messages = client
        .simple_query(sql)
        .await
        .map_err(|error| ScriptError::Refused { target: config.to_string(), cause: chain(&error) })?;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(rows.map(|row| (0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect()).collect())
}
