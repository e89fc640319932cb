//! A plugin's description: the contract's `manifest`, built in the order in which it is read.

use alloc::{string::String, vec::Vec};

/// What the plugin is and which resources it serves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) resources: Vec<Resource>,
}

impl Manifest {
    /// A plugin with this name and version, for people.
    #[must_use]
    pub fn new(name: &str, version: &str) -> Self {
        Self { name: name.into(), version: version.into(), resources: Vec::new() }
    }

    /// One more resource. [`Document::resource`](crate::Document::resource) counts them from 0.
    #[must_use]
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }
}

/// One resource type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    pub(crate) project_name: String,
    pub(crate) project_endpoint: String,
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) version: String,
    pub(crate) is_descriptor: bool,
    pub(crate) in_hierarchy: bool,
    pub(crate) superclass: Option<Superclass>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) reads: Vec<String>,
}

/// What a resource is a kind of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Superclass {
    pub(crate) project_name: String,
    pub(crate) resource_name: String,
    pub(crate) identity_path: String,
}

impl Resource {
    /// The resource `name` of the project `project_name`, which documents reach under
    /// `/project_endpoint/endpoint`; `version` is its schema's.
    #[must_use]
    pub fn new(project_name: &str, project_endpoint: &str, name: &str, endpoint: &str, version: &str) -> Self {
        Self {
            project_name: project_name.into(),
            project_endpoint: project_endpoint.into(),
            name: name.into(),
            endpoint: endpoint.into(),
            version: version.into(),
            is_descriptor: false,
            in_hierarchy: false,
            superclass: None,
            slots: Vec::new(),
            reads: Vec::new(),
        }
    }

    /// Its documents are descriptors.
    #[must_use]
    pub fn descriptors(self) -> Self {
        Self { is_descriptor: true, ..self }
    }

    /// Its documents are education organizations; the first identity part is their number.
    #[must_use]
    pub fn in_hierarchy(self) -> Self {
        Self { in_hierarchy: true, ..self }
    }

    /// It is a kind of another resource, whose only identity part has the path `identity_path`; an empty one:
    /// the other has the same identity parts.
    #[must_use]
    pub fn superclass(self, project_name: &str, resource_name: &str, identity_path: &str) -> Self {
        let superclass = Superclass {
            project_name: project_name.into(),
            resource_name: resource_name.into(),
            identity_path: identity_path.into(),
        };
        Self { superclass: Some(superclass), ..self }
    }

    /// One more meaning that values have. Code names slots by their number, from 0.
    #[must_use]
    pub fn slot(mut self, slot: Slot) -> Self {
        self.slots.push(slot);
        self
    }

    /// One more path whose values code wants to see; see [`Document::read`](crate::Document::read).
    #[must_use]
    pub fn read(mut self, path: &str) -> Self {
        self.reads.push(path.into());
        self
    }
}

/// One meaning that values have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    pub(crate) kind: &'static str,
    pub(crate) path: String,
    pub(crate) location: String,
    /// Project and resource.
    pub(crate) target: Option<(String, String)>,
    pub(crate) group: u32,
    pub(crate) name: String,
    pub(crate) computed: bool,
    /// Nothing is looked for, and nothing reported.
    pub(crate) declared_alone: bool,
}

impl Slot {
    fn new(kind: &'static str, location: &str) -> Self {
        let (path, name) = (String::new(), String::new());
        Self {
            kind,
            path,
            location: location.into(),
            target: None,
            group: 0,
            name,
            computed: false,
            declared_alone: false,
        }
    }

    /// A part of the identity; exactly one value. It stands at its own path, unless [`Slot::at`] gives another.
    #[must_use]
    pub fn identity(path: &str) -> Self {
        Self { path: path.into(), ..Self::new("identity", path) }
    }

    /// The namespace of a descriptor document, at `$.namespace`.
    #[must_use]
    pub fn descriptor_namespace() -> Self {
        Self::new("descriptor-namespace", "$.namespace")
    }

    /// The code value of a descriptor document, at `$.codeValue`.
    #[must_use]
    pub fn descriptor_code_value() -> Self {
        Self::new("descriptor-code-value", "$.codeValue")
    }

    /// A part of a reference to the resource `target` of `project`: `path` in the identity there, `location`
    /// here. Parts with the same `group` belong together, their i-th values make the i-th reference.
    #[must_use]
    pub fn reference(group: u32, project: &str, target: &str, path: &str, location: &str) -> Self {
        let target = Some((project.into(), target.into()));
        Self { path: path.into(), target, group, ..Self::new("reference", location) }
    }

    /// URIs of descriptors of the resource `target` of `project`.
    #[must_use]
    pub fn descriptor(project: &str, target: &str, location: &str) -> Self {
        Self { target: Some((project.into(), target.into())), ..Self::new("descriptor", location) }
    }

    /// A security element: namespaces.
    #[must_use]
    pub fn namespace(location: &str) -> Self {
        Self::new("namespace", location)
    }

    /// A security element: students.
    #[must_use]
    pub fn student(location: &str) -> Self {
        Self::new("student", location)
    }

    /// A security element: contacts.
    #[must_use]
    pub fn contact(location: &str) -> Self {
        Self::new("contact", location)
    }

    /// A security element: staff.
    #[must_use]
    pub fn staff(location: &str) -> Self {
        Self::new("staff", location)
    }

    /// A security element: numbers of education organizations, under the property name `name`.
    #[must_use]
    pub fn education_organization(name: &str, location: &str) -> Self {
        Self { name: name.into(), ..Self::new("education-organization", location) }
    }

    /// The education organization above this one.
    #[must_use]
    pub fn parent_education_organization(location: &str) -> Self {
        Self::new("parent-education-organization", location)
    }

    /// The document's `_etag`.
    #[must_use]
    pub fn etag() -> Self {
        Self::new("etag", "$._etag")
    }

    /// Texts that stand for days: a host that coerces turns `02/09/2018` into `2018-02-09` before the plugin sees it.
    #[must_use]
    pub fn date(location: &str) -> Self {
        Self::coerced("date", location)
    }

    /// Texts that stand for points in time: a host that coerces turns them into UTC, as `2018-02-09T10:30:00Z`.
    #[must_use]
    pub fn date_time(location: &str) -> Self {
        Self::coerced("date-time", location)
    }

    /// Texts that stand for `true` and `false`: a host that coerces turns them into booleans.
    #[must_use]
    pub fn boolean(location: &str) -> Self {
        Self::coerced("boolean", location)
    }

    /// Texts that stand for numbers: a host that coerces turns them into numbers.
    #[must_use]
    pub fn number(location: &str) -> Self {
        Self::coerced("number", location)
    }

    fn coerced(kind: &'static str, location: &str) -> Self {
        Self { declared_alone: true, ..Self::new(kind, location) }
    }

    /// The values stand at `location`.
    #[must_use]
    pub fn at(self, location: &str) -> Self {
        Self { location: location.into(), ..self }
    }

    /// The values come from [`Plugin::extract`](crate::Plugin::extract); nothing is looked for at the location,
    /// which only messages show.
    #[must_use]
    pub fn computed(self) -> Self {
        Self { computed: true, ..self }
    }
}
