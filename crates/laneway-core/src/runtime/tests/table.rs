//! An extractor whose documents are numbers of documents that the test has put into a table.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use bytes::Bytes;
use laneway_model::{ExtractWorker, Extraction, Extractor, Outcome, Route, RouteError};

use crate::Request;
use crate::tests::documents::{Document, resource};

/// A document's number that makes the extractor panic.
pub(super) const PANIC: usize = usize::MAX;
/// A document's number that the extractor refuses.
pub(super) const INVALID: usize = usize::MAX - 1;

#[derive(Default)]
pub(super) struct TableExtractor {
    pub(super) documents: Vec<Document>,
    /// How many workers were made.
    pub(super) workers: AtomicUsize,
    /// Which threads read, each with the group of what it read.
    pub(super) read: Arc<Mutex<Vec<(ThreadId, u64)>>>,
}

/// What serves, in the order of groups.
const ENDPOINTS: [&str; 3] = ["alpha", "beta", "gamma"];

impl TableExtractor {
    pub(super) fn of(documents: Vec<Document>) -> Self {
        Self { documents, ..Self::default() }
    }

    /// A request for the document of that number.
    pub(super) fn request(&self, number: usize) -> Request<'static> {
        let known = self.documents.get(number);
        let (resource, uuid) = known.map_or(("Gamma", Document::gamma(0).uuid), |known| (known.resource, known.uuid));
        Request {
            project: "p",
            endpoint: ENDPOINTS.into_iter().find(|name| name.eq_ignore_ascii_case(resource)).unwrap(),
            document: Bytes::from(number.to_string()),
            document_uuid: uuid,
            trace_id: "trace".into(),
            authorization: None,
            deadline: None,
        }
    }
}

impl Extractor for TableExtractor {
    fn route(&self, project: &str, endpoint: &str) -> Result<Route, RouteError> {
        let (group, name) = match (project, endpoint) {
            ("p", "alpha") => (0, "Alpha"),
            ("p", "beta") => (1, "Beta"),
            ("p", "gamma") => (2, "Gamma"),
            _ => {
                let message = format!("nothing serves {project}/{endpoint}");
                return Err(RouteError::new("unknown-endpoint", message));
            }
        };
        Ok(Route { resource: resource(name), group, handle: Arc::new(()), index: 0 })
    }

    fn worker(&self) -> Box<dyn ExtractWorker> {
        self.workers.fetch_add(1, Ordering::Relaxed);
        Box::new(Worker { documents: self.documents.clone(), read: Arc::clone(&self.read) })
    }
}

struct Worker {
    documents: Vec<Document>,
    read: Arc<Mutex<Vec<(ThreadId, u64)>>>,
}

impl ExtractWorker for Worker {
    fn extract(&mut self, route: &Route, document: &[u8]) -> Result<Extraction, Outcome> {
        let number: usize = std::str::from_utf8(document).expect("digits").parse().expect("a number");
        self.read.lock().expect("no thread panics with it").push((std::thread::current().id(), route.group));
        match number {
            PANIC => panic!("on purpose"),
            INVALID => Err(Outcome::InvalidDocument { code: "invalid".into(), message: "on purpose".into() }),
            number => Ok(self.documents[number].operation().extraction.clone()),
        }
    }
}
