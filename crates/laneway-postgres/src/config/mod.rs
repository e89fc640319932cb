//! Where a database is and how it is reached: a parsed connection string that never shows its password, with what it
//! leaves out taken from where libpq's users keep it. Opens single connections, and pools.

mod defaults;
mod error;
mod fill;
mod parameters;
mod passfile;
mod replace;
mod tls;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use deadpool_postgres::{Manager, ManagerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use defaults::Environment;
pub(crate) use error::chain;
pub use error::{ConfigError, ConnectError};
use passfile::Wanted;
use replace::replace_database;
use tls::Mode;

/// PostgreSQL's registered port.
const PORT: u16 = 5432;

/// A database's address: a URL (`postgres://user@host:port/database`) or libpq's `key=value` form. What it does not
/// say comes from a service file, the environment (`PGHOST`, `PGPASSWORD`, …) and the password file, as in libpq.
#[derive(Clone)]
pub struct Config {
    text: String,
    parsed: tokio_postgres::Config,
    /// `None` where connections are not encrypted.
    tls: Option<MakeRustlsConnect>,
}

impl Config {
    /// Reads a connection string.
    ///
    /// # Errors
    /// When it is not one, names no host, or a file that it names cannot be used.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::parse_in(text, &Environment(&|name| std::env::var_os(name)))
    }

    fn parse_in(text: &str, environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let refused = |cause| ConfigError { cause };
        let (text_of_driver, ours) = parameters::split(text).map_err(refused)?;
        let mut parsed = tokio_postgres::Config::from_str(&text_of_driver).map_err(|error| refused(chain(&error)))?;
        let defaults = defaults::of(&ours, environment).map_err(refused)?;
        fill::gaps(&mut parsed, &defaults).map_err(refused)?;
        if parsed.get_hosts().is_empty() && parsed.get_hostaddrs().is_empty() {
            return Err(refused("it names no host, and PGHOST is not set".to_owned()));
        }
        let chosen = |key: &str| {
            // In libpq, too, the last of a string counts; of the defaults the first.
            let given = ours.iter().rfind(|(name, _)| name == key);
            given.or_else(|| defaults.iter().find(|(name, _)| name == key)).map(|(_, value)| value.clone())
        };
        if parsed.get_password().is_none()
            && let Some(file) = chosen("passfile").map(PathBuf::from).or_else(|| environment.in_home(".pgpass"))
            && let Some(password) = passfile::password(&file, wanted(&parsed))
        {
            parsed.password(password);
        }
        let mode = chosen("sslmode").map_or(Ok(Mode::Prefer), |mode| Mode::parse(&mode)).map_err(refused)?;
        let files = tls::Files {
            root: chosen("sslrootcert"),
            certificate: chosen("sslcert").map(PathBuf::from),
            key: chosen("sslkey").map(PathBuf::from),
        };
        let tls = encryption(&mut parsed, mode, &files, environment).map_err(refused)?;
        Ok(Self { text: text.to_owned(), parsed, tls })
    }

    /// The same server, user and settings with another database.
    ///
    /// # Errors
    /// When the changed text is no connection string any more (a name that cannot stand in one).
    pub fn with_database(&self, name: &str) -> Result<Self, ConfigError> {
        Self::parse(&replace_database(&self.text, name))
    }

    /// The connection string as it was given, password included: for handing on, not for showing.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.text
    }

    /// The database's name; PostgreSQL takes the user's when there is none.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.parsed.get_dbname()
    }

    /// What opens a pool's connections, with the settings as `adjust` leaves them.
    pub(crate) fn manager(&self, how: ManagerConfig, adjust: impl FnOnce(&mut tokio_postgres::Config)) -> Manager {
        let mut settings = self.parsed.clone();
        adjust(&mut settings);
        match &self.tls {
            Some(tls) => Manager::from_config(settings, tls.clone(), how),
            None => Manager::from_config(settings, NoTls, how),
        }
    }

    /// Opens one connection; its task ends with the client.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn connect(&self) -> Result<Client, ConnectError> {
        let refused = |source| ConnectError { target: self.to_string(), source };
        match &self.tls {
            Some(tls) => {
                let (client, connection) = self.parsed.connect(tls.clone()).await.map_err(refused)?;
                run(connection);
                Ok(client)
            }
            None => {
                let (client, connection) = self.parsed.connect(NoTls).await.map_err(refused)?;
                run(connection);
                Ok(client)
            }
        }
    }
}

/// Drives a connection until its client goes or it fails.
fn run<S, T>(connection: Connection<S, T>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a database connection ended");
        }
    });
}

