//! A parsed connection string, with what it leaves out taken from where libpq's users keep it. Opens connections.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::defaults::{self, Environment};
use crate::error::{ConfigError, ConnectError, chain};
use crate::passfile::{self, Wanted};
use crate::replace::replace_database;
use crate::tls::{self, Mode};
use crate::{fill, parameters};

/// PostgreSQL's registered port.
const PORT: u16 = 5432;

/// How a database is reached: a URL (`postgres://user@host:port/database`) or libpq's `key=value` form, completed from
/// a service file, the environment (`PGHOST`, `PGPASSWORD`, …) and the password file, as in libpq. `Display` and `Debug`
/// show host, port and database, never the password.
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
        let (text_of_driver, ours) = parameters::split(text)?;
        let mut parsed =
            tokio_postgres::Config::from_str(&text_of_driver).map_err(|error| ConfigError::new(chain(&error)))?;
        let defaults = defaults::of(&ours, environment)?;
        fill::gaps(&mut parsed, &defaults)?;
        if parsed.get_hosts().is_empty() && parsed.get_hostaddrs().is_empty() {
            return Err(ConfigError::new("it names no host, and PGHOST is not set"));
        }
        let chosen = |key: &str| {
            // In libpq, too, the last of a string counts; of the defaults the first.
            let own = ours.iter().rfind(|(name, _)| name == key);
            own.or_else(|| defaults.iter().find(|(name, _)| name == key)).map(|(_, value)| value.clone())
        };
        if parsed.get_password().is_none()
            && let Some(file) = chosen("passfile").map(PathBuf::from).or_else(|| environment.in_home(".pgpass"))
            && let Some(password) = passfile::password(&file, wanted(&parsed))
        {
            parsed.password(password);
        }
        let mode = chosen("sslmode").map_or(Ok(Mode::Prefer), |mode| Mode::parse(&mode))?;
        let files = tls::Files {
            root: chosen("sslrootcert"),
            certificate: chosen("sslcert").map(PathBuf::from),
            key: chosen("sslkey").map(PathBuf::from),
        };
        let tls = encryption(&mut parsed, mode, &files, environment)?;
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

    /// The same with the driver's own settings changed, such as keepalives.
    #[must_use]
    pub fn adjusted(mut self, adjust: impl FnOnce(&mut tokio_postgres::Config)) -> Self {
        adjust(&mut self.parsed);
        self
    }

    /// Opens one connection, driven by a task of the current Tokio runtime until the client is dropped and the
    /// server has answered what was sent.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn connect(&self) -> Result<Client, ConnectError> {
        Ok(self.connect_with_task().await?.0)
    }

    /// Opens one connection and returns with it the task that drives it: aborting that closes the connection at once,
    /// whatever is under way.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn connect_with_task(&self) -> Result<(Client, JoinHandle<()>), ConnectError> {
        let refused = |source| ConnectError { target: self.to_string(), source };
        // Two types of connection, so two arms.
        match &self.tls {
            Some(tls) => self.parsed.connect(tls.clone()).await.map(drive).map_err(refused),
            None => self.parsed.connect(NoTls).await.map(drive).map_err(refused),
        }
    }
}

fn drive<S, T>((client, connection): (Client, Connection<S, T>)) -> (Client, JoinHandle<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a database connection ended");
        }
    });
    (client, task)
}

/// The key of a password file's entry: the first host's, as libpq looks up each only when it gets there.
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

/// Sets whether connections are encrypted, and returns what encrypts them. Unix sockets never are, as in libpq.
fn encryption(
    config: &mut tokio_postgres::Config,
    mode: Mode,
    files: &tls::Files,
    environment: &Environment<'_>,
) -> Result<Option<MakeRustlsConnect>, ConfigError> {
    let is_local = |host: &Host| !matches!(host, Host::Tcp(_));
    let is_all_local = config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(is_local);
    if mode == Mode::Disable || is_all_local {
        config.ssl_mode(Mode::Disable.of_driver());
        return Ok(None);
    }
    if config.get_hosts().iter().any(is_local) {
        return Err(ConfigError::new("it names both sockets and hosts; TLS needs hosts alone, or sslmode=disable"));
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
    fn a_password_is_never_shown() {
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
    fn the_string_comes_before_everything() {
        let config = parsed("service=s host=other port=1", &[("PGPORT", "2"), ("PGDATABASE", "e")]).unwrap();
        assert_eq!(config.to_string(), "database d at other:1");
        assert!(config.tls.is_none(), "the service has sslmode=disable");
    }

    #[test]
    fn sockets_are_never_encrypted() {
        assert!(parsed("host=/run/pg sslmode=require", &[]).unwrap().tls.is_none());
        assert!(parsed("host=h sslmode=require", &[]).unwrap().tls.is_some());
        assert!(parsed("host=h", &[("PGSSLMODE", "disable")]).unwrap().tls.is_none());
    }

    #[test]
    fn errors_of_tls_name_the_setting() {
        for (text, expected) in [
            ("host=h sslmode=strict", "one of disable"),
            ("host=h sslmode=verify-full sslrootcert=/no/such", "sslrootcert=/no/such"),
            ("host=h sslmode=require sslcert=/x", "go together"),
            ("host=h,/run/pg sslmode=require", "both sockets and hosts"),
            ("service=missing", "no service \"missing\""),
        ] {
            let error = parsed(text, &[]).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn errors_name_the_cause() {
        for (text, expected) in [("postgres:///data", "names no host"), ("host=h port=x", "port"), ("nonsense", "no =")]
        {
            let error = Config::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
