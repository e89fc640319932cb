//! Which of an operation's references name nothing.

use laneway_model::{Operation, Outcome, ReferentialId};

use super::world::World;

/// # Errors
/// The identities that are missing, distinct, and the refusal.
pub(super) fn check(operation: &Operation, world: &World<'_>) -> Result<(), (Vec<ReferentialId>, Outcome)> {
    let extraction = &operation.extraction;
    let missing = |id: ReferentialId| world.alias(operation, id).is_none();
    let mut ids: Vec<ReferentialId> = extraction.referenced_ids().filter(|id| missing(*id)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    ids.dedup();
    Err((ids, Outcome::missing_references(extraction, missing)))
}
