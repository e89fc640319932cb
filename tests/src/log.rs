//! What is logged, for tests to wait for.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_postgres::Client;
use tracing_subscriber::fmt::MakeWriter;

use crate::wait::until;

/// What is logged, line by line.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Has everything logged to it by this thread, until the guard is dropped.
    #[must_use]
    pub fn take_all(&self) -> tracing::subscriber::DefaultGuard {
        tracing::subscriber::set_default(tracing_subscriber::fmt().with_writer(self.clone()).with_ansi(false).finish())
    }

    /// Waits until it holds `text`; by round trips to a server, so that the waiting does not spin.
    ///
    /// # Panics
    /// When it never does.
    pub async fn has(&self, text: &str, client: &Client) {
        until(text, async || {
            client.batch_execute("SELECT").await.expect("an answer");
            self.holds(text)
        })
        .await;
    }
}

impl Log {
    /// Whether it holds `text` now.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.lock()).contains(text)
    }

    /// Forgets what it holds.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
