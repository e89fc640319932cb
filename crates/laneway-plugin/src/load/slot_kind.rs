//! The kinds of slot that this host knows.

use laneway_dms::CoercedKind;

/// What the values of a slot mean; see the contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SlotKind {
    Identity,
    DescriptorNamespace,
    DescriptorCodeValue,
    Reference,
    Descriptor,
    Namespace,
    EducationOrganization,
    Student,
    Contact,
    Staff,
    ParentEducationOrganization,
    Etag,
    Coerced(CoercedKind),
}

impl SlotKind {
    /// The kind with this name, if it is known.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "identity" => Self::Identity,
            "descriptor-namespace" => Self::DescriptorNamespace,
            "descriptor-code-value" => Self::DescriptorCodeValue,
            "reference" => Self::Reference,
            "descriptor" => Self::Descriptor,
            "namespace" => Self::Namespace,
            "education-organization" => Self::EducationOrganization,
            "student" => Self::Student,
            "contact" => Self::Contact,
            "staff" => Self::Staff,
            "parent-education-organization" => Self::ParentEducationOrganization,
            "etag" => Self::Etag,
            other => return CoercedKind::ALL.into_iter().find(|kind| kind.word() == other).map(Self::Coerced),
        })
    }
}
