//! Why a sequence could not be replayed at all. A difference is no error.

use laneway_postgres::OpenError;
use laneway_postgres_tools::baseline::BaselineError;
use laneway_postgres_tools::{ScratchError, ScratchErrorKind};

/// A replay that stopped.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ReplayError(#[from] Cause);

/// Why a replay stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ReplayErrorKind {
    /// A file of sequences or of schemas cannot be used.
    Files,
    /// The database may be used once it is marked as scratch, or permission is given.
    NotMarked,
    /// The database cannot be used.
    Database,
}

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("{file}:{line}: {cause}")]
    Line { file: String, line: usize, cause: String },
    #[error("{subject}: {cause}")]
    Schema { subject: String, cause: String },
    #[error(transparent)]
    Scratch(ScratchError),
    #[error(transparent)]
    Baseline(BaselineError),
    #[error(transparent)]
    Store(OpenError),
}

impl ReplayError {
    /// Why.
    #[must_use]
    pub fn kind(&self) -> ReplayErrorKind {
        match &self.0 {
            Cause::Line { .. } | Cause::Schema { .. } => ReplayErrorKind::Files,
            Cause::Scratch(error) if error.kind() == ScratchErrorKind::NotMarked => ReplayErrorKind::NotMarked,
            Cause::Scratch(_) | Cause::Baseline(_) | Cause::Store(_) => ReplayErrorKind::Database,
        }
    }

    pub(crate) fn line(file: &str, line: usize, cause: String) -> Self {
        Cause::Line { file: file.to_owned(), line, cause }.into()
    }

    pub(crate) fn schema(subject: impl Into<String>, cause: impl ToString) -> Self {
        Cause::Schema { subject: subject.into(), cause: cause.to_string() }.into()
    }
}

impl From<ScratchError> for ReplayError {
    fn from(error: ScratchError) -> Self {
        Cause::Scratch(error).into()
    }
}

impl From<BaselineError> for ReplayError {
    fn from(error: BaselineError) -> Self {
        Cause::Baseline(error).into()
    }
}

impl From<OpenError> for ReplayError {
    fn from(error: OpenError) -> Self {
        Cause::Store(error).into()
    }
}
