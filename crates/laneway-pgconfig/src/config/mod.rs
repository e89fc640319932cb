//! A connection string with all that completes it, ready to open connections.

#[cfg(test)]
mod secrets;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::config::{ChannelBinding, SslNegotiation};

use crate::connect::Connector;
use crate::error::{ConfigError, ConnectError, shown};
use crate::forms::with_database;
use crate::servers::{Place, Server};
use crate::settings::Settings;
use crate::sources::environment::Environment;
use crate::sources::passfile::{self, Wanted};
use crate::tls::{self, Mode};

/// How long one server may take to connect, encrypt and log in where nothing else is set: longer than a busy server takes,
/// short enough to go on to the next host of a list within a failover.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be idle before it is probed: firewalls forget connections after some minutes, and the
/// system's own 2 hours come too late.
const KEEPALIVES_IDLE: Duration = Duration::from_secs(30);

/// How a database is reached: libpq's URL (`postgres://user@host:port/database`) or its `key=value` form, or Npgsql's
/// `Word=value;…`, completed from a service file, the environment (`PGHOST`, `PGPASSWORD`, …) and the password file, as in
/// libpq. `Display` and `Debug` show servers and database, never the password.
#[derive(Clone)]
pub struct Config {
    text: String,
    database: Option<String>,
    user: Option<String>,
    connector: Connector,
}

impl Config {
    /// Reads a connection string.
    ///
    /// # Errors
    /// When it is not one, names no host, holds a setting that is not supported, or a file that it names cannot be used.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::parse_in(text, &Environment(&|name| std::env::var_os(name)))
    }

    pub(crate) fn parse_in(text: &str, environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let settings = Settings::read(text, environment)?;
        let servers = Server::all(&settings)?;
        let mode = Mode::of(&settings)?;
        let is_encrypted = |server: &Server| mode != Mode::Disable && matches!(server.place, Place::Host(..));
        let tls =
            if servers.iter().any(is_encrypted) { Some(tls::connector(mode, &settings, environment)?) } else { None };
        let connector = Connector {
            driver: driver(&settings)?,
            servers: with_passwords(servers, &settings, environment),
            is_for_reading: false,
            is_random: settings.get("load_balance_hosts") == Some("random"),
            timeout: connect_timeout(&settings)?,
            mode,
            tls,
        };
        let text_of = |word| settings.get(word).map(str::to_owned);
        Ok(Self { text: text.to_owned(), database: text_of("dbname"), user: text_of("user"), connector })
    }

    /// The same server, user and settings with another database.
    ///
    /// # Errors
    /// When the changed text is no connection string any more (a name that cannot stand in one).
    pub fn with_database(&self, name: &str) -> Result<Self, ConfigError> {
        Self::parse(&with_database(&self.text, name))
    }

    /// The connection string as it was given, password included: for handing on, not for showing.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.text
    }

    /// The database's name; PostgreSQL takes the user's when there is none.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The same for a program that only reads: a server that cannot be written to will do.
    #[must_use]
    pub fn for_reading(mut self) -> Self {
        self.connector.is_for_reading = true;
        self
    }

    /// Opens one connection, driven by a task of the current Tokio runtime until the client is dropped and the
    /// server has answered what was sent. Takes `connect_timeout` for each address of each server at most.
    ///
    /// # Errors
    /// When no server can be reached and written to.
    pub async fn connect(&self) -> Result<Client, ConnectError> {
        Ok(self.connect_with_task().await?.0)
    }

    /// Opens one connection and returns with it the task that drives it: aborting that closes the connection at once,
    /// whatever is under way.
    ///
    /// # Errors
    /// When no server can be reached and written to.
    pub async fn connect_with_task(&self) -> Result<(Client, JoinHandle<()>), ConnectError> {
        let refused = |refusals| ConnectError { target: self.to_string(), refusals, hidden: self.hidden() };
        // On the heap: it is large, and most futures that hold it never connect.
        Box::pin(self.connector.open()).await.map_err(refused)
    }

    /// What servers repeat in their messages and is not to be shown.
    pub(crate) fn hidden(&self) -> Vec<String> {
        let names = self.database.iter().chain(&self.user);
        names.filter(|name| shown(name) != **name).cloned().collect()
    }

    #[cfg(test)]
    pub(crate) fn connector(&self) -> &Connector {
        &self.connector
    }
}

