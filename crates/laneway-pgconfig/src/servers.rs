//! The servers that a connection may go to: hosts, addresses, ports. Knows how lists are matched, not how to connect.
//! <https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS>

use std::fmt;
use std::net::IpAddr;

use crate::error::{ConfigError, shown};
use crate::settings::Settings;

/// PostgreSQL's registered port.
const PORT: u16 = 5432;

/// Where one server is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Server {
    pub(crate) place: Place,
    pub(crate) port: u16,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// The folder of its socket.
    Socket(String),
    /// By name or address, and the address where it need not be looked up.
    Host(String, Option<IpAddr>),
}

impl Server {
    /// All of them, in the order in which they are written.
    ///
    /// # Errors
    /// When there is none, or the lists do not match.
    pub(crate) fn all(settings: &Settings) -> Result<Vec<Self>, ConfigError> {
        let list = |word| settings.get(word).map(|text| text.split(',').map(str::trim).collect::<Vec<_>>());
        let (hosts, addresses) = (list("host"), list("hostaddr"));
        let ports = list("port").unwrap_or_default();
        let count = hosts.as_ref().or(addresses.as_ref()).map_or(0, Vec::len);
        if count == 0 {
            return Err(ConfigError::new("it names no host, and PGHOST is not set"));
        }
        if addresses.as_ref().is_some_and(|addresses| addresses.len() != count) {
            return Err(ConfigError::new("`host` and `hostaddr` differ in how many they name"));
        }
        if ports.len() > 1 && ports.len() != count {
            return Err(ConfigError::new("`port` has to be one number, or one for each host"));
        }
        let server = |at: usize| {
            let part = |list: &Option<Vec<&str>>| list.as_ref().map_or(String::new(), |list| list[at].to_owned());
            let port = ports.get(at).or(ports.first()).copied().unwrap_or_default();
            Self::new(part(&hosts), &part(&addresses), port)
        };
        (0..count).map(server).collect()
    }

    fn new(host: String, address: &str, port: &str) -> Result<Self, ConfigError> {
        let port = match port {
            "" => PORT,
            port => port
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| ConfigError::new("`port` is not a number from 1 to 65535"))?,
        };
        let parsed = address.parse::<IpAddr>();
        let place = match (host.as_str(), address, parsed) {
            ("", "", _) => return Err(ConfigError::new("one of its hosts is empty")),
            (_, address, Err(_)) if !address.is_empty() => {
                return Err(ConfigError::new("`hostaddr` is not an IP address; names belong into `host`"));
            }
            (host, "", _) if host.starts_with('/') && cfg!(not(unix)) => {
                return Err(ConfigError::new(
                    "sockets in the file system (a host that begins with /) are not supported on this system; name a host",
                ));
            }
            (host, "", _) if host.starts_with('/') => Place::Socket(host.to_owned()),
            (host, _, _) if host.starts_with('@') => {
                return Err(ConfigError::new(
                    "sockets without a folder (@…) are not supported; name the folder of one",
                ));
            }
            ("", address, Ok(parsed)) => Place::Host(address.to_owned(), Some(parsed)),
            (_, _, parsed) => Place::Host(host_name(host)?, parsed.ok()),
        };
        Ok(Self { place, port })
    }
}

/// A host as the name service knows it, or an address. Anything else may be a misplaced password.
fn host_name(host: String) -> Result<String, ConfigError> {
    let is_usual = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '%');
    if host.chars().all(is_usual) {
        Ok(host)
    } else {
        Err(ConfigError::new("one of its hosts holds a character that is in no host's name (not shown)"))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Socket(folder) => write!(f, "{}:{}", shown(folder), self.port),
            Place::Host(host, _) if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            Place::Host(host, _) => write!(f, "{host}:{}", self.port),
        }
    }
}
