//! Builds a store that behaves as the DMS's own, or completes one whose tables are there.
//! Adds what is missing; changes and removes nothing.

mod error;

pub use error::{DeployError, DeployErrorKind};

use laneway_pgconfig::Config;
use tokio_postgres::Transaction;

use crate::layout::{Catalog, Layout, Release, read_catalog};

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
const TABLES: &[File] = &[file!("core_tables.sql")];
const AUTHORIZATION_TABLES: &[File] = &[file!("authorization_tables.sql")];
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

/// What only one release has.
struct Own {
    /// How tables are cut into partitions.
    partitions: &'static [File],
    /// Further tables.
    tables: &'static [File],
    /// Further keys and indexes.
    objects: &'static [File],
}

const fn own(release: Release) -> Own {
    match release {
        Release::V0_6 => Own {
            partitions: &[file!("dms-0.6/partitions.sql")],
            tables: &[file!("dms-0.6/tables.sql")],
            objects: &[file!("dms-0.6/objects.sql")],
        },
        Release::V0_7 => Own {
            partitions: &[file!("dms-0.7/partitions.sql")],
            tables: &[file!("dms-0.7/tables.sql")],
            objects: &[file!("dms-0.7/objects.sql")],
        },
    }
}

/// What a deployment did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deployed {
    /// What was there before.
    pub found: Layout,
    /// What was added, in order; nothing on a store that was complete.
    pub added: Vec<String>,
}

/// Deploys a store into the database that `config` names: all of it into an empty one, what is missing into one with
/// the tables, nothing into a complete one or one of an older release. Runs in one transaction; two deployments of one
/// database take turns.
///
/// # Errors
/// When schema `dms` holds something else, or the database cannot be reached or refuses.
pub async fn deploy(config: &Config) -> Result<Deployed, DeployError> {
    deploy_as(config, Release::DEPLOYED).await
}

/// As [`deploy`], but an empty database gets the tables of `release`: for tests, and to rehearse with a store as it is where
/// that release runs.
///
/// # Errors
/// As [`deploy`].
pub async fn deploy_as(config: &Config, release: Release) -> Result<Deployed, DeployError> {
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
        Layout::Relational => return Err(DeployError::unknown(config, &Layout::relational())),
        Layout::Unknown { found } => return Err(DeployError::unknown(config, found)),
        Layout::Empty => complete(&transaction, &files(&catalog, release, true)).await?,
        Layout::Document(Release::DEPLOYED) => {
            complete(&transaction, &files(&catalog, Release::DEPLOYED, false)).await?
        }
        // The service's own, whose names for keys and indexes may be others: not known well enough to be completed.
        Layout::Document(_) => Vec::new(),
    };
    transaction.commit().await.map_err(DeployError::database("commit"))?;
    Ok(Deployed { found, added })
}

/// The files that a database needs. Those of keys, indexes and publication look for themselves at what is missing.
fn files(catalog: &Catalog, release: Release, is_empty: bool) -> Vec<File> {
    let own = own(release);
    let has_triggers = TABLES_WITH_TRIGGERS
        .iter()
        .any(|name| catalog.tables.get(*name).is_some_and(|table| !table.triggers.is_empty()));
    [
        (HELPERS, true),
        (own.partitions, is_empty),
        (TABLES, is_empty),
        (own.tables, is_empty),
        (AUTHORIZATION_TABLES, is_empty),
        (KEYS, true),
        (own.objects, true),
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

    fn names(catalog: &Catalog, is_empty: bool) -> Vec<&'static str> {
        files(catalog, Release::DEPLOYED, is_empty).iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn an_empty_database_gets_everything() {
        let names = names(&Catalog::default(), true);
        assert_eq!(names.len(), 16, "{names:?}");
    }

    #[test]
    fn tables_alone_get_keys_and_triggers() {
        let names = names(&Catalog::default(), false);
        assert!(!names.contains(&"core_tables.sql") && names.contains(&"triggers.sql"), "{names:?}");
    }

    #[test]
    fn any_trigger_keeps_ours_away() {
        for table in TABLES_WITH_TRIGGERS {
            let names = names(&catalog(table, "another"), false);
            let keys = ["keys.sql", "indexes.sql", "foreign_keys.sql", "dms-0.7/objects.sql"];
            assert_eq!(names, [&["helpers.sql"], &keys[..], &["publication.sql"]].concat());
        }
    }
}
