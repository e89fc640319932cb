//! What the order of one operation depends on.

use laneway_model::{Operation, ReferentialId};

/// What the order of one operation depends on.
pub trait Ordered {
    /// The identities that the operation occupies.
    fn own_ids(&self) -> impl Iterator<Item = ReferentialId>;
    /// The identities that it refers to.
    fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId>;
}

impl Ordered for Operation {
    fn own_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.extraction.own_ids()
    }

    fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> {
        self.extraction.referenced_ids()
    }
}

impl<T: Ordered> Ordered for &T {
    fn own_ids(&self) -> impl Iterator<Item = ReferentialId> {
        T::own_ids(self)
    }

    fn referenced_ids(&self) -> impl Iterator<Item = ReferentialId> {
        T::referenced_ids(self)
    }
}
