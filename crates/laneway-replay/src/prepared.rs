//! A case's steps, ready to run: documents extracted, or refused because they cannot be.

use std::sync::Arc;

use bytes::Bytes;
use laneway_model::{DocumentUuid, ExtractWorker, Extractor as _, Operation, Outcome};
use laneway_plugin::Plugins;

use crate::case::{Action, Case, Upsert};

/// A step, ready to run.
#[derive(Debug)]
pub enum Prepared {
    /// An upsert, extracted.
    Upsert(Arc<Operation>),
    /// Extraction has decided already.
    Refused(Outcome),
    /// A plain DELETE.
    Delete(DocumentUuid),
}

/// All steps of a case.
#[must_use]
pub fn prepare(case: &Case, plugins: &Plugins) -> Vec<Prepared> {
    let mut worker = plugins.worker();
    let prepare = |action: &Action| match action {
        Action::Delete(uuid) => Prepared::Delete(DocumentUuid(*uuid)),
        Action::Upsert(upsert) => match operation(upsert, plugins, &mut *worker) {
            Ok(operation) => Prepared::Upsert(Arc::new(operation)),
            Err(outcome) => Prepared::Refused(outcome),
        },
    };
    case.steps.iter().map(|step| &step.action).map(prepare).collect()
}

fn operation(upsert: &Upsert, plugins: &Plugins, worker: &mut dyn ExtractWorker) -> Result<Operation, Outcome> {
    let document = Bytes::copy_from_slice(upsert.document().as_bytes());
    let route = plugins.route(&upsert.project, &upsert.endpoint)?;
    let extraction = worker.extract(&route, &document)?;
    Ok(Operation {
        document,
        extraction,
        document_uuid: DocumentUuid(upsert.document_uuid),
        trace_id: upsert.trace_id.as_str().into(),
        authorization: upsert.authorization.as_deref().map(Arc::from),
    })
}
