//! One throw-away database: created on a server, dropped with its value. Knows nothing of what is kept in it.

use std::thread;

use laneway_pgconfig::Config;
use laneway_pgconfig::tokio_postgres::error::SqlState;

use crate::error::{Cause, EmbeddedError};

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: Config,
    config: Config,
    name: String,
    kept: bool,
}

impl Database {
    /// Creates an empty database beside the one that `server` names.
    pub(crate) async fn create(server: &Config, name: String) -> Result<Self, EmbeddedError> {
        // template0: no session is connected to it, and whatever an operator added to template1 stays out.
        Self::create_from(server, name, "template0").await
    }

    /// Creates a database with what `template` holds.
    pub(crate) async fn create_from(server: &Config, name: String, template: &str) -> Result<Self, EmbeddedError> {
        let config = server.with_database(&name).map_err(Cause::Url)?;
        let statement = format!("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'", quoted(&name), quoted(template));
        match server.connect().await?.batch_execute(&statement).await {
            Ok(()) => Ok(Self { server: server.clone(), config, name, kept: false }),
            Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                Err(Cause::MayNotCreate { server: server.to_string() }.into())
            }
            Err(source) => Err(Cause::Refused { verb: "create", name, source }.into()),
        }
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its address as a URL, password included.
    #[must_use]
    pub fn url(&self) -> &str {
        self.config.url()
    }

    /// Leaves the database on the server.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Database {
    /// Drops the database and waits for it, on a thread of its own: the value may go in or outside a runtime.
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(drop_database(&server, name)).map_err(|error| error.to_string())
        });
        if let Ok(Err(error)) = dropping.join() {
            tracing::warn!(%error, "a throw-away database stays behind");
        }
    }
}

/// Drops a database together with the connections that it still has; a missing one is no error.
async fn drop_database(server: &Config, name: String) -> Result<(), EmbeddedError> {
    let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&name));
    let dropped = server.connect().await?.batch_execute(&statement).await;
    Ok(dropped.map_err(|source| Cause::Refused { verb: "drop", name, source })?)
}

/// `name` as an identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
