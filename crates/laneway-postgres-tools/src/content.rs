//! A store's content without its accidental parts: a line for each row, a count and a hash for each table.
//! For checks; however large the store, it sorts and this side holds one line at a time.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use laneway_pgconfig::Config;
use laneway_postgres::{Layout, Release, read_catalog};
use sha2::{Digest as _, Sha256};
use tokio_postgres::types::ToSql;

use crate::error::QueryError;

/// The query that puts a store's content into lines.
pub(crate) fn canonical_store(release: Release) -> String {
    let text = include_str!("../queries/inspect/canonical-store.sql");
    let alias = "ON (a.referentialpartitionkey, a.id) = (r.referentialpartitionkey, r.aliasid)";
    debug_assert!(text.contains(alias), "the query joins aliases by their ids");
    match release {
        Release::V0_6 => text.replace(
            alias,
            "ON (a.referentialpartitionkey, a.referentialid) = (r.referentialpartitionkey, r.referentialid)",
        ),
        Release::V0_7 => text.to_owned(),
    }
}

/// For this query alone: compiling it costs more than it saves, and nested loops over the named documents are what
/// a planner without statistics takes them for: few.
const SESSION: &str = "BEGIN READ ONLY; SET LOCAL jit = off; SET LOCAL enable_nestloop = off";

/// The tables, by the names that the query gives them.
const TABLES: &[&str] = &[
    "alias",
    "contact_authorization",
    "contact_securable_document",
    "document",
    "document_authorization_arrays",
    "document_staff_arrays",
    "education_organization_hierarchy",
    "hierarchy_terms_lookup",
    "reference",
    "staff_authorization",
    "staff_securable_document",
    "student_contact_relation",
    "student_responsibility_authorization",
    "student_school_association_authorization",
    "student_securable_document",
];

/// What one table holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableContent {
    /// How many rows.
    pub rows: u64,
    /// The SHA-256 over the sorted lines with line feeds between them, in hexadecimal digits.
    pub sha256: String,
}

/// A store's content by table; a table without rows is there too.
pub type Content = BTreeMap<String, TableContent>;

/// Reads a store's content, as of one moment.
///
/// # Errors
/// When the database cannot be reached, or holds no document store.
pub async fn read_content(config: &Config) -> Result<Content, QueryError> {
    let mut hashes: BTreeMap<String, (u64, Sha256)> =
        TABLES.iter().map(|table| ((*table).to_owned(), (0, Sha256::new()))).collect();
    read_content_lines(config, |table, line| {
        let (rows, hash) = hashes.entry(table.to_owned()).or_default();
        if *rows > 0 {
            hash.update("\n");
        }
        hash.update(line);
        *rows += 1;
    })
    .await?;
    let table =
        |(rows, hash): (u64, Sha256)| TableContent { rows, sha256: base16ct::lower::encode_string(&hash.finalize()) };
    Ok(hashes.into_iter().map(|(name, hash)| (name, table(hash))).collect())
}

/// Reads the lines themselves: hands each table's name and line to `take`, table by table, sorted.
///
/// # Errors
/// As [`read_content`].
pub async fn read_content_lines(config: &Config, mut take: impl FnMut(&str, &str)) -> Result<(), QueryError> {
    let refused = QueryError::of("reading the content", config);
    let client = config.connect().await?;
    let layout = Layout::of(&read_catalog(&client).await.map_err(refused)?);
    // Of what is no document store the query says what it lacks.
    let release = if let Layout::Document(release) = layout { release } else { Release::DEPLOYED };
    client.batch_execute(SESSION).await.map_err(refused)?;
    let none: [&(dyn ToSql + Sync); 0] = [];
    let rows = client.query_raw(&canonical_store(release), none).await.map_err(refused)?;
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(refused)? {
        take(row.try_get(0).map_err(refused)?, row.try_get(1).map_err(refused)?);
    }
    Ok(())
}
