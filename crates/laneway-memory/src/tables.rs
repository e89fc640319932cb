//! The tables, each as the rows that it holds. A row is named by its document's number, as others are named by their keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use laneway_model::{DocumentUuid, PersonKind, ReferentialId};

use crate::jsonb::Jsonb;

/// A document, by its number in order of insertion.
pub(crate) type DocumentId = u64;

/// Organizations of an array, as texts.
pub(crate) type Ids = BTreeSet<String>;

/// A store's tables.
#[derive(Clone, Default, Debug)]
pub struct Model {
    pub(crate) last_id: DocumentId,
    pub(crate) documents: BTreeMap<DocumentId, Document>,
    pub(crate) aliases: BTreeMap<ReferentialId, DocumentId>,
    /// What each document refers to. That an alias names one document for ever makes the other columns follow.
    pub(crate) references: BTreeSet<(DocumentId, ReferentialId)>,
    /// By the organization's id.
    pub(crate) hierarchy: BTreeMap<i64, Organization>,
    pub(crate) school_rows: Vec<StudentRow>,
    pub(crate) responsibility_rows: Vec<StudentRow>,
    pub(crate) staff_rows: Vec<StaffRow>,
    pub(crate) relations: BTreeSet<Relation>,
    pub(crate) contact_rows: Vec<ContactRow>,
    /// By kind, each document with its person.
    pub(crate) securable: BTreeMap<PersonKind, BTreeMap<DocumentId, String>>,
}

/// A row of `Document`, with the identities that lead to it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) uuid: DocumentUuid,
    pub(crate) project_name: Box<str>,
    pub(crate) resource_name: Box<str>,
    pub(crate) version: Box<str>,
    pub(crate) is_descriptor: bool,
    pub(crate) body: Arc<Jsonb>,
    pub(crate) security: Arc<Jsonb>,
    pub(crate) arrays: Arrays,
    pub(crate) trace_id: Box<str>,
    /// Whether it was written again after its insert.
    pub(crate) touched: bool,
    pub(crate) own_ids: Vec<ReferentialId>,
}

/// A document's authorization arrays; `None`: null.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Arrays {
    pub(crate) school: Option<Ids>,
    pub(crate) responsibility: Option<Ids>,
    pub(crate) contact: Option<Ids>,
    pub(crate) staff: Option<Ids>,
}

/// A row of the hierarchy, with its row of the terms lookup.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    pub(crate) project_name: Box<str>,
    pub(crate) resource_name: Box<str>,
    /// The organization above it.
    pub(crate) parent: Option<i64>,
    /// Stays when the document is gone.
    pub(crate) document: DocumentId,
    /// In the order of appending; an organization may stand in it twice.
    pub(crate) terms: Vec<i64>,
}

/// A student's row of a school association, or of a responsibility.
#[derive(Clone, Debug)]
pub(crate) struct StudentRow {
    pub(crate) student: String,
    pub(crate) organization: i64,
    pub(crate) ids: Ids,
    pub(crate) association: DocumentId,
}

/// A staff member's row of an employment or assignment.
#[derive(Clone, Debug)]
pub(crate) struct StaffRow {
    pub(crate) staff: String,
    pub(crate) organization: i64,
    pub(crate) ids: Ids,
    pub(crate) association: DocumentId,
}

/// A row of `StudentContactRelation`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Relation {
    pub(crate) student: String,
    pub(crate) contact: String,
    pub(crate) association: DocumentId,
}

/// A contact's row: what a student's school association grants.
#[derive(Clone, Debug)]
pub(crate) struct ContactRow {
    pub(crate) contact: String,
    pub(crate) student: String,
    pub(crate) ids: Ids,
    pub(crate) contact_association: DocumentId,
    pub(crate) school_association: DocumentId,
}

impl Model {
    /// Whether the identity names a document.
    #[must_use]
    pub fn contains(&self, id: ReferentialId) -> bool {
        self.aliases.contains_key(&id)
    }

    /// The documents whose securable row names the person.
    pub(crate) fn documents_about(&self, kind: PersonKind, person: &str) -> Vec<DocumentId> {
        let rows = self.securable.get(&kind).into_iter().flatten();
        rows.filter(|(_, of)| *of == person).map(|(document, _)| *document).collect()
    }

    /// Writes an array into documents that are there.
    pub(crate) fn set_array(
        &mut self,
        documents: impl IntoIterator<Item = DocumentId>,
        array: fn(&mut Arrays) -> &mut Option<Ids>,
        ids: &Option<Ids>,
    ) {
        for document in documents {
            if let Some(document) = self.documents.get_mut(&document) {
                *array(&mut document.arrays) = ids.clone();
            }
        }
    }
}
