//! An extractor that needs no plugins.

use std::sync::Arc;

use laneway_model::{
    ExtractWorker, Extraction, Extractor, Outcome, Resource, ResourceName, Route, RouteError, TokenKind, Value,
};

/// Serves every resource: the whole text of a document is its identity, and it refers to nothing.
#[derive(Clone, Copy, Default, Debug)]
pub struct MemoryExtractor;

impl Extractor for MemoryExtractor {
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, RouteError> {
        let name = ResourceName::new(project_endpoint, endpoint);
        let resource = Resource { identity_paths: vec!["$".into()], ..Resource::new(name) };
        Ok(Route { resource: Arc::new(resource), group: 0, handle: Arc::new(()), index: 0 })
    }

    fn worker(&self) -> Box<dyn ExtractWorker> {
        Box::new(Self)
    }
}

impl ExtractWorker for MemoryExtractor {
    fn extract(&mut self, route: &Route, document: &[u8]) -> Result<Extraction, Outcome> {
        let invalid = |message: String| Outcome::InvalidDocument { code: "invalid-json".to_owned(), message };
        let text = std::str::from_utf8(document).map_err(|error| invalid(error.to_string()))?;
        let len = u32::try_from(text.len()).map_err(|error| invalid(error.to_string()))?;
        let mut id = route.resource.name.referential_id();
        id.element("$", text);
        Ok(Extraction {
            arena: text.to_owned(),
            values: vec![Value { start: 0, len, token: TokenKind::String }],
            ..Extraction::new(Arc::clone(&route.resource), id.finish())
        })
    }
}
