//! Runs in a transaction: each operation of one finds what the one before it leaves, and the document is written once, as the
//! last one leaves it. Which operations may stand in one is known before (`crate::run`). Pure.

use laneway_model::{DocumentUuid, PersonKind, ReferentialId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::decision::Decision;
use crate::failpoints::{FaultPoint, skips};
use crate::planned_operation::PlannedOperation;
use crate::snapshot::{DocumentKey, Found, StoredDocument};

/// The identities that several of the members have.
pub(super) fn repeated(members: &[PlannedOperation]) -> FxHashSet<ReferentialId> {
    let mut seen = FxHashSet::default();
    let ids = members.iter().map(|member| member.operation().extraction.referential_id);
    ids.filter(|id| !seen.insert(*id)).collect()
}

/// The document that an operation leaves which found `found` under its identity; `None`: it writes nothing.
pub(super) fn left_by(member: &PlannedOperation, decision: &Decision, found: &Found) -> Option<StoredDocument> {
    let (key, uuid): (DocumentKey, DocumentUuid) = decision.written().filter(|_| !skips(FaultPoint::RunState))?;
    let extraction = &member.operation().extraction;
    let etag = extraction.etag.map(|etag| extraction.text(etag).to_owned());
    let named = |kind| member.first_person(kind).map(str::to_owned);
    let securable = match found {
        // An update never inserts a missing securable row, nor removes one.
        Found::Stored(stored) => {
            let row = |(kind, person): (&PersonKind, &String)| (*kind, named(*kind).unwrap_or_else(|| person.clone()));
            stored.securable.iter().map(row).collect()
        }
        Found::Nothing(_) => PersonKind::ALL.into_iter().filter_map(|kind| Some((kind, named(kind)?))).collect(),
    };
    Some(StoredDocument { key, uuid, etag, securable, association: member.association.clone() })
}

/// One document that a transaction writes.
#[derive(Debug)]
pub(super) struct Write<'a, 'd> {
    pub(super) document: DocumentKey,
    /// Of the first operation that writes it.
    pub(super) decision: &'d Decision,
    /// The last operation that writes it, and its place in the transaction: its body stays.
    pub(super) last: &'a PlannedOperation,
    pub(super) position: usize,
    /// Whether that is not the first.
    pub(super) is_replaced: bool,
}

/// The documents that `members` write, in the order of their first writes.
pub(super) fn writes<'a, 'd>(members: &'a [PlannedOperation], decisions: &'d [Decision]) -> Vec<Write<'a, 'd>> {
    let mut writes: Vec<Write<'a, 'd>> = Vec::with_capacity(members.len());
    let mut of_document = FxHashMap::default();
    for (position, (last, decision)) in members.iter().zip(decisions).enumerate() {
        let Some((document, _)) = decision.written() else { continue };
        match of_document.get(&document) {
            Some(at) if !skips(FaultPoint::RunLastBody) => {
                let first: &mut Write<'_, '_> = &mut writes[*at];
                (first.last, first.position, first.is_replaced) = (last, position, true);
            }
            Some(_) => {}
            None => {
                of_document.insert(document, writes.len());
                writes.push(Write { document, decision, last, position, is_replaced: false });
            }
        }
    }
    writes
}
