//! What one transaction writes: rows, in the order in which they are to be written. Values only.

use std::collections::BTreeMap;

use laneway_model::{DocumentUuid, Operation, PersonKind, ReferentialId};

use crate::snapshot::{DocumentKey, StoredAlias};

/// A new hierarchy row.
#[derive(Clone, Debug)]
pub struct HierarchyInsert<'a> {
    /// The organization's operation.
    pub operation: &'a Operation,
    /// The row's id.
    pub row: i64,
    /// The organization's id.
    pub organization: i64,
    /// The parent's row id.
    pub parent: Option<i64>,
    /// The organization's document.
    pub document: DocumentKey,
}

/// An organization that gets another parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HierarchyUpdate {
    /// The organization's document.
    pub document: DocumentKey,
    /// The parent's row id.
    pub parent: Option<i64>,
    /// Before it in batch order stand so many of the new rows.
    pub behind: usize,
}

/// A step of the changes of the hierarchy.
#[derive(Clone, Copy, Debug)]
pub enum HierarchyStep<'c, 'a> {
    /// New rows, parents first.
    Insert(&'c [HierarchyInsert<'a>]),
    /// One that gets another parent.
    Move(&'c HierarchyUpdate),
}

/// A document's authorization arrays, as JSON texts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DocumentArrays<'a> {
    /// `StudentSchoolAuthorizationEdOrgIds`.
    pub student: Option<&'a str>,
    /// `StudentEdOrgResponsibilityAuthorizationIds`.
    pub responsibility: Option<&'a str>,
    /// `ContactStudentSchoolAuthorizationEdOrgIds`.
    pub contact: Option<&'a str>,
    /// `StaffEducationOrganizationAuthorizationEdOrgIds`.
    pub staff: Option<&'a str>,
}

/// A document to be inserted or replaced.
#[derive(Clone, Debug)]
pub struct DocumentWrite<'a> {
    /// The operation that writes it.
    pub operation: &'a Operation,
    /// The row's key.
    pub key: DocumentKey,
    /// The id that goes into the body.
    pub uuid: DocumentUuid,
    /// Its arrays as read.
    pub arrays: DocumentArrays<'a>,
    /// A new document that another operation of the transaction has replaced: it was modified after it was created.
    pub is_replaced: bool,
}

/// A new alias.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AliasInsert {
    /// The row's id.
    pub id: i64,
    /// The identity.
    pub referential_id: ReferentialId,
    /// The document that it names.
    pub document: DocumentKey,
}

/// One reference of one document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReferenceRow {
    /// The document that refers.
    pub parent: DocumentKey,
    /// The identity that it names.
    pub referential_id: ReferentialId,
    /// What stands under that.
    pub alias: StoredAlias,
}

/// A securable row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SecurableRow<'a> {
    /// The person.
    pub person: &'a str,
    /// The document.
    pub document: DocumentKey,
}

/// A document of the batch whose staff array an association of the batch decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StaffRefresh<'a> {
    /// The person and the document.
    pub row: SecurableRow<'a>,
    /// The last association written at or after the document: its ancestors are the array. `None`: all were
    /// written before, and the array is the union over all the person's rows.
    pub association: Option<DocumentKey>,
}

/// What one transaction writes. Fields stand in the order of writing; within each, rows do.
#[derive(Clone, Debug, Default)]
pub struct Changes<'a> {
    /// In batch order: parents first.
    pub hierarchy_inserts: Vec<HierarchyInsert<'a>>,
    /// Organizations with another parent, in batch order.
    pub hierarchy_updates: Vec<HierarchyUpdate>,
    /// In batch order: of several staff associations of one person the last one wins.
    pub inserts: Vec<DocumentWrite<'a>>,
    /// In batch order.
    pub updates: Vec<DocumentWrite<'a>>,
    /// In key order, superclass aliases too: two flushes that collide do not deadlock.
    pub aliases: Vec<AliasInsert>,
    /// References of inserted documents, distinct.
    pub references: Vec<ReferenceRow>,
    /// All references of updated documents: their rows are made equal to these.
    pub reference_sets: Vec<ReferenceRow>,
    /// Securable rows of inserted documents.
    pub securable_inserts: BTreeMap<PersonKind, Vec<SecurableRow<'a>>>,
    /// Securable rows of updated documents, where there is one.
    pub securable_updates: BTreeMap<PersonKind, Vec<SecurableRow<'a>>>,
    /// Documents of the batch whose student has an association in it.
    pub student_refreshes: Vec<SecurableRow<'a>>,
    /// Documents of the batch whose contact may have got other rows by it.
    pub contact_refreshes: Vec<SecurableRow<'a>>,
    /// Documents of the batch whose staff member has an association in it.
    pub staff_refreshes: Vec<StaffRefresh<'a>>,
}

impl<'a> Changes<'a> {
    /// The changes of the hierarchy in batch order. Each move goes by itself: which arrays its triggers reach depends on where
    /// the organizations above it stand at that moment, and several may share a transaction, as members of a cycle.
    #[must_use]
    pub fn hierarchy(&self) -> Vec<HierarchyStep<'_, 'a>> {
        let (mut steps, mut rest) = (Vec::new(), &self.hierarchy_inserts[..]);
        for update in &self.hierarchy_updates {
            let written = self.hierarchy_inserts.len() - rest.len();
            let (before, behind) = rest.split_at(update.behind - written);
            steps.extend([HierarchyStep::Insert(before), HierarchyStep::Move(update)]);
            rest = behind;
        }
        steps.push(HierarchyStep::Insert(rest));
        steps.retain(|step| !matches!(step, HierarchyStep::Insert([])));
        steps
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.inserts.is_empty() && self.updates.is_empty()
    }
}
