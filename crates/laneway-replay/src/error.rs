//! Why a sequence could not be replayed at all. A difference is no error.

use laneway_postgres::OpenError;
use laneway_postgres_tools::ScratchError;

/// A replay that stopped.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ReplayError(#[from] Kind);

#[derive(Debug, thiserror::Error)]
enum Kind {
    #[error("{file}:{line}: {cause}")]
    Line { file: String, line: usize, cause: String },
    #[error("{subject}: {cause}")]
    Schema { subject: String, cause: String },
    #[error(transparent)]
    Scratch(ScratchError),
    #[error(transparent)]
    Store(OpenError),
}

impl ReplayError {
    /// Whether it is about the database, rather than about files.
    #[must_use]
    pub fn is_database(&self) -> bool {
        matches!(self.0, Kind::Scratch(_) | Kind::Store(_))
    }

    /// Whether the database may be used once it is marked as scratch, or permission is given.
    #[must_use]
    pub fn is_not_marked(&self) -> bool {
        matches!(&self.0, Kind::Scratch(error) if error.is_not_marked())
    }

    pub(crate) fn line(file: &str, line: usize, cause: String) -> Self {
        Kind::Line { file: file.to_owned(), line, cause }.into()
    }

    pub(crate) fn schema(subject: impl Into<String>, cause: impl ToString) -> Self {
        Kind::Schema { subject: subject.into(), cause: cause.to_string() }.into()
    }
}

impl From<ScratchError> for ReplayError {
    fn from(error: ScratchError) -> Self {
        Kind::Scratch(error).into()
    }
}

impl From<OpenError> for ReplayError {
    fn from(error: OpenError) -> Self {
        Kind::Store(error).into()
    }
}
