//! Associations whose rows the store's triggers turn into authorization data.

use crate::{Resource, Value};

/// Which association of the five that carry triggers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AssociationKind {
    /// A student is enrolled in a school.
    StudentSchool,
    /// A contact belongs to a student.
    StudentContact,
    /// An organization is responsible for a student.
    StudentResponsibility,
    /// A staff member is employed by an organization.
    StaffEmployment,
    /// A staff member is assigned to an organization.
    StaffAssignment,
}

impl AssociationKind {
    /// The kind of association that documents of this resource are, if any. The triggers go by these names.
    #[must_use]
    pub fn of(project_name: &str, resource_name: &str) -> Option<Self> {
        if project_name != "Ed-Fi" {
            return None;
        }
        Some(match resource_name {
            "StudentSchoolAssociation" => Self::StudentSchool,
            "StudentContactAssociation" => Self::StudentContact,
            "StudentEducationOrganizationResponsibilityAssociation" => Self::StudentResponsibility,
            "StaffEducationOrganizationEmploymentAssociation" => Self::StaffEmployment,
            "StaffEducationOrganizationAssignmentAssociation" => Self::StaffAssignment,
            _ => return None,
        })
    }

    /// Where the triggers find the person in the document.
    #[must_use]
    pub fn person_location(self) -> &'static str {
        match self {
            Self::StudentSchool | Self::StudentContact | Self::StudentResponsibility => {
                "$.studentReference.studentUniqueId"
            }
            Self::StaffEmployment | Self::StaffAssignment => "$.staffReference.staffUniqueId",
        }
    }

    /// Where the triggers find the organization, or the contact, that the person is associated with.
    #[must_use]
    pub fn other_location(self) -> &'static str {
        match self {
            Self::StudentSchool => "$.schoolReference.schoolId",
            Self::StudentContact => "$.contactReference.contactUniqueId",
            Self::StudentResponsibility | Self::StaffEmployment | Self::StaffAssignment => {
                "$.educationOrganizationReference.educationOrganizationId"
            }
        }
    }
}

/// An association and the reference parts that hold its two sides.
#[derive(Clone, Debug)]
pub struct Association {
    /// Which association.
    pub kind: AssociationKind,
    /// (reference list, part) of the person; `None` where the schema has no reference at the triggers' path.
    pub person: Option<(usize, usize)>,
    /// (reference list, part) of the organization or contact.
    pub other: Option<(usize, usize)>,
}

impl Association {
    /// The association that `resource` is, found by its name and the locations of its references.
    #[must_use]
    pub fn of(resource: &Resource) -> Option<Self> {
        let kind = AssociationKind::of(&resource.name.project_name, &resource.name.resource_name)?;
        let find = |location: &str| {
            resource.reference_lists.iter().enumerate().find_map(|(list, references)| {
                references.parts.iter().position(|part| &*part.location == location).map(|part| (list, part))
            })
        };
        Some(Self { kind, person: find(kind.person_location()), other: find(kind.other_location()) })
    }
}

/// The two sides that one association document names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AssociationParties {
    /// Which association.
    pub kind: AssociationKind,
    /// The student or staff member; `None` when the document does not say.
    pub person: Option<Value>,
    /// The organization or contact; `None` when the document does not say.
    pub other: Option<Value>,
}
