//! What an operation of a batch sees: the store's snapshot, and what those before it will have written.

use std::borrow::Cow;

use laneway_model::{Association, DocumentUuid, Operation, PersonKind, ReferentialId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::decision::Decision;
use crate::authorization::Claims;
use crate::failpoints::{FaultPoint, skips};
use crate::order::BatchAliases;
use crate::planned_operation::PlannedOperation;
use crate::snapshot::{Arrays, DocumentKey, Found, Organization, Snapshot, StoredAlias};

pub(crate) struct World<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// Aliases of inserted documents, and of members of the cycle that is being walked.
    aliases: BatchAliases<StoredAlias>,
    /// Identities of inserted documents only: what a new document collides with.
    taken: FxHashSet<ReferentialId>,
    uuids: FxHashSet<DocumentUuid>,
    organizations: FxHashMap<i64, Organization>,
    /// Inserted associations, in batch order, with their documents.
    associations: Vec<(&'a Association<String>, DocumentKey)>,
}

impl<'a> World<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            aliases: BatchAliases::new(),
            taken: FxHashSet::default(),
            uuids: FxHashSet::default(),
            organizations: FxHashMap::default(),
            associations: Vec::new(),
        }
    }

    /// Lets the identities of a cycle's members count as present.
    pub(super) fn expect<'m>(&mut self, members: impl Iterator<Item = (&'m PlannedOperation, &'m Found)>) {
        if skips(FaultPoint::CycleReferences) {
            return;
        }
        for (member, found) in members {
            if let Found::Nothing(ids) = found {
                let key =
                    DocumentKey { partition: member.operation().document_uuid.partition().get(), id: ids.document };
                self.add_aliases(member, key, ids.alias, ids.superclass_alias);
            }
        }
    }

    /// Takes up what a decision will have written.
    pub(super) fn record(&mut self, member: &'a PlannedOperation, decision: &Decision) {
        let Decision::Insert(new) = decision else { return };
        let extraction = &member.operation().extraction;
        self.add_aliases(member, new.key, new.ids.alias, new.ids.superclass_alias);
        self.taken.extend(extraction.own_ids());
        self.uuids.insert(new.uuid);
        if let Some(hierarchy) = extraction.hierarchy {
            let above = new.parent.and_then(|_| self.organization(hierarchy.parent_id));
            let (mut ancestors, cyclic) = (vec![hierarchy.id], above.is_some_and(|o| o.cyclic));
            ancestors.extend(above.into_iter().flat_map(|o| &o.ancestors));
            self.organizations.insert(hierarchy.id, Organization { row: new.ids.hierarchy, ancestors, cyclic });
        }
        self.associations.extend(member.association.as_ref().map(|association| (association, new.key)));
    }

    fn add_aliases(&mut self, member: &PlannedOperation, document: DocumentKey, alias: i64, superclass_alias: i64) {
        let extraction = &member.operation().extraction;
        self.aliases.bring(extraction.referential_id, StoredAlias { id: alias, document });
        if let Some(id) = extraction.superclass_referential_id {
            self.aliases.bring(id, StoredAlias { id: superclass_alias, document });
        }
    }

    /// What a reference of `referrer` to `id` points to.
    pub(super) fn alias(&self, referrer: &Operation, id: ReferentialId) -> Option<StoredAlias> {
        let own = || self.aliases.satisfies(referrer, id).filter(|_| !skips(FaultPoint::OwnBatchReferences));
        self.snapshot.aliases.get(&id).copied().or_else(own)
    }

    /// Whether a new document may not take `id`.
    pub(super) fn is_taken(&self, id: ReferentialId) -> bool {
        self.snapshot.aliases.contains_key(&id) || self.taken.contains(&id)
    }

    pub(super) fn is_uuid_taken(&self, uuid: DocumentUuid) -> bool {
        self.uuids.contains(&uuid)
    }

    pub(crate) fn organization(&self, id: i64) -> Option<&Organization> {
        self.organizations.get(&id).or_else(|| self.snapshot.organizations.get(&id))
    }

    pub(super) fn associations(&self) -> &[(&'a Association<String>, DocumentKey)] {
        &self.associations
    }

    pub(super) fn stored_arrays(&self, kind: PersonKind, person: &str) -> Option<&'a Arrays> {
        self.snapshot.arrays.get(&kind)?.get(person)
    }
}

impl Claims for World<'_> {
    fn ancestors(&self, organization: i64) -> Cow<'_, [i64]> {
        self.organization(organization)
            .map_or_else(|| Cow::Owned(vec![organization]), |organization| Cow::Borrowed(&organization.ancestors[..]))
    }

    fn arrays(&self, kind: PersonKind, person: &str) -> Arrays {
        // Not reached by a decision in a batch of several that changes the person: see `isolated`.
        self.stored_arrays(kind, person).cloned().unwrap_or_default()
    }
}
