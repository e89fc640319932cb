//! Why the program stops: what happened, where, and what to do next.

use std::fmt;
use std::path::Path;

/// The program's exit codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// All is well; all documents are stored.
    Success = 0,
    /// Some documents failed, or the store is not as expected.
    SomeFailed = 1,
    /// What was asked for cannot be done as it was asked.
    Usage = 2,
    /// The database cannot be reached or used.
    Database = 3,
    /// Interrupted (128 + SIGINT).
    Interrupted = 130,
}

impl Exit {
    /// This, unless the other is graver.
    pub(crate) fn worse(self, other: Self) -> Self {
        if other as i32 > self as i32 { other } else { self }
    }
}

/// An error for people.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    what: String,
    next: String,
}

impl Failure {
    /// Something about the request: `what` happened (and where); `next` is what to do.
    pub(crate) fn usage(what: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, what: what.to_string(), next: next.to_string() }
    }

    /// The user's Ctrl-C.
    pub(crate) fn interrupted(what: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self { exit: Exit::Interrupted, what: what.to_string(), next: next.to_string() }
    }

    /// Something about the database.
    pub(crate) fn database(what: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self { exit: Exit::Database, what: what.to_string(), next: next.to_string() }
    }

    /// A file or folder that cannot be read or written.
    pub(crate) fn file(verb: &str, path: &Path, error: &std::io::Error, next: impl fmt::Display) -> Self {
        Self::usage(format_args!("cannot {verb} {}: {error}", path.display()), next)
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for line in self.next.lines() {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

/// An error with everything that caused it, on one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        // Many errors repeat their cause in their own words.
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
