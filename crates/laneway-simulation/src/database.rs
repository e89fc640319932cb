//! The simulated database: rows, the locks of other clients, and what a transaction does to both. Knows no time but what it is
//! given, no faults, and nothing of how its clients decide.

use laneway_core::changes::{AliasInsert, Changes, DocumentWrite};
use laneway_core::store::{
    DocumentKey, Found, NewIds, ResolveRequest, Snapshot, StoreErrorKind, StoredAlias, StoredDocument,
};
use laneway_model::{DocumentUuid, Operation, ReferentialId};
use rustc_hash::FxHashMap;
use tokio::time::Instant;

/// Everything that is stored, and who keeps whom from it.
#[derive(Default, Debug)]
pub(crate) struct Database {
    rows: FxHashMap<DocumentKey, Row>,
    uuids: FxHashMap<DocumentUuid, DocumentKey>,
    aliases: FxHashMap<ReferentialId, Alias>,
    /// When an identity was taken away last.
    removed: FxHashMap<ReferentialId, u64>,
    /// Of each document, how many references of others name it.
    referrers: FxHashMap<DocumentKey, usize>,
    last_id: i64,
    /// What other clients have locked.
    locks: FxHashMap<ReferentialId, Lock>,
    table_locked_until: Option<Instant>,
    /// The documents that sessions of ours have locked, each with its session.
    held: FxHashMap<ReferentialId, u64>,
}

/// A stored document.
#[derive(Debug)]
struct Row {
    identity: ReferentialId,
    superclass: Option<ReferentialId>,
    uuid: DocumentUuid,
    etag: Option<String>,
    references: Vec<DocumentKey>,
}

#[derive(Clone, Copy, Debug)]
struct Alias {
    stored: StoredAlias,
    since: u64,
}

/// A lock that another client holds.
#[derive(Clone, Copy, Debug)]
struct Lock {
    until: Instant,
    /// Of a row, which can be asked for; else of a key that is being inserted.
    of_row: bool,
}

/// What is to be written, independent of who decided it.
#[derive(Debug)]
pub(crate) struct Transaction {
    writes: Vec<Write>,
    aliases: Vec<AliasInsert>,
    /// The step at which it read.
    read_at: u64,
}

#[derive(Debug)]
struct Write {
    serial: Option<usize>,
    key: DocumentKey,
    row: Row,
    references: Vec<(ReferentialId, StoredAlias)>,
    is_insert: bool,
}

/// A document that a transaction has written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// The operation whose body it is; `None`: another client's.
    pub(crate) serial: Option<usize>,
    pub(crate) identity: ReferentialId,
    pub(crate) superclass: Option<ReferentialId>,
    pub(crate) uuid: DocumentUuid,
    pub(crate) etag: Option<String>,
    pub(crate) is_insert: bool,
}

/// Why a transaction was not committed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    pub(crate) kind: StoreErrorKind,
    pub(crate) message: String,
    /// What it wrote does not follow from what it read: no other client is to blame.
    pub(crate) is_wrong: bool,
}

impl Transaction {
    /// What a flush writes; `serial_of`: the number of an operation.
    pub(crate) fn of(changes: &Changes<'_>, read_at: u64, serial_of: impl Fn(&Operation) -> Option<usize>) -> Self {
        let mut references: FxHashMap<DocumentKey, Vec<(ReferentialId, StoredAlias)>> = FxHashMap::default();
        for row in changes.references.iter().chain(&changes.reference_sets) {
            references.entry(row.parent).or_default().push((row.referential_id, row.alias));
        }
        let mut write = |document: &DocumentWrite<'_>, is_insert| {
            let extraction = &document.operation.extraction;
            Write {
                serial: serial_of(document.operation),
                key: document.key,
                row: Row {
                    identity: extraction.referential_id,
                    superclass: extraction.superclass_referential_id,
                    uuid: document.uuid,
                    etag: extraction.etag.map(|etag| extraction.text(etag).to_owned()),
                    references: Vec::new(),
                },
                references: references.remove(&document.key).unwrap_or_default(),
                is_insert,
            }
        };
        let inserts: Vec<Write> = changes.inserts.iter().map(|document| write(document, true)).collect();
        let updates = changes.updates.iter().map(|document| write(document, false));
        Self { writes: inserts.into_iter().chain(updates).collect(), aliases: changes.aliases.clone(), read_at }
    }

    /// The numbers of the operations whose bodies it writes.
    pub(crate) fn serials(&self) -> impl Iterator<Item = usize> {
        self.writes.iter().filter_map(|write| write.serial)
    }

    /// The identities that it writes.
    pub(crate) fn identities(&self) -> impl Iterator<Item = ReferentialId> {
        self.writes.iter().map(|write| write.row.identity)
    }
}

