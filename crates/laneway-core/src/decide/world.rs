//! What an operation of a batch sees: the store's snapshot, and what those before it will have written.

use std::borrow::Cow;

use laneway_model::{Association, DocumentUuid, Hierarchy, Operation, PersonKind, ReferentialId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::decision::{Decision, ReplacedDocument};
use super::run;
use crate::authorization::Claims;
use crate::failpoints::{FaultPoint, skips};
use crate::order::BatchAliases;
use crate::planned_operation::PlannedOperation;
use crate::snapshot::{Arrays, DocumentKey, Found, Organization, Snapshot, StoredAlias, StoredDocument};

pub(crate) struct World<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// Aliases of inserted documents, and of members of the cycle that is being walked.
    aliases: BatchAliases<StoredAlias>,
    /// Identities of inserted documents only: what a new document collides with.
    taken: FxHashSet<ReferentialId>,
    uuids: FxHashSet<DocumentUuid>,
    /// The identities that several operations have: runs.
    repeated: FxHashSet<ReferentialId>,
    /// Of those, what they find that stand behind one that is written.
    left: FxHashMap<ReferentialId, Found>,
    /// Of those, the ones of which an operation missed references.
    held_up: FxHashSet<ReferentialId>,
    organizations: FxHashMap<i64, Organization>,
    /// Inserted associations, in batch order, with their documents.
    associations: Vec<(&'a Association<String>, DocumentKey)>,
}

impl<'a> World<'a> {
    pub(super) fn new(members: &[PlannedOperation], snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            repeated: run::repeated(members),
            left: FxHashMap::default(),
            held_up: FxHashSet::default(),
            aliases: BatchAliases::new(),
            taken: FxHashSet::default(),
            uuids: FxHashSet::default(),
            organizations: FxHashMap::default(),
            associations: Vec::new(),
        }
    }

    /// Lets the identities of a cycle's members count as present.
    pub(super) fn expect<'m>(&mut self, members: impl Iterator<Item = &'m PlannedOperation>) {
        if skips(FaultPoint::CycleReferences) {
            return;
        }
        for member in members {
            if let Found::Nothing(ids) = *self.found(member) {
                let key =
                    DocumentKey { partition: member.operation().document_uuid.partition().get(), id: ids.document };
                self.add_aliases(member, key, ids.alias, ids.superclass_alias);
            }
        }
    }

    /// What stands under the operation's identity when it has its turn.
    pub(super) fn found(&self, member: &PlannedOperation) -> &Found {
        let id = member.operation().extraction.referential_id;
        self.left.get(&id).unwrap_or_else(|| &self.snapshot.documents[&id])
    }

    /// Whether the operation has an `_etag` and the one before it in its run, whose document it would be compared with, none
    /// that is known here: extraction passes over one that stands in a body twice, and the database does not.
    pub(super) fn has_unknown_etag(&self, member: &PlannedOperation) -> bool {
        let extraction = &member.operation().extraction;
        let is_unknown = |found: &Found| matches!(found, Found::Stored(StoredDocument { etag: None, .. }));
        extraction.etag.is_some() && self.left.get(&extraction.referential_id).is_some_and(is_unknown)
    }

    /// Whether one before it, of its identity, missed references.
    pub(super) fn is_held_up(&self, member: &PlannedOperation) -> bool {
        self.held_up.contains(&member.operation().extraction.referential_id)
    }

    /// Takes up what a decision will have written.
    pub(super) fn record(&mut self, member: &'a PlannedOperation, decision: &Decision) {
        let extraction = &member.operation().extraction;
        let id = extraction.referential_id;
        if self.repeated.contains(&id) {
            if matches!(decision, Decision::Missing { .. }) {
                self.held_up.insert(id);
            }
            if let Some(document) = run::left_by(member, decision, self.found(member)) {
                self.left.insert(id, Found::Stored(document));
            }
        }
        if let (Decision::Update(ReplacedDocument { moved: Some(parent), .. }), Some(of)) =
            (decision, extraction.hierarchy)
        {
            self.move_organization(of, parent.is_some());
        }
        let Decision::Insert(new) = decision else { return };
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

    /// Puts an organization, and with it all below it, under its new parent, if it has one. Only other members of its cycle see it:
    /// without this, two that each move below the other would.
    fn move_organization(&mut self, of: Hierarchy, has_parent: bool) {
        let parent = has_parent.then(|| self.organization(of.parent_id)).flatten();
        let above = parent.map(|parent| parent.ancestors.clone()).unwrap_or_default();
        let known: FxHashSet<i64> =
            self.snapshot.organizations.keys().chain(self.organizations.keys()).copied().collect();
        for id in known {
            let Some(organization) = self.organization(id) else { continue };
            let Some(at) = organization.ancestors.iter().position(|ancestor| *ancestor == of.id) else { continue };
            let ancestors = organization.ancestors[..=at].iter().chain(&above).copied().collect();
            let moved = Organization { ancestors, ..*organization };
            self.organizations.insert(id, moved);
        }
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
        // An operation brings nothing to itself, but one before it, of its identity, may have.
        let is_left = || self.left.contains_key(&id).then(|| self.aliases.get(id)).flatten();
        let own = || self.aliases.satisfies(referrer, id).or_else(is_left);
        let own = || own().filter(|_| !skips(FaultPoint::OwnBatchReferences));
        self.snapshot.aliases.get(&id).copied().or_else(own)
    }

    /// Whether a new document may not take `id`.
    pub(super) fn is_taken(&self, id: ReferentialId) -> bool {
        self.snapshot.aliases.contains_key(&id) || self.taken.contains(&id)
    }

    pub(super) fn is_uuid_taken(&self, uuid: DocumentUuid) -> bool {
        self.uuids.contains(&uuid) || self.snapshot.uuids_taken.contains(&uuid)
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
