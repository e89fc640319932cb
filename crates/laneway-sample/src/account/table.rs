//! What is known of one table.

/// How much detail the account has of each table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// How many rows it has.
    Counts,
    /// And a SHA-256 over their lines: costs sorting them, on disk where they are many.
    Hashes,
}

/// What one table of the store must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// How many rows.
    pub rows: u64,
    /// The SHA-256 over the sorted lines of `canonical-store.sql`, in hexadecimal digits.
    pub sha256: Option<String>,
}
