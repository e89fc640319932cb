//! Which store a database holds, recognised by its tables and columns and by nothing else: no mark of ours, no version.
//! A function over values; [`read_catalog`] is the only thing here that asks a database.

use std::collections::BTreeMap;

use serde::Deserialize;
use tokio_postgres::Client;

mod expected;
mod release;
#[cfg(test)]
mod tests;

use expected::{Expected, PARTITIONED, bounds, expected, strategy};
pub use release::Release;

/// What schema `dms` of a database holds.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
pub struct Catalog {
    /// Tables by name, partitions left out.
    pub tables: BTreeMap<String, Table>,
    /// Names of functions.
    pub functions: Vec<String>,
    /// Whatever else has a name: `view x`, `type y`.
    pub others: Vec<String>,
}

/// One table.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
pub struct Table {
    /// How it is partitioned: `l` by list, `h` by hash, `r` by range.
    pub partitioning: Option<String>,
    /// Columns by name.
    pub columns: BTreeMap<String, Column>,
    /// The bounds of its partitions, such as `FOR VALUES IN ('0')`.
    pub partitions: Vec<String>,
    /// The names of its triggers and those of its partitions, foreign keys' own left out.
    pub triggers: Vec<String>,
}

/// One column.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Column {
    /// Its type without length.
    pub type_name: String,
    /// Whether it is not null.
    pub required: bool,
    /// Whether it has a default or is an identity.
    pub filled: bool,
}

/// What kind of store a catalog is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Nothing at all.
    Empty,
    /// A document store, which is written to.
    Document(Release),
    /// The tables of DMS 8.0 and later: a table a resource, and ReferentialIds by other rules.
    Relational,
    /// Something else.
    Unknown {
        /// What was found, for a message.
        found: String,
    },
}

/// Reads the catalog of schema `dms`.
///
/// # Errors
/// When the database does not answer.
pub async fn read_catalog(client: &Client) -> Result<Catalog, tokio_postgres::Error> {
    let row = client.query_one(include_str!("../../sql/deploy/catalog.sql"), &[]).await?;
    let json: String = row.try_get(0)?;
    Ok(serde_json::from_str(&json).expect("the query builds what the type describes"))
}

impl Layout {
    /// What [`Self::Relational`] is, for an error.
    pub(crate) fn relational() -> String {
        format!(
            "the relational store of DMS 8.0 or later, whose tables and ReferentialIds are others; Laneway writes to the \
             document store of DMS {}",
            Release::ALL_IN_WORDS
        )
    }

    /// The layout that `catalog` shows.
    #[must_use]
    pub fn of(catalog: &Catalog) -> Self {
        if catalog.tables.is_empty() && catalog.functions.is_empty() && catalog.others.is_empty() {
            return Self::Empty;
        }
        if let Some(release) = Release::ALL.into_iter().find(|release| difference(catalog, *release).is_none()) {
            return Self::Document(release);
        }
        if is_relational(catalog) {
            return Self::Relational;
        }
        let nearest = nearest(catalog);
        let found = difference(catalog, nearest).unwrap_or_default();
        Self::Unknown { found: format!("{found}; expected are the tables of DMS {}", nearest.number()) }
    }

    /// In words.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Empty => "no tables".to_owned(),
            Self::Document(release) => release.in_words().to_owned(),
            Self::Relational => "relational store of DMS 8.0 or later".to_owned(),
            Self::Unknown { .. } => "something else".to_owned(),
        }
    }

    /// The release of a document store.
    ///
    /// # Errors
    /// What is there instead, when it is none: why it is not worked on.
    pub(crate) fn release(&self) -> Result<Release, String> {
        match self {
            Self::Document(release) => Ok(*release),
            Self::Empty => Err("schema dms is not there; build it with `laneway deploy`".to_owned()),
            Self::Relational => Err(format!(
                "schema dms holds {}: name a database of that version, or send these documents to the DMS",
                Self::relational()
            )),
            Self::Unknown { found } => Err(format!(
                "schema dms holds {found} (Laneway writes to the document store of DMS {})",
                Release::ALL_IN_WORDS
            )),
        }
    }
}

