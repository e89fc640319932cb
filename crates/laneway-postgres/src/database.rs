//! Whole databases: created and dropped on a server. Knows nothing of what stands in them.

use crate::config::{Config, ConfigError, ConnectError, chain};

/// A database that could not be created or dropped.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DatabaseError(#[from] Kind);

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error(transparent)]
    Connect(ConnectError),
    #[error(transparent)]
    Config(ConfigError),
    #[error(
        "the role may not create databases on this server ({server}); \
         grant it with ALTER ROLE … CREATEDB, or name another server"
    )]
    MayNotCreate { server: String },
    #[error("cannot {verb} database {name}: {cause}")]
    Refused { verb: &'static str, name: String, cause: String },
}

/// Creates an empty database beside the one that `server` names and returns its address.
///
/// # Errors
/// When the server cannot be reached, or the role lacks the right to create databases.
pub async fn create_database(server: &Config, name: &str) -> Result<Config, DatabaseError> {
    let created = server.with_database(name).map_err(Kind::Config)?;
    let client = server.connect().await.map_err(Kind::Connect)?;
    // template0: nobody is connected to it, and whatever an operator added to template1 stays out.
    let statement = format!("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", quoted(name));
    match client.batch_execute(&statement).await {
        Ok(()) => Ok(created),
        Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE) => {
            Err(Kind::MayNotCreate { server: server.to_string() }.into())
        }
        Err(error) => Err(Kind::Refused { verb: "create", name: name.to_owned(), cause: chain(&error) }.into()),
    }
}

/// Drops a database, and with it whatever connections it still has; one that is gone already is no error.
///
/// # Errors
/// When the server cannot be reached, or refuses.
pub async fn drop_database(server: &Config, name: &str) -> Result<(), DatabaseError> {
    let client = server.connect().await.map_err(Kind::Connect)?;
    let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
    client
        .batch_execute(&statement)
        .await
        .map_err(|error| Kind::Refused { verb: "drop", name: name.to_owned(), cause: chain(&error) }.into())
}

/// `name` as an identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
