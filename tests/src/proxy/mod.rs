//! A proxy before a server that can be made silent. Knows bytes only.

use laneway_pgconfig::Config;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes bytes on until it is made silent; connections stay open then, new ones are taken, and nothing passes.
pub struct Proxy {
    config: Config,
    silent: watch::Sender<bool>,
}

impl Proxy {
    /// One before the server of `config`, which has an address of its own (no socket).
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn before(config: &Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("a port").port();
        let (silent, watched) = watch::channel(false);
        let parsed: laneway_pgconfig::tokio_postgres::Config = config.url().parse().expect("an address");
        let target = parsed.get_ports()[0];
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else { continue };
                let (client, server) = (client.into_split(), server.into_split());
                tokio::spawn(pass(client.0, server.1, watched.clone()));
                tokio::spawn(pass(server.0, client.1, watched.clone()));
            }
        });
        let through = config.url().replace(&format!(":{target}"), &format!(":{port}"));
        Self { config: Config::parse(&through).expect("an address"), silent }
    }

    /// The address through it.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Makes it silent, or lets it go on with what it has kept.
    pub fn set_silent(&self, silent: bool) {
        self.silent.send_replace(silent);
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut silent: watch::Receiver<bool>) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if silent.wait_for(|silent| !*silent).await.is_err() || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
