//! A cycle of references in a serial run: its members go one after another by the single path, each without what it
//! refers to inside the cycle, which counts as present; those references are added once all members are there. So
//! what a batch makes of a cycle is compared with something that never writes two operations together.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use laneway_core::order::Ordered as _;
use laneway_model::{Operation, Outcome, ReferentialId};

/// Members of cycles that failed, by step. They bring nothing, so what refers to them fails as well.
pub(crate) type Failed = BTreeMap<usize, Outcome>;

/// A member without what it refers to inside its cycle.
#[derive(Debug)]
pub struct Apart {
    /// What is left of it.
    pub operation: Arc<Operation>,
    /// What was taken out, each once.
    pub inside: Vec<ReferentialId>,
}

/// Which members of a cycle share no identity with one before them. A cycle counts on these alone: one identity is not
/// written twice in a transaction, so the others come after it.
pub(crate) fn unrepeated(members: &[&Operation]) -> Vec<bool> {
    let mut seen: HashSet<ReferentialId> = HashSet::new();
    let mut is_new = |member: &&Operation| member.own_ids().filter(|id| !seen.insert(*id)).count() == 0;
    members.iter().map(&mut is_new).collect()
}

/// Takes the references between the `members` out of `member`. What it refers to by its own identity stays: a
/// document that refers to itself is no cycle.
#[must_use]
pub fn apart(member: &Arc<Operation>, members: &[&Operation]) -> Apart {
    let own: HashSet<ReferentialId> = member.own_ids().collect();
    let brought: HashSet<ReferentialId> =
        members.iter().flat_map(|other| other.own_ids()).filter(|id| !own.contains(id)).collect();
    let mut inside: Vec<ReferentialId> = member.referenced_ids().filter(|id| brought.contains(id)).collect();
    inside.sort_unstable();
    inside.dedup();
    if inside.is_empty() {
        return Apart { operation: Arc::clone(member), inside };
    }
    let mut operation = Operation::clone(member);
    operation.extraction.references.retain(|reference| !brought.contains(&reference.id));
    operation.extraction.descriptors.retain(|reference| !brought.contains(&reference.id));
    Apart { operation: Arc::new(operation), inside }
}
