//! How far a load is, on standard error: a bar where that is a terminal, else a line now and then.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::console;

use super::summary::grouped;
use super::tally::{Effort, Tally};

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far a load is.
pub(crate) struct Progress {
    form: Form,
}

enum Form {
    Bar(ProgressBar),
    Lines { bytes: u64, bytes_all: Option<u64>, shown: Instant },
}

impl Progress {
    /// How often [`Progress::show`] is worth calling.
    pub(crate) const EVERY: Duration = Duration::from_millis(250);

    /// Of a load of `bytes` in all, where that is known.
    pub(crate) fn new(bytes: Option<u64>) -> Self {
        let form = if std::io::stderr().is_terminal() {
            Form::Bar(bar(bytes))
        } else {
            Form::Lines { bytes: 0, bytes_all: bytes, shown: Instant::now() }
        };
        Self { form }
    }

    /// Shows nothing.
    #[cfg(test)]
    pub(crate) fn hidden() -> Self {
        Self { form: Form::Bar(ProgressBar::hidden()) }
    }

    /// So many more bytes of the input are read.
    pub(crate) fn read(&mut self, more: u64) {
        match &mut self.form {
            Form::Bar(bar) => bar.inc(more),
            Form::Lines { bytes, .. } => *bytes += more,
        }
    }

    /// The input is read from its beginning.
    pub(crate) fn restart(&mut self) {
        match &mut self.form {
            Form::Bar(bar) => bar.set_position(0),
            Form::Lines { bytes, .. } => *bytes = 0,
        }
    }

    /// Shows the state.
    pub(crate) fn show(&mut self, tally: &Tally, effort: Effort) {
        let state = state(tally, effort);
        match &mut self.form {
            Form::Bar(bar) => bar.set_message(state),
            Form::Lines { bytes, bytes_all, shown } => {
                if shown.elapsed() >= LINE_EVERY {
                    *shown = Instant::now();
                    let share = bytes_all.filter(|all| *all > 0).map(|all| format!("{:3}% ", *bytes * 100 / all));
                    console::remark(format_args!("{}{state}", share.unwrap_or_default()));
                }
            }
        }
    }

    /// Prints a line beside the state.
    pub(crate) fn note(&mut self, text: &str) {
        match &self.form {
            Form::Bar(bar) => bar.println(text),
            Form::Lines { .. } => console::remark(text),
        }
    }

    /// The end: the bar goes away.
    pub(crate) fn finish(&mut self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}

fn bar(bytes: Option<u64>) -> ProgressBar {
    // Colours are indicatif's to leave out where NO_COLOR says so.
    let template = match bytes {
        Some(_) => "{bar:30.cyan/dim} {percent:>3}%  {msg}  {eta} left",
        None => "{spinner:.cyan} {bytes}  {msg}",
    };
    let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn state(tally: &Tally, effort: Effort) -> String {
    let seconds = tally.elapsed().as_secs_f64();
    let rate = if seconds > 0.0 { tally.documents() as f64 / seconds } else { 0.0 };
    format!(
        "{} documents, {}/s, batches of {:.0}, {} failed",
        grouped(tally.documents()),
        grouped(rate.round() as u64),
        effort.batch_mean,
        grouped(tally.failed())
    )
}
