//! What a store holds, as lines by table: the canonical lines, and what those leave out of documents.

use std::collections::BTreeMap;

use laneway_memory::{DocumentContent, Model};
use laneway_postgres_tools::{Scratch, StoredRow};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::case::{Case, StoredDocument};
use crate::error::ReplayError;
use crate::exact_json::{exact, exact_members};

/// A store's content.
#[derive(Clone, Debug)]
pub struct Content {
    /// Sorted lines by table; empty tables are left out.
    pub store: BTreeMap<String, Vec<String>>,
    /// The stored documents by uuid.
    pub documents: BTreeMap<Uuid, StoredDocument>,
}

impl Content {
    /// What the store should hold at the end of a case.
    #[must_use]
    pub fn expected(case: &Case) -> Self {
        Self { store: case.store.clone(), documents: case.documents.clone() }
    }

    /// What the model holds.
    pub(crate) fn of(model: &Model) -> Self {
        let mut store: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, line) in model.lines() {
            store.entry(table).or_default().push(line);
        }
        let row = |content: DocumentContent| {
            let DocumentContent { uuid, body, trace_id, partition_key, touched } = content;
            stored(StoredRow { uuid, body, trace_id, partition_key, touched })
        };
        Self { store, documents: model.documents().into_iter().map(row).collect() }
    }

    /// What the store holds now.
    pub(crate) async fn read(scratch: &Scratch) -> Result<Self, ReplayError> {
        let mut store: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, line) in scratch.lines().await? {
            store.entry(table).or_default().push(line);
        }
        let documents = scratch.documents().await?.into_iter().map(stored).collect();
        Ok(Self { store, documents })
    }

    /// All of it as lines by table; each document as a line for each of its facts.
    pub(crate) fn lines(&self) -> BTreeMap<String, Vec<String>> {
        let mut lines = self.store.clone();
        let facts = self.documents.iter().flat_map(|(uuid, document)| facts(*uuid, document)).collect();
        lines.insert("documents".to_owned(), facts);
        // The recorded order of lines is bytewise; what differs is found whatever the order was.
        lines.values_mut().for_each(|lines| lines.sort_unstable());
        lines
    }
}

fn stored(row: StoredRow) -> (Uuid, StoredDocument) {
    // A jsonb that the server has printed is JSON.
    let body = RawValue::from_string(row.body).unwrap_or_else(|_| RawValue::NULL.to_owned());
    let StoredRow { uuid, trace_id, partition_key, touched, .. } = row;
    (uuid.0, StoredDocument { body, trace_id, partition_key, touched })
}

fn facts(uuid: Uuid, document: &StoredDocument) -> Vec<String> {
    let mut facts = vec![
        format!("{uuid}\ttrace_id\t{}", document.trace_id),
        format!("{uuid}\tpartition_key\t{}", document.partition_key),
        format!("{uuid}\ttouched\t{}", document.touched),
    ];
    match exact_members(&document.body) {
        Some(members) => {
            facts.extend(members.iter().map(|(name, value)| format!("{uuid}\tbody.{name}\t{value}")));
        }
        None => facts.push(format!("{uuid}\tbody\t{}", exact(&document.body))),
    }
    facts
}
