//! Security elements: what authorization looks at in a document.

use std::io::Write as _;

use crate::{Extraction, Value};

/// Whose authorization arrays a document carries. The order is the order in which locks are taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PersonKind {
    /// A student.
    Student,
    /// A staff member.
    Staff,
    /// A contact.
    Contact,
}

impl PersonKind {
    /// All kinds, in the order of locks.
    pub const ALL: [Self; 3] = [Self::Student, Self::Staff, Self::Contact];
}

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

impl Extraction {
    /// The person of this kind whose arrays the document carries: the first one, where the resource has the key.
    #[must_use]
    pub fn first_person(&self, kind: PersonKind) -> Option<&str> {
        let first = self.security.persons(kind).first().filter(|_| self.resource.securable.has_person(kind))?;
        Some(self.text(*first))
    }

    /// Appends the security elements as the store keeps them: every key present, ids as strings.
    pub fn write_security_elements(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"Namespace\":");
        self.write_texts(&self.security.namespaces, out);
        out.extend_from_slice(b",\"EducationOrganization\":[");
        for (i, organization) in self.security.education_organizations.iter().enumerate() {
            let name = &self.resource.property_names[usize::from(organization.property)];
            let comma = if i == 0 { "" } else { "," };
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{comma}{{\"Id\":\"{}\",\"PropertyName\":", organization.id);
            let _ = serde_json::to_writer(&mut *out, &**name);
            out.push(b'}');
        }
        for (key, values) in [
            ("],\"Student\":", &self.security.students),
            (",\"Contact\":", &self.security.contacts),
            (",\"Staff\":", &self.security.staff),
        ] {
            out.extend_from_slice(key.as_bytes());
            self.write_texts(values, out);
        }
        out.push(b'}');
    }

    fn write_texts(&self, values: &[Value], out: &mut Vec<u8>) {
        out.push(b'[');
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            let _ = serde_json::to_writer(&mut *out, self.text(*value));
        }
        out.push(b']');
    }
}
