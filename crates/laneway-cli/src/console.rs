//! Lines on standard output and standard error. That nobody reads them any more (`| head`) is no reason to stop, and
//! none to panic.

use std::fmt::Display;
use std::io::Write as _;

/// A line of results.
pub(crate) fn result(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line for whoever watches.
pub(crate) fn remark(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
