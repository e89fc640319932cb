//! Lines on standard output and standard error. A reader that has gone away (`| head`) is no reason to
//! stop, and none to panic.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};

/// A line of results.
pub(crate) fn result(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line about the run itself.
pub(crate) fn remark(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Whether standard error shows colours: a terminal, unless the user turned them off (<https://no-color.org>).
pub(crate) fn has_colours() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
