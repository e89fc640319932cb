//! Which of an operation's references name nothing, and how that is said.

use laneway_model::{InvalidDescriptor, Operation, Outcome, ReferentialId};

use super::world::World;

/// # Errors
/// The identities that are missing, distinct, and the refusal: invalid descriptors if a descriptor is among them.
pub(super) fn check(operation: &Operation, world: &World<'_>) -> Result<(), (Vec<ReferentialId>, Outcome)> {
    let extraction = &operation.extraction;
    let present = |id: ReferentialId| world.alias(operation, id).is_some();
    if extraction.referenced_ids().all(present) {
        return Ok(());
    }
    let mut ids: Vec<ReferentialId> = extraction.referenced_ids().filter(|id| !present(*id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let resource = &extraction.resource;
    let descriptors: Vec<InvalidDescriptor> = extraction
        .descriptors
        .iter()
        .filter(|descriptor| !present(descriptor.id))
        .map(|descriptor| InvalidDescriptor {
            path: extraction.descriptor_path(descriptor),
            resource: resource.descriptor_lists[usize::from(descriptor.list)].target.resource_name.to_string(),
            value: extraction.text(descriptor.uri).to_owned(),
        })
        .collect();
    if !descriptors.is_empty() {
        return Err((ids, Outcome::InvalidDescriptors(descriptors)));
    }
    let mut resources: Vec<String> = extraction
        .references
        .iter()
        .filter(|reference| !present(reference.id))
        .map(|reference| resource.reference_lists[usize::from(reference.list)].target.resource_name.to_string())
        .collect();
    resources.sort_unstable();
    resources.dedup();
    Err((ids, Outcome::InvalidReferences { resources }))
}
