//! The extractor of a world: it finds documents by the number in their bodies. It is swapped while the world goes on; each document
//! is to be read by the generation that it was handed over to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use laneway_model::{ExtractWorker, Extraction, Extractor, Outcome, Resource, Route, RouteError};

use crate::documents::{Document, Flaw, RESOURCES, resources};
use crate::state::Shared;

/// The extractor. What is swapped is a number here.
pub(crate) struct SimulatedExtractor {
    state: Shared,
    resources: Vec<Arc<Resource>>,
    generation: AtomicU64,
}

struct Worker {
    state: Shared,
}

/// Panics without a word on standard error: it is meant.
struct OnPurpose;

impl SimulatedExtractor {
    pub(crate) fn new(state: Shared) -> Self {
        Self { state, resources: resources(), generation: AtomicU64::new(0) }
    }

    pub(crate) fn resource(&self, number: usize) -> &Arc<Resource> {
        &self.resources[number]
    }

    /// The generation that reads what is handed over now.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Publishes the next generation: what is handed over from now on is read by it.
    pub(crate) fn swap(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }
}

impl Extractor for SimulatedExtractor {
    fn route(&self, _: &str, endpoint: &str) -> Result<Route, RouteError> {
        let number = RESOURCES.iter().position(|name| name.eq_ignore_ascii_case(endpoint));
        let number = number.ok_or_else(|| RouteError::new("unknown-endpoint", endpoint))?;
        let generation = self.generation.load(Ordering::Relaxed);
        let (resource, handle) = (Arc::clone(&self.resources[number]), Arc::new(generation));
        Ok(Route { resource, group: generation, handle, index: number as u32 })
    }

    fn worker(&self) -> Box<dyn ExtractWorker> {
        Box::new(Worker { state: self.state.clone() })
    }
}

impl ExtractWorker for Worker {
    fn extract(&mut self, route: &Route, document: &[u8]) -> Result<Extraction, Outcome> {
        let mut state = self.state.lock();
        let invalid = |code: &str| Outcome::InvalidDocument { code: code.to_owned(), message: String::new() };
        let serial = Document::serial_of(document).ok_or_else(|| invalid("no-number"))?;
        let record = &state.ledger.records[serial];
        let (document, generation) = (record.document.clone(), route.handle.downcast_ref::<u64>());
        if generation != Some(&record.generation) {
            state.violated(format!("{serial} is read by generation {generation:?}, which it was not handed over to"));
        }
        drop(state);
        match document.flaw {
            Flaw::Unreadable => Err(invalid("unreadable")),
            Flaw::Panics => std::panic::resume_unwind(Box::new(OnPurpose)),
            Flaw::None | Flaw::Suspicious | Flaw::Unforeseen => Ok(document.extraction(&route.resource)),
        }
    }
}
