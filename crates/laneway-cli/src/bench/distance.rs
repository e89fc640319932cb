//! A server that is further away: what goes to it and comes from it is handed on half a round trip later. Knows bytes only.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::thread::Builder;
use std::time::{Duration, Instant};

use laneway_pgconfig::{Config, tokio_postgres};
use tokio::task::JoinHandle;

/// What is read at once.
const READ_BYTES: usize = 64 << 10;
/// Threads read and write bytes and wait: they need hardly any stack.
const STACK_BYTES: usize = 256 << 10;

/// The way to a server, as long as this value is there. Connections that were opened stay open.
pub(crate) struct Distance {
    config: Config,
    accepting: JoinHandle<()>,
}

impl Distance {
    /// A way to the server of `config`, which is reached by TCP without encryption, that takes `round_trip` there and back.
    ///
    /// # Errors
    /// When there is no port for it, or `config` names none.
    pub(crate) async fn to(config: &Config, round_trip: Duration) -> io::Result<Self> {
        let address: tokio_postgres::Config = config.url().parse().map_err(io::Error::other)?;
        let port = *address.get_ports().first().ok_or_else(|| io::Error::other("the server has no port"))?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let own = listener.local_addr()?.port();
        let config = config.url().replacen(&format!("@127.0.0.1:{port}/"), &format!("@127.0.0.1:{own}/"), 1);
        let config = Config::parse(&config).map_err(io::Error::other)?;
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A connection that is dropped is seen by its client.
                let _ = client.into_std().and_then(|client| connect(client, port, round_trip / 2));
            }
        });
        Ok(Self { config, accepting })
    }

    /// The server by this way.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }
}

impl Drop for Distance {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn connect(client: TcpStream, port: u16, delay: Duration) -> io::Result<()> {
    client.set_nonblocking(false)?;
    let server = TcpStream::connect(("127.0.0.1", port))?;
    for end in [&client, &server] {
        end.set_nodelay(true)?;
    }
    pass(client.try_clone()?, server.try_clone()?, delay)?;
    pass(server, client, delay)
}

/// On threads of its own: timers of the runtime are a millisecond wide, longer than some round trips.
fn pass(mut from: TcpStream, mut to: TcpStream, delay: Duration) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    let spawn = |run: Box<dyn FnOnce() + Send>| {
        Builder::new().name("laneway-distance".into()).stack_size(STACK_BYTES).spawn(run).map(drop)
    };
    spawn(Box::new(move || {
        let mut buffer = vec![0; READ_BYTES];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if sender.send((Instant::now() + delay, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    }))?;
    spawn(Box::new(move || {
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        // The other end hears that there is no more, as it would without this between them.
        let _ = to.shutdown(Shutdown::Write);
    }))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A peer that sends back what it reads; its port.
    fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            peer.read_to_end(&mut bytes).unwrap();
            peer.write_all(&bytes).unwrap();
        });
        port
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_goes_there_and_back_takes_a_round_trip_and_is_whole() {
        let config = Config::parse(&format!("postgres://app@127.0.0.1:{}/store", echo())).unwrap();
        let round_trip = Duration::from_millis(40);
        let distance = Distance::to(&config, round_trip).await.unwrap();
        assert_eq!(distance.config().database(), Some("store"));
        let address: tokio_postgres::Config = distance.config().url().parse().unwrap();
        let port = address.get_ports()[0];
        let (taken, returned) = tokio::task::spawn_blocking(move || {
            let mut peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
            peer.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let begun = Instant::now();
            peer.write_all(&vec![7; 3 * READ_BYTES]).unwrap();
            peer.shutdown(Shutdown::Write).unwrap();
            let mut bytes = Vec::new();
            peer.read_to_end(&mut bytes).unwrap();
            (begun.elapsed(), bytes)
        })
        .await
        .unwrap();
        assert_eq!(returned, vec![7; 3 * READ_BYTES]);
        assert!(taken >= round_trip, "{taken:?}");
    }
}
