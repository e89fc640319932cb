//! What a store holds, without its accidental parts: the lines of `canonical-store.sql`, and whole documents.

use std::collections::BTreeMap;
use std::path::Path;

use tokio_postgres::{Client, Error};
use uuid::Uuid;

use crate::recorded::StoredDocument;

/// Lines by table, sorted bytewise; empty tables left out.
pub type Content = BTreeMap<String, Vec<String>>;

/// Empties all tables, in an order in which triggers find nothing to do.
const EMPTY: &str = "
    DELETE FROM dms.reference;
    DELETE FROM dms.studentsecurabledocument;
    DELETE FROM dms.contactsecurabledocument;
    DELETE FROM dms.staffsecurabledocument;
    DELETE FROM dms.contactstudentschoolauthorization;
    DELETE FROM dms.studentcontactrelation;
    DELETE FROM dms.studentschoolassociationauthorization;
    DELETE FROM dms.studenteducationorganizationresponsibilityauthorization;
    DELETE FROM dms.staffeducationorganizationauthorization;
    DELETE FROM dms.educationorganizationhierarchy;
    DELETE FROM dms.educationorganizationhierarchytermslookup;
    DELETE FROM dms.alias;
    DELETE FROM dms.document;";

/// Reads a store's content by the recorded data's own script.
#[derive(Debug)]
pub struct Reader {
    preparation: String,
}

impl Reader {
    /// A reader with the script in `data`.
    ///
    /// # Panics
    /// When there is none, or it does not end with a query of its view `line`.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        let script = std::fs::read_to_string(data.join("canonical-store.sql")).expect("canonical-store.sql");
        // What comes before the last statement makes the view that the statement sums up.
        let end = script.rfind("\nSELECT replace(tbl").expect("a last statement that reads the view");
        Self { preparation: script[..end].to_owned() }
    }

    /// All lines of the store.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn content(&self, client: &mut Client) -> Result<Content, Error> {
        // The script's tables, functions and views go with the transaction.
        let transaction = client.transaction().await?;
        transaction.batch_execute(&self.preparation).await?;
        let rows = transaction.query("SELECT replace(tbl, ' ', '_'), line FROM line", &[]).await?;
        transaction.rollback().await?;
        let mut content = Content::new();
        for row in rows {
            content.entry(row.get(0)).or_default().push(row.get(1));
        }
        content.values_mut().for_each(|lines| lines.sort_unstable());
        Ok(content)
    }
}

/// Deletes everything in the store.
///
/// # Errors
/// When the database refuses.
pub async fn empty(client: &Client) -> Result<(), Error> {
    client.batch_execute(EMPTY).await
}

/// The first lines in which two contents differ, table by table.
#[must_use]
pub fn differences(expected: &Content, found: &Content) -> Vec<String> {
    let none = Vec::new();
    let mut differences = Vec::new();
    let tables: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    for table in tables {
        let (expected, found) = (expected.get(table).unwrap_or(&none), found.get(table).unwrap_or(&none));
        let lacking = without(expected, found).map(|line| format!("{table} lacks {line:?}"));
        let further = without(found, expected).map(|line| format!("{table} has {line:?}"));
        differences.extend(lacking.chain(further));
    }
    differences
}

/// The lines of one sorted list that another does not have, as often as it lacks them.
fn without<'a>(lines: &'a [String], others: &'a [String]) -> impl Iterator<Item = &'a String> {
    let mut left: BTreeMap<&String, usize> = BTreeMap::new();
    for line in others {
        *left.entry(line).or_default() += 1;
    }
    lines.iter().filter(move |line| match left.get_mut(line) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    })
}

/// In what the stored documents differ from `expected`.
///
/// # Errors
/// When the database refuses.
pub async fn document_differences(
    client: &Client,
    expected: &BTreeMap<Uuid, StoredDocument>,
) -> Result<Vec<String>, Error> {
    // PostgreSQL prints both sides: its numbers keep their written form, which no JSON value here would.
    let rows = client
        .query(
            "SELECT documentuuid, edfidoc::text, lastmodifiedtraceid, documentpartitionkey,
                 lastmodifiedat <> createdat, tableoid::regclass::text
             FROM dms.document",
            &[],
        )
        .await?;
    let (uuids, bodies): (Vec<Uuid>, Vec<&str>) = expected.iter().map(|(uuid, d)| (*uuid, d.body.get())).unzip();
    let printed = client
        .query("SELECT uuid, body::jsonb::text FROM unnest($1::uuid[], $2::text[]) AS r (uuid, body)", &[&uuids, &bodies])
        .await?;
    let printed: BTreeMap<Uuid, String> = printed.iter().map(|row| (row.get(0), row.get(1))).collect();

    let mut differences = Vec::new();
    for uuid in expected.keys().filter(|uuid| !rows.iter().any(|row| row.get::<_, Uuid>(0) == **uuid)) {
        differences.push(format!("document {uuid} is not stored"));
    }
    for row in &rows {
        let uuid: Uuid = row.get(0);
        let Some(wanted) = expected.get(&uuid) else {
            differences.push(format!("document {uuid} is stored"));
            continue;
        };
        let table = format!("dms.document_{:02}", wanted.partition_key);
        let wanted = (&*printed[&uuid], &*wanted.trace_id, wanted.partition_key, wanted.touched, &*table);
        let found: (&str, &str, i16, bool, &str) = (row.get(1), row.get(2), row.get(3), row.get(4), row.get(5));
        if wanted != found {
            differences.push(format!("document {uuid}: expected {wanted:?}, found {found:?}"));
        }
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lines_are_counted() {
        let content = |lines: &[&str]| Content::from([("t".to_owned(), lines.iter().map(|l| (*l).to_owned()).collect())]);
        assert_eq!(differences(&content(&["a", "a", "b"]), &content(&["a", "b"])), ["t lacks \"a\""]);
        assert_eq!(differences(&content(&["a"]), &content(&["a", "a"])), ["t has \"a\""]);
        assert_eq!(differences(&content(&[]), &Content::new()), Vec::<String>::new());
    }
}
