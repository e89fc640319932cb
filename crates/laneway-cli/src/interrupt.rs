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
        // Registered here and not by the task, which runs later: a Ctrl-C before that would end the process.
        let signals = signals();
        tokio::spawn(async move {
            // Where there are no signals to be had, Ctrl-C does what the system does.
            let Ok(mut signals) = signals else { return };
            if signals.recv().await.is_some() {
                let _ = sender.send(true);
                if signals.recv().await.is_some() {
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

#[cfg(unix)]
fn signals() -> std::io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn signals() -> std::io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}