impl Database {
    /// Answers a request, and locks the documents that it finds for the session.
    pub(crate) fn read(&mut self, request: &ResolveRequest<'_>, session: u64) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for operation in &request.operations {
            let extraction = &operation.extraction;
            let identity = extraction.referential_id;
            let found = match self.row_of(identity) {
                Some((key, row)) => {
                    let (uuid, etag) = (row.uuid, row.etag.clone());
                    self.held.insert(identity, session);
                    let securable = std::collections::BTreeMap::new();
                    Found::Stored(StoredDocument { key, uuid, etag, securable, association: None })
                }
                None => Found::Nothing(self.new_ids(extraction.superclass_referential_id.is_some())),
            };
            snapshot.documents.insert(identity, found);
        }
        let superclasses = request.operations.iter().filter_map(|o| o.extraction.superclass_referential_id);
        for id in request.references.iter().copied().chain(superclasses) {
            snapshot.aliases.extend(self.aliases.get(&id).map(|alias| (id, alias.stored)));
        }
        snapshot.uuids_taken = request.uuids.iter().copied().filter(|uuid| self.uuids.contains_key(uuid)).collect();
        snapshot
    }

    fn row_of(&self, identity: ReferentialId) -> Option<(DocumentKey, &Row)> {
        let key = self.aliases.get(&identity)?.stored.document;
        Some((key, self.rows.get(&key)?))
    }

    fn new_ids(&mut self, has_superclass: bool) -> NewIds {
        self.last_id += 3;
        let superclass_alias = if has_superclass { self.last_id + 2 } else { 0 };
        NewIds { document: self.last_id, alias: self.last_id + 1, superclass_alias, hierarchy: 0 }
    }

    /// Ends a session's locks.
    pub(crate) fn release(&mut self, session: u64) {
        self.held.retain(|_, holder| *holder != session);
    }

    /// Whether a session of ours has locked the document.
    pub(crate) fn is_held(&self, identity: ReferentialId) -> bool {
        self.held.contains_key(&identity)
    }

    /// Whether the identity names a document.
    pub(crate) fn contains(&self, id: ReferentialId) -> bool {
        self.aliases.contains_key(&id)
    }

    /// Writes a transaction, or nothing of it. `step`: the number of this moment.
    pub(crate) fn commit(&mut self, transaction: &mut Transaction, step: u64) -> Result<Vec<Written>, Refused> {
        self.check(transaction)?;
        for AliasInsert { id, referential_id, document } in transaction.aliases.drain(..) {
            let stored = StoredAlias { id, document };
            self.aliases.insert(referential_id, Alias { stored, since: step });
        }
        let written = transaction.writes.drain(..).map(|write| self.write(write)).collect();
        Ok(written)
    }

    fn write(&mut self, write: Write) -> Written {
        let Write { serial, key, mut row, references, is_insert } = write;
        let written = Written {
            serial,
            identity: row.identity,
            superclass: row.superclass,
            uuid: row.uuid,
            etag: row.etag.clone(),
            is_insert,
        };
        row.references = references.into_iter().map(|(_, alias)| alias.document).filter(|to| *to != key).collect();
        row.references.iter().for_each(|to| *self.referrers.entry(*to).or_default() += 1);
        self.uuids.insert(row.uuid, key);
        if let Some(before) = self.rows.insert(key, row) {
            self.no_longer_refers(&before.references);
        }
        written
    }

    fn no_longer_refers(&mut self, references: &[DocumentKey]) {
        for to in references {
            if let Some(count) = self.referrers.get_mut(to) {
                *count -= 1;
            }
        }
    }

    /// What the constraints of the tables say.
    fn check(&self, transaction: &Transaction) -> Result<(), Refused> {
        let refused = |kind, message: String, is_wrong| Err(Refused { kind, message, is_wrong });
        let mut brought: FxHashMap<ReferentialId, AliasInsert> = FxHashMap::default();
        for alias in &transaction.aliases {
            let twice = brought.insert(alias.referential_id, *alias).is_some();
            let stored = self.aliases.get(&alias.referential_id);
            if twice || stored.is_some() {
                let is_wrong = twice || stored.is_some_and(|stored| stored.since <= transaction.read_at);
                return refused(StoreErrorKind::UniqueViolation, "the identity is taken".into(), is_wrong);
            }
        }
        let mut uuids = FxHashMap::default();
        for write in &transaction.writes {
            let taken = self.uuids.get(&write.row.uuid).is_some_and(|key| *key != write.key);
            if taken || uuids.insert(write.row.uuid, write.key).is_some() {
                return refused(StoreErrorKind::UniqueViolation, "the id is taken".into(), false);
            }
            if write.is_insert == self.rows.contains_key(&write.key) {
                // The document was locked when it was read.
                return refused(StoreErrorKind::LostRace, "the document is not as it was read".into(), true);
            }
            for (id, alias) in &write.references {
                let is_there = self.aliases.get(id).is_some_and(|stored| stored.stored.document == alias.document)
                    || brought.get(id).is_some_and(|brought| brought.document == alias.document);
                if !is_there {
                    let is_wrong = self.removed.get(id).is_none_or(|removed| *removed <= transaction.read_at);
                    return refused(StoreErrorKind::LostRace, "what it refers to is gone".into(), is_wrong);
                }
            }
        }
        Ok(())
    }

    /// Another client's upsert of a document that refers to nothing; `None`: it would have to wait, or conflicts.
    pub(crate) fn write_by_other(
        &mut self,
        identity: ReferentialId,
        superclass: Option<ReferentialId>,
        uuid: DocumentUuid,
        etag: Option<String>,
        step: u64,
    ) -> Option<Written> {
        if self.held.contains_key(&identity) {
            return None;
        }
        let stored = self.row_of(identity).map(|(key, row)| (key, row.uuid));
        let is_insert = stored.is_none();
        let mut aliases = Vec::new();
        let (key, uuid) = stored.unwrap_or_else(|| {
            let ids = self.new_ids(superclass.is_some());
            let key = DocumentKey { partition: uuid.partition().get(), id: ids.document };
            let of = |id, referential_id| AliasInsert { id, referential_id, document: key };
            aliases.push(of(ids.alias, identity));
            aliases.extend(superclass.map(|superclass| of(ids.superclass_alias, superclass)));
            (key, uuid)
        });
        let row = Row { identity, superclass, uuid, etag, references: Vec::new() };
        let write = Write { serial: None, key, row, references: Vec::new(), is_insert };
        let mut transaction = Transaction { writes: vec![write], aliases, read_at: step };
        self.commit(&mut transaction, step).ok()?.pop()
    }

    /// Another client's delete; `None`: nothing is there, or it is referred to, or locked. Otherwise the identities that are gone.
    pub(crate) fn delete_by_other(&mut self, identity: ReferentialId, step: u64) -> Option<Vec<ReferentialId>> {
        let (key, _) = self.row_of(identity)?;
        if self.referrers.get(&key).is_some_and(|count| *count > 0) || self.held.contains_key(&identity) {
            return None;
        }
        let row = self.rows.remove(&key)?;
        self.no_longer_refers(&row.references);
        self.uuids.remove(&row.uuid);
        let gone: Vec<ReferentialId> = std::iter::once(row.identity).chain(row.superclass).collect();
        for id in &gone {
            self.aliases.remove(id);
            self.removed.insert(*id, step);
        }
        Some(gone)
    }

    /// Another client locks a document, or a key that it inserts.
    pub(crate) fn lock(&mut self, identity: ReferentialId, until: Instant, of_row: bool) {
        self.locks.insert(identity, Lock { until, of_row });
    }

    /// Another client locks everything.
    pub(crate) fn lock_table(&mut self, until: Instant) {
        self.table_locked_until = Some(until);
    }

    /// All locks of other clients end.
    pub(crate) fn unlock_all(&mut self) {
        self.locks.clear();
        self.table_locked_until = None;
    }

    /// Until when operations have to wait for other clients, if at all; `asked`: counting only what can be asked for.
    pub(crate) fn locked_until<'a>(
        &self,
        operations: impl Iterator<Item = &'a Operation>,
        asked: bool,
        now: Instant,
    ) -> Option<Instant> {
        if self.locks.is_empty() && self.table_locked_until.is_none() {
            return None;
        }
        let ids = operations.flat_map(|operation| operation.extraction.own_ids());
        let locks = ids.filter_map(|id| self.locks.get(&id)).filter(|lock| lock.of_row || !asked);
        locks.map(|lock| lock.until).chain(self.table_locked_until).filter(|until| *until > now).max()
    }
}
