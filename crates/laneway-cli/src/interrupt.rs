//! Ctrl-C: the first asks for an end, the second makes one.

use tokio::sync::watch;

use crate::failure::Exit;

/// Resolves at the first Ctrl-C.
#[derive(Clone)]
pub(crate) struct Interrupt {
    asked: watch::Receiver<bool>,
}

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        let (sender, asked) = watch::channel(false);
        tokio::spawn(async move {
            // Where there are no signals to be had, Ctrl-C does what the system does.
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = sender.send(true);
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(Exit::Interrupted as i32);
                }
            }
        });
        Self { asked }
    }

    /// Interrupted by a test.
    #[cfg(test)]
    pub(crate) fn by(asked: watch::Receiver<bool>) -> Self {
        Self { asked }
    }

    /// Waits for the first Ctrl-C. Cancel-safe.
    pub(crate) async fn wait(&mut self) {
        if self.asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending().await
        }
    }
}
