//! Stored identities, and what a batch does to them. Knows no lanes and no time.

use std::collections::BTreeSet;

use laneway_model::{DocumentUuid, Operation, OperationId, Outcome, ReferentialId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Accepted, Settlement};

/// Documents by id and by identity.
#[derive(Clone, Default, Debug)]
pub struct MemoryStore {
    aliases: FxHashMap<ReferentialId, DocumentUuid>,
    documents: FxHashSet<DocumentUuid>,
}

/// What a flush has read: which of the identities that its operations refer to are there.
#[derive(Clone, Default, Debug)]
pub struct Snapshot {
    present: FxHashSet<ReferentialId>,
}

impl MemoryStore {
    /// Whether the identity names a document.
    #[must_use]
    pub fn contains(&self, id: ReferentialId) -> bool {
        self.aliases.contains_key(&id)
    }

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Puts a document there, whatever it refers to.
    pub fn seed(&mut self, operation: &Operation) {
        self.insert(operation);
    }

    /// Takes the document away that the identity names, as another client may.
    pub fn remove(&mut self, id: ReferentialId) {
        if let Some(document_uuid) = self.aliases.remove(&id) {
            self.aliases.retain(|_, other| *other != document_uuid);
            self.documents.remove(&document_uuid);
        }
    }

    /// Reads what the batch refers to.
    #[must_use]
    pub fn resolve(&self, batch: &[Accepted]) -> Snapshot {
        let ids = batch.iter().flat_map(|accepted| accepted.operation.extraction.referenced_ids());
        Snapshot { present: ids.filter(|id| self.contains(*id)).collect() }
    }

    /// Writes what can be written, references judged by what was read before; one result an operation, in order.
    ///
    /// References inside the batch count as present as long as what they name is written with them, so that cycles
    /// hold; a reference to the document itself only where one before it has written it. What stands in line behind one that
    /// misses references stays there.
    pub fn apply(&mut self, batch: &[Accepted], snapshot: &Snapshot) -> Vec<(OperationId, Settlement)> {
        let mut plan = Plan::new(batch, snapshot);
        plan.eject_missing();
        while let Some(at) = plan.first_conflict(self) {
            plan.alive[at] = false;
            plan.ended[at] = Some(Settlement::Settled(Outcome::identity_conflict(&batch[at].operation.extraction)));
            plan.eject_missing();
        }
        let Plan { alive, ended, .. } = plan;
        let mut results = Vec::with_capacity(batch.len());
        for ((accepted, alive), ended) in batch.iter().zip(alive).zip(ended) {
            let settlement = match ended {
                Some(settlement) if !alive => settlement,
                _ => Settlement::Settled(self.write(&accepted.operation)),
            };
            results.push((accepted.id, settlement));
        }
        results
    }

    fn write(&mut self, operation: &Operation) -> Outcome {
        match self.aliases.get(&operation.extraction.referential_id) {
            Some(document_uuid) => Outcome::Updated { document_uuid: *document_uuid },
            None => {
                self.insert(operation);
                Outcome::Inserted { document_uuid: operation.document_uuid }
            }
        }
    }

    fn insert(&mut self, operation: &Operation) {
        self.documents.insert(operation.document_uuid);
        self.aliases.extend(operation.extraction.own_ids().map(|id| (id, operation.document_uuid)));
    }
}

/// Who of a batch is still to be written.
struct Plan<'a> {
    snapshot: &'a Snapshot,
    batch: &'a [Accepted],
    /// Who of the batch would bring an identity.
    bringers: FxHashMap<ReferentialId, Vec<usize>>,
    alive: Vec<bool>,
    ended: Vec<Option<Settlement>>,
}

impl<'a> Plan<'a> {
    fn new(batch: &'a [Accepted], snapshot: &'a Snapshot) -> Self {
        let mut bringers: FxHashMap<ReferentialId, Vec<usize>> = FxHashMap::default();
        for (at, accepted) in batch.iter().enumerate() {
            accepted.operation.extraction.own_ids().for_each(|id| bringers.entry(id).or_default().push(at));
        }
        Self { snapshot, batch, bringers, alive: vec![true; batch.len()], ended: vec![None; batch.len()] }
    }

    /// Takes out, until nothing changes, whoever refers to what is neither there nor to be written.
    fn eject_missing(&mut self) {
        loop {
            let mut ejected = false;
            for at in 0..self.batch.len() {
                if !self.alive[at] {
                    continue;
                }
                if self.is_held_up(at) {
                    self.alive[at] = false;
                    self.ended[at] = Some(Settlement::InLine);
                    ejected = true;
                    continue;
                }
                let missing = self.missing(at);
                if !missing.is_empty() {
                    let extraction = &self.batch[at].operation.extraction;
                    let refusal = Outcome::missing_references(extraction, |id| missing.contains(&id));
                    self.alive[at] = false;
                    self.ended[at] = Some(Settlement::Missing { ids: missing.into_iter().collect(), refusal });
                    ejected = true;
                }
            }
            if !ejected {
                return;
            }
        }
    }

