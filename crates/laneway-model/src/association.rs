//! Associations whose rows the store's triggers turn into authorization data: which there are, whom each concerns, and
//! what the triggers read of it. Knows no SQL.

use crate::PersonKind;

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

    /// The kind of person on the first side.
    #[must_use]
    pub fn person(self) -> PersonKind {
        match self {
            Self::StudentSchool | Self::StudentContact | Self::StudentResponsibility => PersonKind::Student,
            Self::StaffEmployment | Self::StaffAssignment => PersonKind::Staff,
        }
    }

    /// The kind of person on the other side; `None` where an organization is.
    #[must_use]
    pub fn other_person(self) -> Option<PersonKind> {
        (self == Self::StudentContact).then_some(PersonKind::Contact)
    }

    /// Whether the triggers copy the ancestors of an organization, the other side, to the person, and do so again when
    /// the association is updated. A contact's association takes up the student's arrays, once: it has no update
    /// trigger.
    #[must_use]
    pub fn has_organization(self) -> bool {
        self.other_person().is_none()
    }

    /// Whether a new association changes the arrays of persons of this kind. A contact's arrays are made of the school
    /// associations of its students.
    #[must_use]
    pub fn changes(self, kind: PersonKind) -> bool {
        match self {
            Self::StudentSchool => kind != PersonKind::Staff,
            Self::StudentContact => kind == PersonKind::Contact,
            Self::StudentResponsibility => kind == PersonKind::Student,
            Self::StaffEmployment | Self::StaffAssignment => kind == PersonKind::Staff,
        }
    }

    /// Where the triggers find the person in the document.
    #[must_use]
    pub fn person_location(self) -> &'static str {
        match self.person() {
            PersonKind::Staff => "$.staffReference.staffUniqueId",
            _ => "$.studentReference.studentUniqueId",
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

/// The index of a reference list in its resource, and of a part in that list.
pub type PartIndex = (usize, usize);

/// An association with its two sides: as a [`PartIndex`] of a resource, as a value of an extraction, or as text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Association<T> {
    /// Which association.
    pub kind: AssociationKind,
    /// The student or staff member; `None` where the resource or the document has none.
    pub person: Option<T>,
    /// The organization or contact; `None` where the resource or the document has none.
    pub other: Option<T>,
}

impl<T> Association<T> {
    /// The same association with each side put through `f`.
    pub fn and_then<U>(&self, mut f: impl FnMut(&T) -> Option<U>) -> Association<U> {
        Association {
            kind: self.kind,
            person: self.person.as_ref().and_then(&mut f),
            other: self.other.as_ref().and_then(&mut f),
        }
    }
}

impl Association<String> {
    /// The person of this kind whom the association names.
    #[must_use]
    pub fn person_of(&self, kind: PersonKind) -> Option<&str> {
        let side = if kind == self.kind.person() { &self.person } else { &self.other };
        side.as_deref().filter(|_| kind == self.kind.person() || Some(kind) == self.kind.other_person())
    }

    /// The organization on the other side; `None` for a contact, or where it is no plain integer.
    #[must_use]
    pub fn organization(&self) -> Option<i64> {
        self.other.as_ref().filter(|_| self.kind.has_organization())?.parse().ok()
    }
}
