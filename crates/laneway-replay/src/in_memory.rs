//! A case on the model in memory: needs no server, and shows that the model is the service's.

use laneway_memory::{Model, Referenced};
use laneway_postgres_tools::Deletion;

use crate::case::Case;
use crate::compare::compare_with_recorded;
use crate::content::Content;
use crate::diff::Differences;
use crate::error::ReplayError;
use crate::observed::Outcomes;
use crate::prepared::{Prepared, prepare};
use crate::schemas::Schemas;

/// Replays a case on the model in memory, and compares with what was recorded.
///
/// # Errors
/// When the case's schemas cannot be used. A difference is no error.
pub fn in_memory(case: &Case, schemas: &mut Schemas) -> Result<Differences, ReplayError> {
    let steps = prepare(case, &schemas.plugins(&case.schemas)?);
    let mut model = Model::default();
    let mut outcomes = Outcomes::of(&steps);
    for (index, step) in steps.iter().enumerate() {
        match step {
            Prepared::Upsert(operation) => outcomes.settle(index, model.upsert(operation)),
            Prepared::Delete(uuid) => {
                let deletion = model.delete(*uuid).map_or_else(|Referenced| Deletion::Referenced, |()| Deletion::Gone);
                outcomes.deleted(index, deletion);
            }
            Prepared::Refused(_) => {}
        }
    }
    let mut differences = Differences::default();
    compare_with_recorded(case, &outcomes.observed(Content::of(&model)), &mut differences);
    Ok(differences)
}
