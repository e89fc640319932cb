//! In which form documents are taken: coerced or not, and what becomes of a value that should have been.

pub use laneway_dms::CoercionExtent;

/// What a worker does about texts that stand for dates or numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Bodies {
    /// What is coerced before a document is extracted.
    pub(crate) coercion: CoercionExtent,
    /// Whether an identity whose value coercion would change is refused: the same document in the other form would be a
    /// second one.
    pub(crate) refuses_uncoerced: bool,
}

impl Default for Bodies {
    fn default() -> Self {
        Self { coercion: CoercionExtent::Nothing, refuses_uncoerced: true }
    }
}
