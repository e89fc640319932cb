//! A resource type: its plugin's manifest in the form in which the runtime uses it.

use crate::{Association, AssociationKind, PartIndex, ReferentialId, ReferentialIdBuilder, SecurableKeys};

/// The full name of a resource type.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ResourceName {
    /// The project's name, such as `Ed-Fi`.
    pub project_name: Box<str>,
    /// The resource's name, such as `Student`.
    pub resource_name: Box<str>,
}

impl ResourceName {
    /// The resource `resource_name` of `project_name`.
    pub fn new(project_name: impl Into<Box<str>>, resource_name: impl Into<Box<str>>) -> Self {
        Self { project_name: project_name.into(), resource_name: resource_name.into() }
    }

    /// Starts the ReferentialId of one of the resource's identities.
    #[must_use]
    pub fn referential_id(&self) -> ReferentialIdBuilder {
        ReferentialId::builder(&self.project_name, &self.resource_name)
    }
}

/// The resource type that another one is a kind of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Superclass {
    /// The superclass's name.
    pub name: ResourceName,
    /// The paths of the superclass's identity, filled by the document's identity values from the first on.
    pub identity_paths: Vec<Box<str>>,
}

/// One part of a reference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReferencePart {
    /// The part's path in the identity of the target.
    pub path: Box<str>,
    /// Where in the document it stands.
    pub location: Box<str>,
}

/// A location in documents that holds references to one resource type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReferenceList {
    /// What the references point to.
    pub target: ResourceName,
    /// The parts of which the identity of each reference consists.
    pub parts: Vec<ReferencePart>,
}

/// A location in documents that holds descriptor URIs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DescriptorList {
    /// What the URIs name.
    pub target: ResourceName,
    /// The path, with `[*]` where the document has arrays.
    pub location: Box<str>,
}

/// A resource type. Shared by all its operations.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Project and resource name.
    pub name: ResourceName,
    /// The project's name in URLs.
    pub project_endpoint: Box<str>,
    /// The resource's name in URLs.
    pub endpoint: Box<str>,
    /// The version of the schema that the resource comes from.
    pub version: Box<str>,
    /// Whether documents are descriptors.
    pub is_descriptor: bool,
    /// Whether documents are education organizations of the hierarchy.
    pub in_hierarchy: bool,
    /// The superclass, if the resource is a kind of another.
    pub superclass: Option<Superclass>,
    /// The paths of the identity, in order.
    pub identity_paths: Vec<Box<str>>,
    /// Where document references stand, in extraction order.
    pub reference_lists: Vec<ReferenceList>,
    /// Where descriptor references stand, in extraction order.
    pub descriptor_lists: Vec<DescriptorList>,
    /// The property names of education organizations among the security elements.
    pub property_names: Vec<Box<str>>,
    /// Which securable keys the resource has.
    pub securable: SecurableKeys,
    /// What [`Association::of`] finds by the name and the references: once, as every operation asks several times.
    pub association: Option<Association<PartIndex>>,
}

impl Resource {
    /// The resource of that name: no identity, references, descriptors or securable keys yet.
    #[must_use]
    pub fn new(name: ResourceName) -> Self {
        Self {
            project_endpoint: name.project_name.to_lowercase().into(),
            endpoint: name.resource_name.to_lowercase().into(),
            name,
            version: Box::default(),
            is_descriptor: false,
            in_hierarchy: false,
            superclass: None,
            identity_paths: Vec::new(),
            reference_lists: Vec::new(),
            descriptor_lists: Vec::new(),
            property_names: Vec::new(),
            securable: SecurableKeys::default(),
            association: None,
        }
    }
}

impl Association<PartIndex> {
    /// The association that documents of the resource `name` are, with the parts of its references that stand where
    /// the triggers look.
    #[must_use]
    pub fn of(name: &ResourceName, reference_lists: &[ReferenceList]) -> Option<Self> {
        let kind = AssociationKind::of(&name.project_name, &name.resource_name)?;
        let find = |location: &str| {
            reference_lists.iter().enumerate().find_map(|(list, references)| {
                references.parts.iter().position(|part| &*part.location == location).map(|part| (list, part))
            })
        };
        Some(Self { kind, person: find(kind.person_location()), other: find(kind.other_location()) })
    }
}
