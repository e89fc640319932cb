//! ApiSchemas as trees: finding a resource, with what extensions add to it.

use serde_json::{Map, Value};

use super::code::Code;

/// Several ApiSchemas.
#[derive(Debug)]
pub(super) struct Schemas {
    projects: Vec<Value>,
}

/// A resource with its project.
#[derive(Debug)]
pub(super) struct Resource<'a> {
    pub(super) project: &'a Value,
    pub(super) schema: &'a Value,
    /// `documentPathsMapping`, with what extensions add.
    pub(super) document_paths: Map<String, Value>,
}

impl Schemas {
    pub(super) fn new(files: Vec<Value>) -> Self {
        let projects: Vec<Value> = files.into_iter().map(|mut file| file["projectSchema"].take()).collect();
        assert!(projects.iter().any(is_core), "one project is the core");
        Self { projects }
    }

    /// The resource that documents sent to this endpoint are of.
    pub(super) fn resource(&self, project: &str, endpoint: &str) -> Result<Resource<'_>, Code> {
        let named = |schema: &&Value| text(&schema["projectEndpointName"]).eq_ignore_ascii_case(project);
        let project = self.projects.iter().find(named).ok_or("unknown-project")?;
        let known = project["caseInsensitiveEndpointNameMapping"].get(endpoint.to_lowercase());
        let schema = &project["resourceSchemas"][text(known.ok_or("unknown-endpoint")?)];
        let mut document_paths = schema["documentPathsMapping"].as_object().expect("a mapping").clone();
        if is_core(project) {
            for (key, path) in self.extensions_of(text(&schema["resourceName"])) {
                document_paths.entry(key.as_str()).or_insert_with(|| path.clone());
            }
        }
        Ok(Resource { project, schema, document_paths })
    }

    fn extensions_of(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        let projects = self.projects.iter().filter(|project| !is_core(project));
        let resources =
            projects.flat_map(|project| project["resourceSchemas"].as_object().expect("resources").values());
        resources
            .filter(move |resource| resource["isResourceExtension"] == true && resource["resourceName"] == name)
            .flat_map(|resource| resource["documentPathsMapping"].as_object().expect("a mapping"))
    }
}

fn is_core(project: &Value) -> bool {
    project["isExtensionProject"] == false
}

/// A value that is a text.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// The texts of a value that is a list of them.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|items| items.iter().map(text).collect()).unwrap_or_default()
}
