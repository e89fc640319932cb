//! Security elements: what authorization looks at in a document.

use crate::{PersonKind, Value};

/// Which securable keys a resource has: those whose list of paths is not empty.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "five independent facts of a schema")]
pub struct SecurableKeys {
    /// Has namespace paths.
    pub namespace: bool,
    /// Has education organization paths.
    pub education_organization: bool,
    /// Has student paths.
    pub student: bool,
    /// Has contact paths.
    pub contact: bool,
    /// Has staff paths.
    pub staff: bool,
}

impl SecurableKeys {
    /// Whether documents of the resource carry persons of this kind, whose arrays are kept with them.
    #[must_use]
    pub fn has_person(self, kind: PersonKind) -> bool {
        match kind {
            PersonKind::Student => self.student,
            PersonKind::Staff => self.staff,
            PersonKind::Contact => self.contact,
        }
    }

    /// Whether documents of the resource carry persons at all.
    #[must_use]
    pub fn has_any_person(self) -> bool {
        self.student || self.contact || self.staff
    }
}

/// One education organization that a document names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EducationOrganization {
    /// Index into the resource's `property_names`.
    pub property: u16,
    /// The organization's id.
    pub id: i64,
}

/// The security elements of one document, each distinct and in order of first appearance.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SecurityElements {
    /// Namespaces.
    pub namespaces: Vec<Value>,
    /// Education organizations, distinct by property name and id.
    pub education_organizations: Vec<EducationOrganization>,
    /// Student unique ids.
    pub students: Vec<Value>,
    /// Contact unique ids.
    pub contacts: Vec<Value>,
    /// Staff unique ids.
    pub staff: Vec<Value>,
}

impl SecurityElements {
    /// The unique ids of the persons of this kind.
    #[must_use]
    pub fn persons(&self, kind: PersonKind) -> &[Value] {
        match kind {
            PersonKind::Student => &self.students,
            PersonKind::Staff => &self.staff,
            PersonKind::Contact => &self.contacts,
        }
    }
}