    fn missing(&self, at: usize) -> BTreeSet<ReferentialId> {
        let extraction = &self.batch[at].operation.extraction;
        let bringers = |id| self.bringers.get(&id).into_iter().flatten();
        let is_own = |id| extraction.own_ids().any(|own| own == id);
        let written =
            |id| bringers(id).any(|other| self.alive[*other] && (*other < at || (*other > at && !is_own(id))));
        extraction.referenced_ids().filter(|id| !self.snapshot.present.contains(id) && !written(*id)).collect()
    }

    /// Whether it stands in line behind one that is not written and not settled.
    fn is_held_up(&self, at: usize) -> bool {
        let accepted = &self.batch[at];
        let bringers = |id| self.bringers.get(&id).into_iter().flatten();
        let is_open = |other: &usize| {
            let ended = &self.ended[*other];
            *other < at && matches!(ended, Some(Settlement::Missing { .. } | Settlement::InLine))
        };
        accepted.in_line && accepted.operation.extraction.own_ids().any(|id| bringers(id).any(is_open))
    }

    /// The first operation whose insert would meet a unique violation.
    fn first_conflict(&self, store: &MemoryStore) -> Option<usize> {
        let mut aliases = FxHashMap::default();
        let mut uuids = FxHashSet::default();
        for (at, accepted) in self.batch.iter().enumerate().filter(|(at, _)| self.alive[*at]) {
            let operation = &accepted.operation;
            let own = operation.extraction.referential_id;
            if store.contains(own) || aliases.contains_key(&own) {
                continue;
            }
            let taken = |id| store.contains(id) || aliases.contains_key(&id);
            if operation.extraction.own_ids().any(taken)
                || store.documents.contains(&operation.document_uuid)
                || !uuids.insert(operation.document_uuid)
            {
                return Some(at);
            }
            aliases.extend(operation.extraction.own_ids().map(|id| (id, at)));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::documents::{BASE, Document};

    fn apply(store: &mut MemoryStore, documents: &[Document]) -> Vec<String> {
        let batch: Vec<Accepted> = (1..)
            .zip(documents)
            .map(|(number, document)| Accepted {
                id: OperationId(number),
                operation: document.operation(),
                time_left: None,
                in_line: false,
            })
            .collect();
        let snapshot = store.resolve(&batch);
        let name = |settlement: Settlement| match settlement {
            Settlement::Settled(outcome) => outcome.kind().as_str().to_owned(),
            Settlement::Locked { .. } => panic!("no other client is here"),
            Settlement::InLine => panic!("none stands in line"),
            Settlement::Missing { ids, refusal } => format!("{} of {}", refusal.kind().as_str(), ids.len()),
        };
        store.apply(&batch, &snapshot).into_iter().map(|(_, settlement)| name(settlement)).collect()
    }

    #[test]
    fn a_batch_may_hold_what_it_refers_to_in_any_order_and_in_cycles() {
        let mut store = MemoryStore::default();
        let batch = [
            Document::alpha(1).refers_to(BASE, 2),
            Document::beta(2).refers_to(BASE, 3),
            Document::beta(3).refers_to(BASE, 2),
        ];
        assert_eq!(apply(&mut store, &batch), ["inserted"; 3]);
        assert_eq!(apply(&mut store, &batch), ["updated"; 3]);
        assert_eq!(store.len(), 3);
    }

    #[test]
    fn an_ejected_operation_takes_its_dependents_with_it() {
        let mut store = MemoryStore::default();
        let batch = [
            Document::alpha(1).refers_to(BASE, 2),
            Document::beta(2).refers_to(BASE, 9).refers_to(BASE, 1),
            Document::gamma(4),
            Document::gamma(5).refers_to("Gamma", 5),
        ];
        let expected = ["invalid_references of 1", "invalid_references of 1", "inserted", "invalid_references of 1"];
        assert_eq!(apply(&mut store, &batch), expected);
    }

    #[test]
    fn one_superclass_alias_names_one_document() {
        let mut store = MemoryStore::default();
        let batch = [Document::alpha(1), Document::beta(1), Document::gamma(1).refers_to("Beta", 1)];
        assert_eq!(apply(&mut store, &batch), ["inserted", "identity_conflict", "invalid_references of 1"]);
        assert_eq!(apply(&mut store, &[Document::beta(1)]), ["identity_conflict"]);
    }

    #[test]
    fn a_run_is_written_in_order_and_none_in_line_overtakes() {
        let mut store = MemoryStore::default();
        let own = Document::gamma(1).refers_to("Gamma", 1);
        assert_eq!(
            apply(&mut store, &[own.clone(), Document::gamma(1), own.clone()]),
            ["invalid_references of 1", "inserted", "updated"]
        );
        let documents = [Document::gamma(1), Document::gamma(1).refers_to("Gamma", 9), Document::gamma(1)];
        let batch: Vec<Accepted> = (0..)
            .zip(&documents)
            .map(|(number, document)| Accepted {
                id: OperationId(number),
                operation: document.operation(),
                time_left: None,
                in_line: number > 0,
            })
            .collect();
        let results = store.apply(&batch, &store.resolve(&batch));
        assert!(matches!(results[0].1, Settlement::Settled(Outcome::Updated { .. })));
        assert!(matches!(results[1].1, Settlement::Missing { .. }));
        assert!(matches!(results[2].1, Settlement::InLine));
    }
}
