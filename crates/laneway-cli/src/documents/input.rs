//! One input: where it comes from, what it is called. Knows nothing of what is in it.

use std::path::PathBuf;

use super::endpoint::{Endpoint, file_stem};

/// Where an input comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// A file.
    File(PathBuf),
    /// A named pipe, or a `<(…)` of a shell: what is opened can be read once.
    Pipe(PathBuf),
    /// Standard input, written `-`.
    Stdin,
}

/// One input.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(super) origin: Origin,
    /// The resource of bodies that stand in it by themselves, once it is known.
    pub(super) endpoint: Option<Endpoint>,
}

impl Input {
    /// Of no resource yet.
    pub(super) fn of(origin: Origin) -> Self {
        Self { origin, endpoint: None }
    }

    /// Its name for people.
    pub(crate) fn name(&self) -> String {
        match &self.origin {
            Origin::File(path) | Origin::Pipe(path) => path.display().to_string(),
            Origin::Stdin => "standard input".to_owned(),
        }
    }

    /// Whether it can be read only once.
    pub(super) fn is_stream(&self) -> bool {
        !matches!(self.origin, Origin::File(_))
    }

    /// The names, best first, that may be its endpoint's.
    pub(super) fn stems(&self) -> impl Iterator<Item = String> {
        let path = match &self.origin {
            Origin::File(path) | Origin::Pipe(path) => Some(path),
            Origin::Stdin => None,
        };
        let file = path.and_then(|path| path.file_name()).map(|name| file_stem(&name.to_string_lossy()).to_owned());
        let folder = path.and_then(|path| path.parent()?.file_name()).map(|name| name.to_string_lossy().into_owned());
        file.into_iter().chain(folder)
    }
}
