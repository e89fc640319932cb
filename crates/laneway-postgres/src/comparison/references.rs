//! What a document refers to: the distinct ReferentialIds, and what is answered when some of them name nothing.

use std::collections::{BTreeSet, HashSet};

use laneway_model::{Extraction, InvalidDescriptor, Outcome, ReferentialId};
use uuid::Uuid;

use super::session::Session;
use super::statement::PREFLIGHT;

/// The distinct ReferentialIds that a document refers to, with their partition keys.
#[derive(Debug)]
pub(super) struct References {
    pub(super) ids: Vec<Uuid>,
    pub(super) keys: Vec<i16>,
}

impl References {
    pub(super) fn of(extraction: &Extraction) -> Self {
        let mut seen = HashSet::new();
        let distinct: Vec<ReferentialId> = extraction.referenced_ids().filter(|id| seen.insert(*id)).collect();
        Self {
            ids: distinct.iter().map(|id| id.0).collect(),
            keys: distinct.iter().map(|id| id.partition().get()).collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Asks which references name nothing; what is answered if some do.
    pub(super) async fn preflight(
        &self,
        session: &mut Session<'_>,
        extraction: &Extraction,
    ) -> Result<Option<Outcome>, tokio_postgres::Error> {
        if self.is_empty() {
            return Ok(None);
        }
        let rows = session.rows(&PREFLIGHT, &[&self.ids, &self.keys]).await?;
        let missing = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<Uuid>, _>>()?;
        Ok(refusal(extraction, &missing))
    }
}

/// The outcome of an operation whose references to `missing` name nothing; `None` when nothing is missing.
/// One missing descriptor decides the kind, whatever else is missing.
pub(super) fn refusal(extraction: &Extraction, missing: &[Uuid]) -> Option<Outcome> {
    if missing.is_empty() {
        return None;
    }
    let missing: HashSet<ReferentialId> = missing.iter().map(|id| ReferentialId(*id)).collect();
    let resource = &extraction.resource;
    let descriptors: Vec<InvalidDescriptor> = extraction
        .descriptors
        .iter()
        .filter(|descriptor| missing.contains(&descriptor.id))
        .map(|descriptor| InvalidDescriptor {
            path: extraction.descriptor_path(descriptor),
            resource: resource.descriptor_lists[usize::from(descriptor.list)].target.resource_name.to_string(),
            value: extraction.text(descriptor.uri).to_owned(),
        })
        .collect();
    if !descriptors.is_empty() {
        return Some(Outcome::InvalidDescriptors(descriptors));
    }
    let resources: BTreeSet<String> = extraction
        .references
        .iter()
        .filter(|reference| missing.contains(&reference.id))
        .map(|reference| resource.reference_lists[usize::from(reference.list)].target.resource_name.to_string())
        .collect();
    Some(Outcome::InvalidReferences { resources: resources.into_iter().collect() })
}
