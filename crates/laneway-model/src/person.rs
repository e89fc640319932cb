//! The kinds of persons. Knows no documents.

/// Whose authorization arrays a document carries. The order is the order in which locks are taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PersonKind {
    /// A student.
    Student,
    /// A staff member.
    Staff,
    /// A contact.
    Contact,
}

impl PersonKind {
    /// All kinds, in the order of locks.
    pub const ALL: [Self; 3] = [Self::Student, Self::Staff, Self::Contact];
}
