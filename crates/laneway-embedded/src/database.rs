//! One throw-away database.

use std::thread;

use laneway_postgres::Config;

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct Database {
    server: Config,
    config: Config,
    name: String,
    kept: bool,
}

impl Database {
    pub(crate) fn new(server: Config, config: Config, name: String) -> Self {
        Self { server, config, name, kept: false }
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
            runtime.block_on(laneway_postgres::drop_database(&server, &name)).map_err(|error| error.to_string())
        });
        if let Ok(Err(error)) = dropping.join() {
            tracing::warn!(%error, "a throw-away database stays behind");
        }
    }
}
