//! Where a database is and how it is reached: a parsed connection string that never shows its password, with what it
//! leaves out taken from where libpq's users keep it. Opens single connections, and pools.

mod defaults;
mod fill;
mod parameters;
mod passfile;
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
use passfile::Wanted;
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

/// A connection string that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database address cannot be used: {cause}; it looks like postgres://user:password@host:5432/database \
     or host=… user=… dbname=…"
)]
pub struct ConfigError {
    cause: String,
}

/// A connection that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to {target}: {}", describe(source))]
pub struct ConnectError {
    target: String,
    source: tokio_postgres::Error,
}

impl ConnectError {
    /// What the server answered, if it answered.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.source.code().map(tokio_postgres::error::SqlState::code)
    }
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

/// An error with its causes: tokio-postgres says only "db error" by itself.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What a connection attempt failed of, with the next step where one is known.
fn describe(error: &tokio_postgres::Error) -> String {
    let text = chain(error);
    let hint = match error.code().map(tokio_postgres::error::SqlState::code) {
        Some("28P01" | "28000") => "; check user and password",
        Some("3D000") => "; create the database first",
        Some("53300") => "; the server has no connection left: raise max_connections or ask for fewer",
        Some(_) => "",
        // The driver tells these apart by its text only.
        None if text.contains("password missing") => {
            "; give one in the address, by PGPASSWORD, or in the password file (~/.pgpass)"
        }
        None if text.contains("does not support TLS") => "; turn ssl on in the server, or say sslmode=disable",
        None if text.contains("TLS") => "; check sslmode, and whether sslrootcert is the authority of this server",
        None => "; check host and port, and that the server runs",
    };
    format!("{text}{hint}")
}

/// The connection string with the database replaced. In the key form the last `dbname` wins, so it is appended;
/// in a URL the path is replaced and a `dbname` among the parameters dropped.
fn replace_database(text: &str, name: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        let quoted = name.replace('\\', "\\\\").replace('\'', "\\'");
        return format!("{text} dbname='{quoted}'");
    };
    let (location, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = location.split_once('/').map_or(location, |(authority, _)| authority);
    let kept: Vec<&str> = parameters.split('&').filter(|p| !p.is_empty() && !p.starts_with("dbname=")).collect();
    let question = if kept.is_empty() { "" } else { "?" };
    format!("{scheme}://{authority}/{}{question}{}", percent_encoded(name), kept.join("&"))
}

/// `text` for a URL's path: everything but RFC 3986's unreserved characters encoded.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_database_in_both_forms() {
        for (text, replaced) in [
            ("postgres://u:p@h:1/a", "postgres://u:p@h:1/b%20c"),
            ("postgresql://h", "postgresql://h/b%20c"),
            ("postgres://u@%2Ftmp%2Fx/a?connect_timeout=3", "postgres://u@%2Ftmp%2Fx/b%20c?connect_timeout=3"),
            ("postgres://h?dbname=a&application_name=x", "postgres://h/b%20c?application_name=x"),
            ("host=h dbname=a", "host=h dbname=a dbname='b c'"),
        ] {
            assert_eq!(replace_database(text, "b c"), replaced);
            let config = Config::parse(text).unwrap().with_database("b c").unwrap();
            assert_eq!(config.database(), Some("b c"), "{text}");
        }
    }

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
