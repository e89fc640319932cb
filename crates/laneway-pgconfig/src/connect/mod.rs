//! Opening a connection: servers in turn, each address of a server, each way of encrypting that the mode allows, all
//! within a bound. Knows nothing of where the settings came from.

mod writable;

use std::net::IpAddr;
use std::time::Duration;

use rand::seq::SliceRandom as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, Connection, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::Refusal;
use crate::servers::{Place, Server};
use crate::tls::Mode;

/// What all attempts share.
#[derive(Clone)]
pub(crate) struct Connector {
    /// With the password that the settings hold.
    pub(crate) driver: Config,
    /// With the password that the password file has for each.
    pub(crate) servers: Vec<(Server, Option<String>)>,
    pub(crate) is_for_reading: bool,
    pub(crate) is_random: bool,
    /// For each address of a server.
    pub(crate) timeout: Duration,
    pub(crate) mode: Mode,
    /// `None` where connections are not encrypted.
    pub(crate) tls: Option<MakeRustlsConnect>,
}

/// A connection, and the task that drives it; dropped, it closes the connection at once.
struct Driven {
    client: Client,
    task: AbortOnDrop,
}

impl Connector {
    /// A connection to the first server that can be written to, or read from where that is enough.
    ///
    /// # Errors
    /// Why each server was refused.
    pub(crate) async fn open(&self) -> Result<(Client, JoinHandle<()>), Vec<(String, Refusal)>> {
        let mut servers: Vec<_> = self.servers.iter().collect();
        if self.is_random {
            servers.shuffle(&mut rand::rng());
        }
        let mut refusals = Vec::new();
        for (server, password) in servers {
            match self.open_server(server, password.as_deref()).await {
                Ok(Driven { client, task }) => return Ok((client, task.released())),
                Err(refusal) => {
                    let is_final = is_login_refused(&refusal);
                    refusals.push((server.to_string(), refusal));
                    // As in libpq: another server would refuse the login too, and count it as one more that failed.
                    if is_final {
                        break;
                    }
                }
            }
        }
        Err(refusals)
    }

    async fn open_server(&self, server: &Server, password: Option<&str>) -> Result<Driven, Refusal> {
        let mut config = self.driver.clone();
        config.port(server.port);
        if let Some(password) = password {
            config.password(password);
        }
        let (host, known) = match &server.place {
            Place::Socket(folder) => {
                config.host(folder);
                return self.open_bounded(&config, &[SslMode::Disable]).await;
            }
            Place::Host(host, known) => (host, known),
        };
        // The name is what certificates are checked against; the address is what is connected to.
        config.host(host);
        let addresses = match known {
            Some(address) => vec![*address],
            None => self.addresses(host, server.port).await?,
        };
        let mut last = None;
        for address in addresses {
            let mut config = config.clone();
            config.hostaddr(address);
            match self.open_bounded(&config, self.mode.of_driver()).await {
                Err(refusal) if !is_login_refused(&refusal) => last = Some(refusal),
                result => return result,
            }
        }
        Err(last.unwrap_or_else(|| Refusal::Unresolved(std::io::Error::other("it has no address"))))
    }

    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<IpAddr>, Refusal> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let found = tokio::time::timeout(self.timeout, tokio::net::lookup_host((host, port)));
        let found = found.await.map_err(|_| Refusal::Silent(self.timeout))?.map_err(Refusal::Unresolved)?;
        let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        if self.is_random {
            addresses.shuffle(&mut rand::rng());
        }
        Ok(addresses)
    }

    /// The driver bounds the connection alone; here TLS, the login and the first answer are bounded with it.
    async fn open_bounded(&self, config: &Config, modes: &[SslMode]) -> Result<Driven, Refusal> {
        let opening = async {
            let driven = self.log_in(config, modes).await.map_err(Refusal::Driver)?;
            if !self.is_for_reading {
                writable::check(&driven.client).await?;
            }
            Ok(driven)
        };
        tokio::time::timeout(self.timeout, opening).await.unwrap_or(Err(Refusal::Silent(self.timeout)))
    }

    async fn log_in(&self, config: &Config, modes: &[SslMode]) -> Result<Driven, Error> {
        let (first, others) = modes.split_first().unwrap_or((&SslMode::Disable, &[]));
        let mut result = self.log_in_as(config, *first).await;
        for mode in others {
            match &result {
                Err(error) if may_help(error) => result = self.log_in_as(config, *mode).await,
                _ => break,
            }
        }
        result
    }

    async fn log_in_as(&self, config: &Config, mode: SslMode) -> Result<Driven, Error> {
        let mut config = config.clone();
        config.ssl_mode(mode);
        // Two types of connection, so two arms.
        match &self.tls {
            Some(tls) => config.connect(tls.clone()).await.map(drive),
            None => config.connect(NoTls).await.map(drive),
        }
    }
}

/// Whether the other way of encrypting may be accepted: TLS failed, or `pg_hba.conf` has no line for this one.
fn may_help(error: &Error) -> bool {
    match error.code() {
        Some(code) => *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        // The driver distinguishes it by its text only.
        None => error.to_string().contains("TLS"),
    }
}

fn is_login_refused(refusal: &Refusal) -> bool {
    let Refusal::Driver(error) = refusal else { return false };
    matches!(error.code(), Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION))
}

fn drive<S, T>((client, connection): (Client, Connection<S, T>)) -> Driven
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a database connection ended");
        }
    });
    Driven { client, task: AbortOnDrop(Some(task)) }
}

/// A task that ends with its owner: of a connection given up in the middle of a silent answer nothing stays.
struct AbortOnDrop(Option<JoinHandle<()>>);

impl AbortOnDrop {
    /// The task, which goes on.
    fn released(mut self) -> JoinHandle<()> {
        self.0.take().expect("only a release takes it")
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}