/// The driver's settings but for hosts and encryption.
fn driver(settings: &Settings) -> Result<tokio_postgres::Config, ConfigError> {
    let mut driver = tokio_postgres::Config::new();
    if let Some(user) = settings.get("user") {
        driver.user(user);
    }
    if let Some(password) = settings.get("password") {
        driver.password(password);
    }
    if let Some(database) = settings.get("dbname") {
        driver.dbname(database);
    }
    if let Some(options) = settings.get("options") {
        driver.options(options);
    }
    if let Some(name) = settings.get("application_name").or_else(|| settings.get("fallback_application_name")) {
        driver.application_name(name);
    }
    match settings.get("channel_binding") {
        Some("disable") => driver.channel_binding(ChannelBinding::Disable),
        Some("require") => driver.channel_binding(ChannelBinding::Require),
        _ => driver.channel_binding(ChannelBinding::Prefer),
    };
    if settings.get("sslnegotiation") == Some("direct") {
        driver.ssl_negotiation(SslNegotiation::Direct);
    }
    set_tcp(&mut driver, settings)?;
    Ok(driver)
}

fn set_tcp(driver: &mut tokio_postgres::Config, settings: &Settings) -> Result<(), ConfigError> {
    driver.keepalives(settings.get("keepalives") != Some("0"));
    // In libpq 0 or less stands for the system's own.
    let positive =
        |word| settings.number::<i32>(word).map(|number| number.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0));
    let seconds = |word| positive(word).map(|number| number.map(|seconds| Duration::from_secs(seconds.into())));
    driver.keepalives_idle(seconds("keepalives_idle")?.unwrap_or(KEEPALIVES_IDLE));
    if let Some(interval) = seconds("keepalives_interval")? {
        driver.keepalives_interval(interval);
    }
    if let Some(count) = positive("keepalives_count")? {
        driver.keepalives_retries(count);
    }
    // Milliseconds in libpq; the driver's own reader takes them for seconds.
    if let Some(timeout) = positive("tcp_user_timeout")? {
        driver.tcp_user_timeout(Duration::from_millis(timeout.into()));
    }
    Ok(())
}

/// 0 and less wait for ever in libpq; here no wait is without an end.
fn connect_timeout(settings: &Settings) -> Result<Duration, ConfigError> {
    let seconds = settings.number::<i32>("connect_timeout")?.and_then(|seconds| u64::try_from(seconds).ok());
    Ok(seconds.filter(|seconds| *seconds > 0).map_or(CONNECT_TIMEOUT, Duration::from_secs))
}

/// The servers with the passwords that the password file has for them.
fn with_passwords(
    servers: Vec<Server>,
    settings: &Settings,
    environment: &Environment<'_>,
) -> Vec<(Server, Option<String>)> {
    let file = settings.get("passfile").map(PathBuf::from).or_else(|| environment.in_home(".pgpass"));
    let file = file.filter(|_| settings.get("password").is_none());
    let user = settings.get("user").unwrap_or_default();
    let database = settings.get("dbname").unwrap_or(user);
    let password = |server: &Server| {
        let hosts: &[&str] = match &server.place {
            Place::Socket(folder) => &[folder, "localhost"],
            Place::Host(host, _) => &[host],
        };
        passfile::password(file.as_ref()?, Wanted { hosts, port: server.port, database, user })
    };
    servers.into_iter().map(|server| (password(&server), server)).map(|(password, server)| (server, password)).collect()
}

/// Servers and database, without user and password.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<String> = self.connector.servers.iter().map(|(server, _)| server.to_string()).collect();
        let database = self.database.as_deref().or(self.user.as_deref()).unwrap_or("?");
        write!(f, "database {} at {}", shown(database), servers.join(", "))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config({self})")
    }
}
