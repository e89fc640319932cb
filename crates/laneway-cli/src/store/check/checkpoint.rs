//! A file that says how far a check has come, so that it can go on after an interruption.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use laneway_postgres::check::Position;
use serde::{Deserialize, Serialize};

use super::Totals;
use crate::failure::Failure;

/// Between two writes of the file.
const WRITE_EVERY: Duration = Duration::from_secs(1);
const NEXT: &str = "Name a file for --checkpoint that can be written to, or one that an interrupted check has left.";

#[derive(Serialize, Deserialize)]
struct Content {
    position: String,
    totals: Totals,
}

/// How far a check has come, and the file that keeps it; without one, nothing is kept.
pub(crate) struct Checkpoint {
    path: Option<PathBuf>,
    position: Position,
    totals: Totals,
    written: Instant,
}

impl Checkpoint {
    /// What the file holds; the start, where it is not there.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self, Failure> {
        let mut checkpoint =
            Self { path, position: Position::START, totals: Totals::default(), written: Instant::now() };
        let Some(path) = &checkpoint.path else { return Ok(checkpoint) };
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(checkpoint),
            Err(error) => return Err(Failure::file("read", path, &error, NEXT)),
        };
        let refused = |why: &dyn std::fmt::Display| {
            Failure::usage(format_args!("{} is no checkpoint of a check: {why}", path.display()), NEXT)
        };
        let content: Content = serde_json::from_slice(&text).map_err(|error| refused(&error))?;
        checkpoint.position = content.position.parse().map_err(|error| refused(&error))?;
        checkpoint.totals = content.totals;
        Ok(checkpoint)
    }

    /// Where to go on.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// What was found before that.
    pub(crate) fn totals(&self) -> Totals {
        self.totals.clone()
    }

    /// The check has come so far: written now and then; at the end the file goes.
    pub(crate) fn reached(&mut self, position: Position, totals: &Totals) -> Result<(), Failure> {
        self.position = position;
        if position == Position::End {
            return match self.path.as_deref().map(std::fs::remove_file) {
                Some(Err(error)) if error.kind() != ErrorKind::NotFound => {
                    let path = self.path.clone().unwrap_or_default();
                    Err(Failure::file("remove", &path, &error, NEXT))
                }
                _ => Ok(()),
            };
        }
        if self.written.elapsed() < WRITE_EVERY { Ok(()) } else { self.write(totals) }
    }

    /// Writes the file as a whole, or leaves it as it was.
    pub(crate) fn write(&mut self, totals: &Totals) -> Result<(), Failure> {
        let Some(path) = &self.path else { return Ok(()) };
        self.written = Instant::now();
        let content = Content { position: self.position.to_string(), totals: totals.clone() };
        let text = serde_json::to_vec(&content).map_err(std::io::Error::from);
        let mut partial = path.clone().into_os_string();
        partial.push(".part");
        text.and_then(|text| std::fs::write(&partial, text))
            .and_then(|()| std::fs::rename(&partial, path))
            .map_err(|error| Failure::file("write", path, &error, NEXT))
    }
}
