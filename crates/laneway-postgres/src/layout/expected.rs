//! The tables and columns that a store of today has, whatever else it has.

/// The three tables that are partitioned.
pub(super) const PARTITIONED: [&str; 3] = ["document", "alias", "reference"];

/// A column that every store has.
pub(super) struct Expected {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    /// Its type without length.
    pub(super) type_name: &'static str,
    /// Whether the database must fill it: it is never written.
    pub(super) is_filled: bool,
}

/// The columns, table by table, as `sql/deploy/columns.tsv` lists them: table, column, type, and whether it is filled.
pub(super) fn expected() -> impl Iterator<Item = Expected> {
    include_str!("../../sql/deploy/columns.tsv").lines().map(|line| {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        Expected { table: next(), column: next(), type_name: next(), is_filled: next() == "filled" }
    })
}
