//! Flush tasks: each runs one batch and reports its end, however it ends. Knows no lanes.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::command::Command;
use crate::dispatcher::FlushId;
use crate::{Batch, Flush, FlushStats, Report};

/// Starts a flush. Its results go to `report`, its end to `commands`: also when it panics, is aborted, or dies with
/// the tokio runtime.
pub(super) fn spawn(
    flush: &Arc<impl Flush>,
    id: FlushId,
    batch: Batch,
    report: Report,
    commands: mpsc::UnboundedSender<Command>,
) -> AbortHandle {
    let flush = Arc::clone(flush);
    let end = End { flush: id, stats: None, commands };
    tokio::spawn(run(flush, batch, report, end)).abort_handle()
}

async fn run(flush: Arc<impl Flush>, batch: Batch, report: Report, mut end: End) {
    end.stats = Some(flush.run(batch, report).await);
}

/// Reports the end of a flush when it is dropped: a panic, an abort and the end of the tokio runtime drop it too, and a
/// lane whose flush never ended would stand still for ever.
struct End {
    flush: FlushId,
    stats: Option<FlushStats>,
    commands: mpsc::UnboundedSender<Command>,
}

impl Drop for End {
    fn drop(&mut self) {
        // Fails when the dispatcher's task is gone, which has completed everything itself then.
        let _ = self.commands.send(Command::FlushOver { flush: self.flush, stats: self.stats.take() });
    }
}
