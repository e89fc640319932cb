//! The threads of a tokio runtime: all that were asked for, or an error. tokio itself panics where the first is refused,
//! and waits for ever where a later one is. Knows no operations.

use std::io;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// The longest that tokio's own start may take: much longer than threads need that can be had. It ends the wait where
/// others have taken them since they were counted.
const START_MAX: Duration = Duration::from_secs(20);
/// The most threads for what blocks (names that are looked up, ends that are waited for); what is more waits its turn.
const BLOCKING_MAX: usize = 16;
/// A century. tokio panics where something blocks, no thread is there for it, and the system gives none: once there is
/// one, it stays.
const BLOCKING_KEPT: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Starts a runtime with so many workers, with I/O and timers; each thread calls `on_start` first.
///
/// # Errors
/// When the system does not give the threads.
pub fn start(workers: usize, name: &'static str, on_start: impl Fn() + Send + Sync + 'static) -> io::Result<Runtime> {
    // One more builds, and one is kept for what blocks.
    laneway_threads::spare(workers + 2)?;
    let (send, built) = sync_channel(1);
    thread::Builder::new().name("laneway-start".into()).spawn(move || {
        // Where it is no longer waited for, it goes.
        let _ = send.send(build(workers, name, on_start));
    })?;
    built.recv_timeout(START_MAX).unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::WouldBlock, "the system's last threads were taken meanwhile; try again"))
    })
}

fn build(workers: usize, name: &str, on_start: impl Fn() + Send + Sync + 'static) -> io::Result<Runtime> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .max_blocking_threads(BLOCKING_MAX)
        .thread_keep_alive(BLOCKING_KEPT)
        .thread_name(name)
        .on_thread_start(on_start)
        .enable_all()
        .build()?;
    runtime.block_on(runtime.spawn_blocking(|| ())).map_err(io::Error::other)?;
    Ok(runtime)
}
