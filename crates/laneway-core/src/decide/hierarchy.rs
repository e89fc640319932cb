//! Where an organization stands, and the refusal of cycles.

use laneway_model::{Operation, Outcome};

use super::world::World;
use crate::snapshot::Organization;

/// The row of a new organization's parent; `None` without one, and for what is no organization.
pub(super) fn parent_of_new(operation: &Operation, world: &World<'_>) -> Result<Option<i64>, Outcome> {
    let Some(hierarchy) = operation.extraction.hierarchy else { return Ok(None) };
    // Id 0, "no parent", is looked up like any other: an organization 0 is above all that name none.
    let Some(parent) = world.organization(hierarchy.parent_id) else { return Ok(None) };
    refuse_cyclic(hierarchy.parent_id, parent)?;
    Ok(Some(parent.row))
}

/// The row of a stored organization's new parent, if it changes.
pub(super) fn parent_of_stored(operation: &Operation, world: &World<'_>) -> Result<Option<Option<i64>>, Outcome> {
    let Some(hierarchy) = operation.extraction.hierarchy else { return Ok(None) };
    // The document's hierarchy row may have been removed by hand: nothing to update then.
    let Some(organization) = world.organization(hierarchy.id) else { return Ok(None) };
    let parent = world.organization(hierarchy.parent_id);
    let parent_id = parent.map(|_| hierarchy.parent_id);
    if organization.ancestors.get(1).copied() == parent_id && !organization.cyclic {
        return Ok(None);
    }
    refuse_cyclic(hierarchy.id, organization)?;
    let Some(parent) = parent else { return Ok(Some(None)) };
    refuse_cyclic(hierarchy.parent_id, parent)?;
    if let Some(at) = parent.ancestors.iter().position(|id| *id == hierarchy.id) {
        return Err(closes_cycle(hierarchy.id, &parent.ancestors[..=at]));
    }
    Ok(Some(Some(parent.row)))
}

/// Whether an update gives the organization another parent.
pub(super) fn moves(operation: &Operation, world: &World<'_>) -> bool {
    !matches!(parent_of_stored(operation, world), Ok(None))
}

/// A store may hold a cycle already; the triggers would walk it for ever.
pub(super) fn refuse_cyclic(id: i64, organization: &Organization) -> Result<(), Outcome> {
    if !organization.cyclic {
        return Ok(());
    }
    Err(Outcome::Failed {
        sqlstate: None,
        message: format!(
            "education organization {id} stands under a cycle of parents in the store ({}); \
             correct the parent of one of them in EducationOrganizationHierarchy first",
            chain(&organization.ancestors)
        ),
    })
}

fn closes_cycle(id: i64, above: &[i64]) -> Outcome {
    Outcome::InvalidDocument {
        code: "hierarchy-cycle".to_owned(),
        message: format!(
            "the parent would make education organization {id} its own ancestor ({id} → {}); name another parent",
            chain(above)
        ),
    }
}

fn chain(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(" → ")
}