/// What a password file is asked: the first host, as libpq asks for each in turn only when it gets there.
fn wanted(config: &tokio_postgres::Config) -> Wanted<'_> {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host,
        _ => "localhost",
    };
    let user = config.get_user().unwrap_or_default();
    Wanted {
        host,
        port: config.get_ports().first().copied().unwrap_or(PORT),
        database: config.get_dbname().unwrap_or(user),
        user,
    }
}

/// Sets whether connections are encrypted, and returns by what. Sockets of the machine never are.
fn encryption(
    config: &mut tokio_postgres::Config,
    mode: Mode,
    files: &tls::Files,
    environment: &Environment<'_>,
) -> Result<Option<MakeRustlsConnect>, String> {
    let is_local = |host: &Host| !matches!(host, Host::Tcp(_));
    let is_all_local = config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_local);
    if mode == Mode::Disable || is_all_local {
        config.ssl_mode(Mode::Disable.of_driver());
        return Ok(None);
    }
    if config.get_hosts().iter().any(is_local) {
        return Err("it names both sockets and hosts; TLS needs hosts alone, or say sslmode=disable".to_owned());
    }
    config.ssl_mode(mode.of_driver());
    tls::connector(mode, files, environment).map(Some)
}

/// Host, port and database, without user and password.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.parsed.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => self.parsed.get_hostaddrs().first().map_or_else(String::new, ToString::to_string),
        };
        let port = self.parsed.get_ports().first().copied().unwrap_or(PORT);
        let database = self.database().or_else(|| self.parsed.get_user()).unwrap_or("?");
        write!(f, "database {database} at {host}:{port}")
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Config({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_password() {
        let config = Config::parse("postgres://someone:secret@example:5433/data").unwrap();
        assert_eq!(config.to_string(), "database data at example:5433");
        assert!(!format!("{config:?}").contains("secret"));
    }

    /// The user `u` with a password file, a service file and a root certificate that is none.
    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let passwords = home.path().join(".pgpass");
        std::fs::write(&passwords, "h:5432:d:u:from file\nlocalhost:*:*:u:of sockets\n").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&passwords, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        std::fs::write(home.path().join(".pg_service.conf"), "[s]\nhost=h\nuser=u\ndbname=d\nsslmode=disable\n")
            .unwrap();
        home
    }

    fn parsed(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let home = home();
        Config::parse_in(
            text,
            &Environment(&|name| {
                if name == "HOME" {
                    return Some(home.path().into());
                }
                variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
            }),
        )
    }

    #[test]
    fn passwords_come_from_where_libpq_finds_them() {
        for (text, variables, password) in [
            ("postgres://u:given@h/d", &[("PGPASSWORD", "from environment")][..], Some("given")),
            ("postgres://u@h/d", &[("PGPASSWORD", "from environment")], Some("from environment")),
            ("postgres://u@h/d", &[], Some("from file")),
            ("postgres://u@h/other", &[], None),
            ("host=/run/pg user=u dbname=d", &[], Some("of sockets")),
            ("service=s", &[], Some("from file")),
            ("", &[("PGSERVICE", "s"), ("PGPASSWORD", "from environment")], Some("from environment")),
            ("postgres://h", &[("PGUSER", "u"), ("PGDATABASE", "d")], Some("from file")),
            ("postgres://u@h/d?passfile=%2Fno%2Fsuch", &[], None),
        ] {
            let config = parsed(text, variables).unwrap();
            let found = config.parsed.get_password().map(|password| std::str::from_utf8(password).unwrap());
            assert_eq!(found, password, "{text} {variables:?}");
        }
    }

    #[test]
    fn what_a_string_says_comes_before_everything() {
        let config = parsed("service=s host=other port=1", &[("PGPORT", "2"), ("PGDATABASE", "e")]).unwrap();
        assert_eq!(config.to_string(), "database d at other:1");
        assert!(config.tls.is_none(), "the service says sslmode=disable");
    }

    #[test]
    fn sockets_are_never_encrypted() {
        assert!(parsed("host=/run/pg sslmode=require", &[]).unwrap().tls.is_none());
        assert!(parsed("host=h sslmode=require", &[]).unwrap().tls.is_some());
        assert!(parsed("host=h", &[("PGSSLMODE", "disable")]).unwrap().tls.is_none());
    }

    #[test]
    fn names_what_of_tls_is_wrong() {
        for (text, said) in [
            ("host=h sslmode=strict", "one of disable"),
            ("host=h sslmode=verify-full sslrootcert=/no/such", "sslrootcert=/no/such"),
            ("host=h sslmode=require sslcert=/x", "go together"),
            ("host=h,/run/pg sslmode=require", "both sockets and hosts"),
            ("service=missing", "no service \"missing\""),
        ] {
            let error = parsed(text, &[]).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn names_what_is_wrong() {
        for (text, said) in [("postgres:///data", "names no host"), ("host=h port=x", "port"), ("nonsense", "no =")] {
            let error = Config::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
