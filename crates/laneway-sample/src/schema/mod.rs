//! The schemas of the data set, and a plain reading of them: paths walked over a tree, one after another.
//! Made to be obviously right for the documents generated here, not fast and not for documents at large;
//! it shares nothing with the plugins, whose results are checked against it.

mod path;
pub(crate) mod reading;

use std::collections::HashMap;
use std::sync::LazyLock;

use laneway_model::ReferentialId;
use serde_json::Value;

use path::{Path, text};

/// A schema file of the data set.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Its name, as in `sample-1.0.apischema.json`.
    pub file_name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The core schema, then its extension.
pub const SCHEMAS: &[Schema] = &[
    Schema { file_name: "sample-1.0.apischema.json", text: include_str!("../../schema/sample-1.0.apischema.json") },
    Schema { file_name: "campus-1.0.apischema.json", text: include_str!("../../schema/campus-1.0.apischema.json") },
];

/// What an identity belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Name {
    pub(crate) project: String,
    pub(crate) resource: String,
}

/// Places of references to one resource: pairs of identity path and location.
#[derive(Clone, Debug)]
struct References {
    target: Name,
    parts: Vec<(String, Path)>,
}

/// Places of descriptors of one resource.
#[derive(Clone, Debug)]
struct Descriptors {
    target: Name,
    location: Path,
}

/// The superclass of a resource and the path of its identity, where that is one for all subclasses.
#[derive(Clone, Debug)]
struct Superclass {
    name: Name,
    path: Option<String>,
}

/// The lists of paths under `securableElements`.
#[derive(Clone, Default, Debug)]
struct Securable {
    namespace: Vec<Path>,
    /// Property name and location.
    organization: Vec<(String, Path)>,
    student: Vec<Path>,
    contact: Vec<Path>,
    staff: Vec<Path>,
}

/// A resource of the schemas.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) name: Name,
    pub(crate) version: String,
    pub(crate) is_descriptor: bool,
    identity: Vec<Path>,
    superclass: Option<Superclass>,
    references: Vec<References>,
    descriptors: Vec<Descriptors>,
    securable: Securable,
    /// The paths of the organization above, for an education organization.
    parents: Option<Vec<Path>>,
}

/// All resources, by the names that lines have.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    resources: HashMap<(String, String), Resource>,
}

impl Vocabulary {
    /// The vocabulary of [`SCHEMAS`].
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Vocabulary> = LazyLock::new(|| {
            let schemas: Vec<Value> = SCHEMAS
                .iter()
                .map(|schema| {
                    serde_json::from_str(schema.text).unwrap_or_else(|error| panic!("{}: {error}", schema.file_name))
                })
                .collect();
            Vocabulary::new(&schemas)
        });
        &SHARED
    }

    fn new(schemas: &[Value]) -> Self {
        let mut resources: HashMap<(String, String), Resource> = HashMap::new();
        // A resource that an extension extends is reached under the core project's name.
        for is_extension in [false, true] {
            for project in schemas.iter().map(|schema| &schema["projectSchema"]) {
                for (endpoint, schema) in members(&project["resourceSchemas"]) {
                    if schema["isResourceExtension"] != is_extension {
                        continue;
                    }
                    let resource = Resource::new(project, schema);
                    if !is_extension {
                        let key = (text(&project["projectEndpointName"]).to_owned(), endpoint.to_owned());
                        resources.insert(key, resource);
                    } else if let Some(extended) =
                        resources.values_mut().find(|other| other.name.resource == resource.name.resource)
                    {
                        extended.references.extend(resource.references);
                        extended.descriptors.extend(resource.descriptors);
                    }
                }
            }
        }
        Self { resources }
    }

    /// The resource behind an endpoint that the schemas have.
    pub(crate) fn resource(&self, project: &str, endpoint: &str) -> &Resource {
        let resource = self.resources.get(&(project.to_owned(), endpoint.to_owned()));
        resource.unwrap_or_else(|| panic!("the schemas have no {project}/{endpoint}"))
    }
}

impl Resource {
    fn new(project: &Value, schema: &Value) -> Self {
        let name = Name {
            project: text(&project["projectName"]).to_owned(),
            resource: text(&schema["resourceName"]).to_owned(),
        };
        let target = |entry: &Value| Name {
            project: text(&entry["projectName"]).to_owned(),
            resource: text(&entry["resourceName"]).to_owned(),
        };
        let entries = || members(&schema["documentPathsMapping"]).map(|(_, entry)| entry);
        let entries = || entries().filter(|entry| entry["isReference"] == true);
        let is_organization = items(&project["educationOrganizationTypes"]).any(|kind| text(kind) == name.resource);
        let parents = &project["educationOrganizationHierarchy"][&name.resource];
        let secured = &schema["securableElements"];
        Self {
            version: text(&project["projectVersion"]).to_owned(),
            is_descriptor: schema["isDescriptor"] == true,
            identity: paths(&schema["identityJsonPaths"]),
            superclass: (schema["isSubclass"] == true).then(|| Superclass {
                name: Name {
                    project: text(&schema["superclassProjectName"]).to_owned(),
                    resource: text(&schema["superclassResourceName"]).to_owned(),
                },
                path: schema["superclassIdentityJsonPath"].as_str().map(ToOwned::to_owned),
            }),
            references: entries()
                .filter(|entry| entry["isDescriptor"] != true)
                .map(|entry| References {
                    target: target(entry),
                    parts: items(&entry["referenceJsonPaths"])
                        .map(|pair| (text(&pair["identityJsonPath"]).to_owned(), Path::new(&pair["referenceJsonPath"])))
                        .collect(),
                })
                .collect(),
            descriptors: entries()
                .filter(|entry| entry["isDescriptor"] == true)
                .map(|entry| Descriptors { target: target(entry), location: Path::new(&entry["path"]) })
                .collect(),
            securable: Securable {
                namespace: paths(&secured["Namespace"]),
                organization: items(&secured["EducationOrganization"])
                    .map(|entry| (text(&entry["metaEdName"]).to_owned(), Path::new(&entry["jsonPath"])))
                    .collect(),
                student: paths(&secured["Student"]),
                contact: paths(&secured["Contact"]),
                staff: paths(&secured["Staff"]),
            },
            parents: is_organization.then(|| members(parents).map(|(_, path)| Path::new(path)).collect()),
            name,
        }
    }
}

impl Name {
    fn id<'a>(&self, identity: impl IntoIterator<Item = (&'a str, &'a str)>) -> ReferentialId {
        ReferentialId::of(&self.project, &self.resource, identity)
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (&**name, value))
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn paths(value: &Value) -> Vec<Path> {
    items(value).map(Path::new).collect()
}