/// The first thing in which `catalog` is not a store of `release`, if any.
fn difference(catalog: &Catalog, release: Release) -> Option<String> {
    let mut missing: Vec<&str> =
        expected(release).map(|of| of.table).filter(|table| !catalog.tables.contains_key(*table)).collect();
    missing.dedup();
    if !missing.is_empty() {
        return Some(format!("{}, but no table {}", contents(catalog), missing.join(", ")));
    }
    expected(release)
        .find_map(|of| column_difference(&of, &catalog.tables[of.table]))
        .or_else(|| expected(release).find_map(|of| further_column(of.table, &catalog.tables[of.table], release)))
        .or_else(|| PARTITIONED.iter().find_map(|name| partition_difference(name, &catalog.tables[*name], release)))
}

/// The release to compare an unknown store with: what reference rows name tells them apart.
fn nearest(catalog: &Catalog) -> Release {
    let names = |column| catalog.tables.get("reference").is_some_and(|table| table.columns.contains_key(column));
    if names("referentialid") && !names("aliasid") { Release::V0_6 } else { Release::V0_7 }
}

/// How a column is missing, of another type, or not filled.
fn column_difference(of: &Expected, table: &Table) -> Option<String> {
    let Expected { table: name, column, type_name, is_filled } = of;
    match table.columns.get(*column) {
        None => Some(format!("table {name} without column {column}")),
        Some(found) if found.type_name != *type_name => {
            Some(format!("column {name}.{column} of type {} instead of {type_name}", found.type_name))
        }
        Some(found) => {
            (*is_filled && !found.filled).then(|| format!("column {name}.{column} without default or identity"))
        }
    }
}

/// A column that the release lacks and without which nothing can be inserted; any other does no harm.
fn further_column(name: &str, table: &Table, release: Release) -> Option<String> {
    let is_expected = |column: &str| expected(release).any(|of| of.table == name && of.column == column);
    let mut columns = table.columns.iter().filter(|(_, found)| found.required && !found.filled);
    let (column, _) = columns.find(|(column, _)| !is_expected(column))?;
    Some(format!("table {name} with a column {column} that is not null and has no default"))
}

/// The first partition of 16 that a table lacks.
fn partition_difference(name: &str, table: &Table, release: Release) -> Option<String> {
    if table.partitioning.as_deref() != Some(strategy(release)) {
        return Some(format!("table {name} that is {}", partitioning(table)));
    }
    let lacking = (0..16).find(|number| {
        let bounds = bounds(release, *number);
        !table.partitions.iter().any(|found| found.replace('\'', "") == bounds)
    });
    lacking.map(|number| match release {
        Release::V0_6 => format!("table {name} without a partition for remainder {number} of modulus 16"),
        Release::V0_7 => format!("table {name} without a partition for key {number} alone"),
    })
}

fn partitioning(table: &Table) -> String {
    let how = match table.partitioning.as_deref() {
        None => return "not partitioned".to_owned(),
        Some("l") => "list",
        Some("h") => "hash",
        Some(_) => "range",
    };
    format!("partitioned by {how} into {}", table.partitions.len())
}

/// Whether it has the tables that only the relational store has. It quotes their names, so that they keep their case.
fn is_relational(catalog: &Catalog) -> bool {
    ["Document", "ReferentialIdentity", "ResourceKey"].iter().all(|name| catalog.tables.contains_key(*name))
}

/// How many names of a foreign schema an error lists.
const CONTENTS_MAX: usize = 8;

/// What a schema holds, for an error.
fn contents(catalog: &Catalog) -> String {
    let tables = catalog.tables.keys().map(|name| format!("table {name}"));
    let functions = catalog.functions.iter().map(|name| format!("function {name}"));
    let mut names: Vec<String> = tables.chain(catalog.others.iter().cloned()).chain(functions).collect();
    let more = names.len().saturating_sub(CONTENTS_MAX);
    names.truncate(CONTENTS_MAX);
    let list = names.join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}
