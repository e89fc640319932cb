//! What a document refers to: the distinct ReferentialIds, and the outcome when some of them name nothing.

use std::collections::HashSet;

use laneway_model::{Extraction, Outcome, ReferentialId};
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

    /// Looks up which references name nothing; the outcome if some do.
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
pub(super) fn refusal(extraction: &Extraction, missing: &[Uuid]) -> Option<Outcome> {
    let refusal = || Outcome::missing_references(extraction, |id| missing.contains(&id.0));
    (!missing.is_empty()).then(refusal)
}
