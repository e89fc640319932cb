//! The tables and columns that a document store has, whatever else it has, and how its partitions are bounded.

use super::release::Release;

/// The three tables that are partitioned.
pub(super) const PARTITIONED: [&str; 3] = ["document", "alias", "reference"];

/// A column that every store of a release has.
pub(super) struct Expected {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    /// Its type without length.
    pub(super) type_name: &'static str,
    /// Whether the database must fill it: it is never written.
    pub(super) is_filled: bool,
}

/// The columns, table by table, as the files `columns.tsv` of `sql/deploy` list them: table, column, type, and whether it is
/// filled.
pub(super) fn expected(release: Release) -> impl Iterator<Item = Expected> {
    let own = match release {
        Release::V0_6 => include_str!("../../sql/deploy/dms-0.6/columns.tsv"),
        Release::V0_7 => include_str!("../../sql/deploy/dms-0.7/columns.tsv"),
    };
    include_str!("../../sql/deploy/columns.tsv").lines().chain(own.lines()).map(|line| {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        Expected { table: next(), column: next(), type_name: next(), is_filled: next() == "filled" }
    })
}

/// How tables are partitioned, as the catalog has it: by list, by hash.
pub(super) fn strategy(release: Release) -> &'static str {
    match release {
        Release::V0_6 => "h",
        Release::V0_7 => "l",
    }
}

/// The bounds of the partition with this number of 16, as PostgreSQL prints them, but for quotes.
pub(super) fn bounds(release: Release, number: u8) -> String {
    match release {
        Release::V0_6 => format!("FOR VALUES WITH (modulus 16, remainder {number})"),
        Release::V0_7 => format!("FOR VALUES IN ({number})"),
    }
}
