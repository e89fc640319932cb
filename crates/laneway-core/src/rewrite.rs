//! What writing stored documents once more would write, by the decisions of a flush: what their rows ought to be. Pure; for
//! checks of a whole store, which reads the snapshot itself.

use std::sync::Arc;

use laneway_model::{Operation, OperationId, Outcome, PersonKind, ReferentialId};

use crate::changes::Changes;
use crate::decide::{Decision, decide};
use crate::flush::Accepted;
use crate::plan_resolve::plan_resolve;
use crate::planned_operation::PlannedOperation;
use crate::snapshot::{DocumentKey, Found, ResolveRequest, Snapshot, StoredDocument};

/// Stored documents, each as an upsert of what is stored.
#[derive(Debug)]
pub struct Rewrites {
    members: Vec<PlannedOperation>,
    keys: Vec<DocumentKey>,
}

/// Why a stored document could not be written once more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unwritable {
    /// It refers to identities that no alias stands for.
    Missing(Vec<ReferentialId>),
    /// It would be refused: its organization stands under a cycle of parents.
    Refused(Outcome),
}

impl Rewrites {
    /// Of documents with their keys and, in each operation, the id that they are stored under.
    #[must_use]
    pub fn new(documents: Vec<(DocumentKey, Operation)>) -> Self {
        let (keys, operations): (Vec<_>, Vec<_>) = documents.into_iter().unzip();
        let plan = |(number, operation)| {
            PlannedOperation::new(Accepted {
                id: OperationId(number),
                operation: Arc::new(operation),
                time_left: None,
                in_line: false,
            })
        };
        Self { members: (0..).zip(operations).map(plan).collect(), keys }
    }

    /// What the snapshot must hold for all of them. Its locks are for writing.
    #[must_use]
    pub fn request(&self) -> ResolveRequest<'_> {
        plan_resolve(&self.members, false)
    }

    /// The operation of the document at `index`.
    #[must_use]
    pub fn operation(&self, index: usize) -> &Operation {
        self.members[index].operation()
    }

    /// Enters the document at `index` into `snapshot` as found: with an `_etag` that equals none, and with every securable row.
    pub fn enter(&self, index: usize, snapshot: &mut Snapshot) {
        let (member, key) = (&self.members[index], self.keys[index]);
        let operation = member.operation();
        let found = StoredDocument {
            key,
            uuid: operation.document_uuid,
            etag: None,
            securable: PersonKind::ALL.into_iter().map(|kind| (kind, String::new())).collect(),
            association: member.association.clone(),
        };
        snapshot.documents.insert(operation.extraction.referential_id, Found::Stored(found));
    }

    /// What the document at `index` would write alone: all its references, a securable row for each person that it names, its
    /// arrays, and its organization's parent where that is another one. It must have been entered.
    ///
    /// # Errors
    /// When it would be refused.
    pub fn changes<'a>(&'a self, index: usize, snapshot: &'a Snapshot) -> Result<Changes<'a>, Unwritable> {
        let decided = decide(&self.members[index..=index], &[0], snapshot);
        match decided.decisions.into_iter().next() {
            Some(Decision::Missing { ids, .. }) => Err(Unwritable::Missing(ids)),
            Some(Decision::Refused(outcome)) => Err(Unwritable::Refused(outcome)),
            _ => Ok(decided.changes),
        }
    }
}
