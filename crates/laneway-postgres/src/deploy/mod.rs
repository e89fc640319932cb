//! Builds a store that behaves as the DMS's own, or completes one whose tables are there.
//! Adds what is missing; changes and removes nothing.

mod error;

pub use error::{DeployError, DeployErrorKind};

use laneway_pgconfig::Config;
use tokio_postgres::Transaction;

use crate::layout::{Catalog, Layout, read_catalog};

/// The key of the advisory lock that deployments of one database take turns by.
const LOCK: i64 = i64::from_be_bytes(*b"\0laneway");

/// The tables that carry the store's own triggers.
const TABLES_WITH_TRIGGERS: [&str; 3] =
    ["document", "educationorganizationhierarchy", "contactstudentschoolauthorization"];

/// A file of statements and its name, for errors.
type File = (&'static str, &'static str);

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../sql/deploy/", $name)))
    };
}

const HELPERS: &[File] = &[file!("helpers.sql")];
const TABLES: &[File] = &[file!("core_tables.sql"), file!("authorization_tables.sql")];
const KEYS: &[File] = &[file!("keys.sql"), file!("indexes.sql"), file!("foreign_keys.sql")];
const TRIGGERS: &[File] = &[
    file!("hierarchy_functions.sql"),
    file!("student_contact_functions.sql"),
    file!("student_school_functions.sql"),
    file!("student_responsibility_functions.sql"),
    file!("staff_functions.sql"),
    file!("triggers.sql"),
];
const PUBLICATION: &[File] = &[file!("publication.sql")];

/// What a deployment did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deployed {
    /// What was there before.
    pub found: Layout,
    /// What was added, in order; nothing on a store that was complete.
    pub added: Vec<String>,
}

/// Deploys a store into the database that `config` names: all of it into an empty one, what is missing into one with
/// the tables, nothing into a complete one. Runs in one transaction; two deployments of one database take turns.
///
/// # Errors
/// When schema `dms` holds something else, or the database cannot be reached or refuses.
pub async fn deploy(config: &Config) -> Result<Deployed, DeployError> {
    let mut client = config.connect().await?;
    let transaction = client.build_transaction().start().await.map_err(DeployError::database("begin"))?;
    // Names in the files are qualified; a search path must not resolve them to other objects.
    transaction
        .batch_execute("SET LOCAL search_path = pg_catalog, pg_temp")
        .await
        .map_err(DeployError::database("begin"))?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await
        .map_err(DeployError::database("wait for another deployment"))?;
    let catalog = read_catalog(transaction.client()).await.map_err(DeployError::database("read the catalog"))?;
    let found = Layout::of(&catalog);
    let added = match &found {
        // The tables of before 2025-11 are a deployed store too, which is not rebuilt.
        Layout::Older => Vec::new(),
        Layout::Relational => return Err(DeployError::unknown(config, Layout::RELATIONAL)),
        Layout::Unknown { found } => return Err(DeployError::unknown(config, found)),
        Layout::Empty | Layout::Current => complete(&transaction, &files(&catalog, &found)).await?,
    };
    transaction.commit().await.map_err(DeployError::database("commit"))?;
    Ok(Deployed { found, added })
}

/// The files that a database needs. Those of keys, indexes and publication look for themselves at what is missing.
fn files(catalog: &Catalog, layout: &Layout) -> Vec<File> {
    let has_triggers = TABLES_WITH_TRIGGERS
        .iter()
        .any(|name| catalog.tables.get(*name).is_some_and(|table| !table.triggers.is_empty()));
    [
        (HELPERS, true),
        (TABLES, *layout == Layout::Empty),
        (KEYS, true),
        // A second set of triggers would fire beside the first, whatever that is called.
        (TRIGGERS, !has_triggers),
        (PUBLICATION, true),
    ]
    .iter()
    .filter(|(_, wanted)| *wanted)
    .flat_map(|(files, _)| files.iter().copied())
    .collect()
}

/// Runs the files and returns what they recorded as added.
async fn complete(transaction: &Transaction<'_>, files: &[File]) -> Result<Vec<String>, DeployError> {
    for (name, statements) in files {
        transaction.batch_execute(statements).await.map_err(DeployError::database(name))?;
    }
    let rows = transaction
        .query("SELECT what FROM pg_temp.laneway_added ORDER BY number", &[])
        .await
        .map_err(DeployError::database("read what was added"))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Table;

    fn catalog(table: &str, trigger: &str) -> Catalog {
        let table = (table.to_owned(), Table { triggers: vec![trigger.to_owned()], ..Table::default() });
        Catalog { tables: [table].into(), ..Catalog::default() }
    }

    fn names(catalog: &Catalog, layout: &Layout) -> Vec<&'static str> {
        files(catalog, layout).iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn an_empty_database_gets_everything() {
        let names = names(&Catalog::default(), &Layout::Empty);
        assert_eq!(names.len(), 13, "{names:?}");
    }

    #[test]
    fn tables_alone_get_keys_and_triggers() {
        let names = names(&Catalog::default(), &Layout::Current);
        assert!(!names.contains(&"core_tables.sql") && names.contains(&"triggers.sql"), "{names:?}");
    }

    #[test]
    fn any_trigger_keeps_ours_away() {
        for table in TABLES_WITH_TRIGGERS {
            let names = names(&catalog(table, "another"), &Layout::Current);
            assert_eq!(names, ["helpers.sql", "keys.sql", "indexes.sql", "foreign_keys.sql", "publication.sql"]);
        }
    }
}
