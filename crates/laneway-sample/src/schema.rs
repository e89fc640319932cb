//! The schemas of the data set, and a plain reading of them: paths walked over a tree, one after another.
//! Made to be obviously right for the documents generated here, not fast and not for documents at large;
//! it shares nothing with the plugins, whose results are checked against it.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use laneway_model::{ReferentialId, lower_invariant};
use serde_json::Value;

use crate::json::{Json, Object, write_text};

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
    Schema { file_name: "sample-1.0.apischema.json", text: include_str!("../schema/sample-1.0.apischema.json") },
    Schema { file_name: "campus-1.0.apischema.json", text: include_str!("../schema/campus-1.0.apischema.json") },
];

/// A path through a document.
#[derive(Clone, Debug)]
struct Path {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug)]
enum Segment {
    Member(String),
    Each,
}

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

/// What a document says about itself.
#[derive(Clone, Default, Debug)]
pub(crate) struct Said {
    pub(crate) id: Option<ReferentialId>,
    pub(crate) superclass_id: Option<ReferentialId>,
    /// Each once.
    pub(crate) references: BTreeSet<ReferentialId>,
    /// As `jsonb` prints them.
    pub(crate) security: String,
    pub(crate) student: Option<String>,
    pub(crate) contact: Option<String>,
    pub(crate) staff: Option<String>,
    /// Its own id and its parent's, for an education organization.
    pub(crate) organization: Option<(i64, Option<i64>)>,
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

    /// How many references a document has, one per occurrence.
    pub(crate) fn references_in(&self, body: &Object) -> usize {
        let lists = self.references.iter().filter_map(|list| list.parts.first());
        let lists = lists.map(|(_, location)| location.texts(body).len());
        let descriptors = self.descriptors.iter().map(|list| list.location.texts(body).len());
        lists.chain(descriptors).sum()
    }

    /// Whether documents have a second identity.
    pub(crate) fn has_superclass(&self) -> bool {
        self.superclass.is_some()
    }

    /// The identity of a valid document.
    pub(crate) fn id(&self, body: &Object) -> ReferentialId {
        self.name.id(pairs(&self.identity(body)))
    }

    /// What a valid document says about itself.
    pub(crate) fn read(&self, body: &Object) -> Said {
        let identity = self.identity(body);
        let superclass_id = self.superclass.as_ref().map(|superclass| match &superclass.path {
            Some(path) => superclass.name.id([(&**path, &*identity[0].1)]),
            None => superclass.name.id(pairs(&identity)),
        });
        let persons = |paths: &[Path]| distinct(paths.iter().flat_map(|path| path.texts(body)));
        let (students, contacts, staff) =
            (persons(&self.securable.student), persons(&self.securable.contact), persons(&self.securable.staff));
        let first = |texts: &[String]| texts.first().cloned();
        Said {
            id: Some(self.name.id(pairs(&identity))),
            superclass_id,
            references: self.references(body),
            student: first(&students),
            contact: first(&contacts),
            staff: first(&staff),
            security: self.security(body, &students, &contacts, &staff),
            organization: self.parents.as_ref().map(|parents| {
                let parent = parents.iter().find_map(|path| path.texts(body).into_iter().next());
                (number(&identity[0].1), parent.map(|parent| number(&parent)))
            }),
        }
    }

    fn identity(&self, body: &Object) -> Vec<(String, String)> {
        if self.is_descriptor {
            let [namespace, code_value] =
                ["namespace", "codeValue"].map(|name| body.get(name).and_then(Json::text).unwrap_or_default());
            let uri = format!("{}#{}", lower_invariant(namespace), lower_invariant(code_value));
            return vec![("$.descriptor".to_owned(), uri)];
        }
        self.identity.iter().map(|path| (path.text.clone(), path.texts(body).concat())).collect()
    }

    fn references(&self, body: &Object) -> BTreeSet<ReferentialId> {
        let mut ids = BTreeSet::new();
        for list in &self.references {
            let columns: Vec<Vec<String>> = list.parts.iter().map(|(_, location)| location.texts(body)).collect();
            for row in 0..columns.first().map_or(0, Vec::len) {
                let identity = list.parts.iter().zip(&columns).map(|((path, _), column)| (&**path, &*column[row]));
                ids.insert(list.target.id(identity));
            }
        }
        for list in &self.descriptors {
            let uris = list.location.texts(body).into_iter().map(|uri| lower_invariant(&uri));
            ids.extend(uris.map(|uri| list.target.id([("$.descriptor", &*uri)])));
        }
        ids
    }

    /// The security elements as `jsonb` prints them: shorter keys first.
    fn security(&self, body: &Object, students: &[String], contacts: &[String], staff: &[String]) -> String {
        let namespaces = distinct(self.securable.namespace.iter().flat_map(|path| path.texts(body)));
        let mut organizations: Vec<(String, String)> = Vec::new();
        for (property, path) in &self.securable.organization {
            for id in path.texts(body) {
                let organization = (property.clone(), id);
                if !organizations.contains(&organization) {
                    organizations.push(organization);
                }
            }
        }
        let organizations: Vec<String> = organizations
            .iter()
            .map(|(property, id)| format!("{{\"Id\": {}, \"PropertyName\": {}}}", quoted(id), quoted(property)))
            .collect();
        format!(
            "{{\"Staff\": {}, \"Contact\": {}, \"Student\": {}, \"Namespace\": {}, \"EducationOrganization\": [{}]}}",
            texts_array(staff),
            texts_array(contacts),
            texts_array(students),
            texts_array(&namespaces),
            organizations.join(", ")
        )
    }
}

impl Name {
    fn id<'a>(&self, identity: impl IntoIterator<Item = (&'a str, &'a str)>) -> ReferentialId {
        ReferentialId::of(&self.project, &self.resource, identity)
    }
}

impl Path {
    fn new(value: &Value) -> Self {
        let text = text(value);
        let mut segments = Vec::new();
        for piece in text.split('.').skip(1) {
            let name = piece.trim_end_matches("[*]");
            segments.push(Segment::Member(name.to_owned()));
            segments.extend((name.len() < piece.len()).then_some(Segment::Each));
        }
        Self { text: text.to_owned(), segments }
    }

    /// The texts of what the path selects.
    fn texts(&self, body: &Object) -> Vec<String> {
        // The root is an object; a path always names a member of it.
        let Some((Segment::Member(name), rest)) = self.segments.split_first() else { return Vec::new() };
        let mut selected: Vec<&Json> = body.get(name).into_iter().collect();
        for segment in rest {
            selected = selected.into_iter().flat_map(|value| value.step(segment)).collect();
        }
        selected.into_iter().filter_map(|value| value.text().map(ToOwned::to_owned)).collect()
    }
}

impl Json {
    fn step(&self, segment: &Segment) -> Vec<&Json> {
        match (self, segment) {
            (Self::Object(object), Segment::Member(name)) => object.get(name).into_iter().collect(),
            (Self::Object(object), Segment::Each) => object.values().collect(),
            (Self::Array(items), Segment::Each) => items.iter().collect(),
            _ => Vec::new(),
        }
    }
}

fn pairs(identity: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    identity.iter().map(|(path, value)| (&**path, &**value))
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_text(text, &mut out);
    out
}

fn texts_array(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// An organization's id; ours are plain numbers.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or_else(|_| panic!("the id {text} is no number"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a schema has {value} where a text belongs"))
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
