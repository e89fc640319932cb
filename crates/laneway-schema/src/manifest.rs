//! What is known of one resource type: the data behind a plugin's manifest. No WebAssembly here.

use laneway_dms::CoercedKind;

use crate::JsonPath;

/// One resource type, as its plugin describes it. The fields are those of the contract's
/// `resource-description`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResourceManifest {
    /// The project's name, such as `Ed-Fi`.
    pub project_name: String,
    /// The project's name in URLs.
    pub project_endpoint: String,
    /// The resource's name, such as `Student`.
    pub resource_name: String,
    /// The resource's name in URLs.
    pub endpoint: String,
    /// The version of the project.
    pub resource_version: String,
    /// Whether documents are descriptors.
    pub is_descriptor: bool,
    /// Whether documents are education organizations of the hierarchy.
    pub in_hierarchy: bool,
    /// The resource type that this one is a kind of.
    pub superclass: Option<Superclass>,
    /// The resource types that slots point to, each once.
    pub targets: Vec<Target>,
    /// What documents are searched for: identity, references in the order of the schema, descriptors in
    /// that order, security elements, parents, the etag; then the texts that are coerced before.
    pub slots: Vec<Slot>,
    /// Paths of values that nothing is done with. The scanner knows the names of their members, which
    /// makes it faster; it would find the same without them.
    pub scalars: Vec<JsonPath>,
}

/// The resource type that another one is a kind of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Superclass {
    /// Its project's name.
    pub project_name: String,
    /// Its name.
    pub resource_name: String,
    /// Where the first identity value stands in it; `None`: it has the same identity elements.
    pub identity_path: Option<JsonPath>,
}

/// A resource type that is referred to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// Its project's name.
    pub project_name: String,
    /// Its name.
    pub resource_name: String,
}

/// What the values under one path mean.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    /// The meaning.
    pub kind: SlotKind,
    /// Where the values stand in the document.
    pub location: JsonPath,
}

/// A slot's meaning; see the contract.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SlotKind {
    /// A part of the identity; its path there is the location.
    Identity,
    /// The namespace of a descriptor document.
    DescriptorNamespace,
    /// The code value of a descriptor document.
    DescriptorCodeValue,
    /// A part of a reference.
    Reference {
        /// Index into the targets.
        target: u32,
        /// Slots of equal group belong together.
        group: u32,
        /// The part's path in the target's identity.
        path: JsonPath,
    },
    /// The URI of a descriptor.
    Descriptor {
        /// Index into the targets.
        target: u32,
    },
    /// A namespace among the security elements.
    Namespace,
    /// A student among the security elements.
    Student,
    /// A contact among the security elements.
    Contact,
    /// A staff member among the security elements.
    Staff,
    /// An education organization among the security elements.
    EducationOrganization {
        /// Its property name.
        name: String,
    },
    /// The education organization above.
    ParentEducationOrganization,
    /// The document's `_etag`.
    Etag,
    /// Texts that stand for something else; nothing is reported for them.
    Coerced(CoercedKind),
}

impl SlotKind {
    /// The contract's word for the kind.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::DescriptorNamespace => "descriptor-namespace",
            Self::DescriptorCodeValue => "descriptor-code-value",
            Self::Reference { .. } => "reference",
            Self::Descriptor { .. } => "descriptor",
            Self::Namespace => "namespace",
            Self::Student => "student",
            Self::Contact => "contact",
            Self::Staff => "staff",
            Self::EducationOrganization { .. } => "education-organization",
            Self::ParentEducationOrganization => "parent-education-organization",
            Self::Etag => "etag",
            Self::Coerced(kind) => kind.word(),
        }
    }
}
