//! How far a check has come, on standard error: a bar where that is a terminal, else a line now and then.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::Totals;
use crate::console;

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far a check has come.
pub(crate) struct Progress {
    documents: u64,
    bar: Option<ProgressBar>,
    shown: Instant,
}

impl Progress {
    /// Of a store of so many documents.
    pub(crate) fn new(documents: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} documents, {per_sec}, {eta} left  {msg}");
            ProgressBar::new(documents).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { documents, bar, shown: Instant::now() }
    }

    /// Shows what has been compared so far.
    pub(crate) fn show(&mut self, totals: &Totals) {
        if let Some(bar) = &self.bar {
            bar.set_position(totals.documents());
            bar.set_message(format!("{} differences", totals.remaining()));
        } else if self.shown.elapsed() >= LINE_EVERY {
            self.shown = Instant::now();
            let (done, all) = (totals.documents(), self.documents);
            console::remark(format_args!("{done} of {all} documents, {} differences", totals.remaining()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
