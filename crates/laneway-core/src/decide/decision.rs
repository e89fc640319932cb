//! What becomes of one operation. Values only.

use std::collections::BTreeSet;

use laneway_model::{DocumentUuid, Outcome, PersonKind, ReferentialId};

use crate::snapshot::{DocumentKey, NewIds};

/// What becomes of one operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Decision {
    /// A new document.
    Insert(NewDocument),
    /// A stored document is replaced.
    Update(ReplacedDocument),
    /// The stored document has the same `_etag`: nothing is written.
    Unchanged(DocumentUuid),
    /// References name nothing.
    Missing { ids: Vec<ReferentialId>, refusal: Outcome },
    /// The outcome is known, and nothing is written.
    Refused(Outcome),
    /// It may not overtake one of its identity that missed references: nothing is decided.
    InLine,
}

impl Decision {
    /// The outcome once the transaction is committed; `Missing` and `InLine` are for the dispatcher to settle.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Insert(new) => Some(Outcome::Inserted { document_uuid: new.uuid }),
            Self::Update(ReplacedDocument { uuid, .. }) | Self::Unchanged(uuid) => {
                Some(Outcome::Updated { document_uuid: *uuid })
            }
            Self::Refused(outcome) => Some(outcome.clone()),
            Self::Missing { .. } | Self::InLine => None,
        }
    }

    /// The document that it writes.
    pub(crate) fn written(&self) -> Option<(DocumentKey, DocumentUuid)> {
        match self {
            Self::Insert(new) => Some((new.key, new.uuid)),
            Self::Update(old) => Some((old.key, old.uuid)),
            Self::Unchanged(_) | Self::Missing { .. } | Self::Refused(_) | Self::InLine => None,
        }
    }

    /// Whether it failed behind what comes before any thought of writing.
    pub(super) fn failed_writing(&self) -> bool {
        matches!(self, Self::Refused(Outcome::IdentityConflict { .. } | Outcome::InvalidDocument { .. }))
    }

    pub(super) fn failed(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Refused(_))
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct NewDocument {
    pub(crate) key: DocumentKey,
    pub(crate) uuid: DocumentUuid,
    pub(crate) ids: NewIds,
    /// Of the hierarchy: the parent's row.
    pub(crate) parent: Option<i64>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ReplacedDocument {
    pub(crate) key: DocumentKey,
    pub(crate) uuid: DocumentUuid,
    /// The parent's row, where the organization gets another parent.
    pub(crate) moved: Option<Option<i64>>,
    /// The kinds of person whose securable row is there.
    pub(crate) securable: BTreeSet<PersonKind>,
}
