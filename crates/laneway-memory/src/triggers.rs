//! Which trigger a document fires, and what it reads of the body.

use laneway_model::AssociationKind;

use crate::jsonb::Jsonb;
use crate::refusal::Refusal;
use crate::tables::{DocumentId, Model};

/// The width of a person's column.
const PERSON_CHARS_MAX: usize = 32;

/// An association's sides as its triggers read them: texts, or null.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sides {
    pub(crate) person: Option<String>,
    /// The organization or the contact.
    pub(crate) other: Option<String>,
}

impl Sides {
    pub(crate) fn of(kind: AssociationKind, body: &Jsonb) -> Self {
        let person = match kind {
            AssociationKind::StaffEmployment | AssociationKind::StaffAssignment => ["staffReference", "staffUniqueId"],
            _ => ["studentReference", "studentUniqueId"],
        };
        let other = match kind {
            AssociationKind::StudentSchool => ["schoolReference", "schoolId"],
            AssociationKind::StudentContact => ["contactReference", "contactUniqueId"],
            _ => ["educationOrganizationReference", "educationOrganizationId"],
        };
        Self { person: body.text_at(person), other: body.text_at(other) }
    }

    /// The person, as it goes into a row.
    pub(crate) fn person(&self) -> Result<String, Refusal> {
        fits(self.person.as_deref())
    }

    /// The contact, as it goes into a row.
    pub(crate) fn contact(&self) -> Result<String, Refusal> {
        fits(self.other.as_deref())
    }

    /// The organization; `None`: null.
    pub(crate) fn organization(&self) -> Result<Option<i64>, Refusal> {
        let parse = |text: &String| text.trim().parse().map_err(|_| Refusal::sql("22P02"));
        self.other.as_ref().map(parse).transpose()
    }
}

/// A person's id as it goes into a column: not null, not too long.
pub(crate) fn fits(person: Option<&str>) -> Result<String, Refusal> {
    let person = person.ok_or_else(|| Refusal::sql("23502"))?;
    if person.chars().count() > PERSON_CHARS_MAX { Err(Refusal::sql("22001")) } else { Ok(person.to_owned()) }
}

impl Model {
    /// The association that the document is, by its names.
    pub(crate) fn association(&self, document: DocumentId) -> Option<AssociationKind> {
        let document = &self.documents[&document];
        AssociationKind::of(&document.project_name, &document.resource_name)
    }

    /// What fires behind an insert.
    pub(crate) fn inserted(&mut self, document: DocumentId) -> Result<(), Refusal> {
        let Some(kind) = self.association(document) else { return Ok(()) };
        let sides = Sides::of(kind, &self.documents[&document].body);
        match kind {
            AssociationKind::StudentSchool => self.student_school_inserted(&sides, document),
            AssociationKind::StudentContact => self.student_contact_inserted(&sides, document),
            AssociationKind::StudentResponsibility => self.responsibility_inserted(&sides, document),
            AssociationKind::StaffEmployment | AssociationKind::StaffAssignment => {
                self.staff_inserted(&sides, document)
            }
        }
    }

    /// What fires behind an update of the body, which was `old`.
    pub(crate) fn updated(&mut self, document: DocumentId, old: &Jsonb) -> Result<(), Refusal> {
        let Some(kind) = self.association(document) else { return Ok(()) };
        let (old, new) = (Sides::of(kind, old), Sides::of(kind, &self.documents[&document].body));
        match kind {
            AssociationKind::StudentSchool => self.student_school_updated(&old, &new, document),
            AssociationKind::StudentContact => Ok(()),
            AssociationKind::StudentResponsibility => self.responsibility_updated(&old, &new, document),
            AssociationKind::StaffEmployment | AssociationKind::StaffAssignment => {
                self.staff_updated(&old, &new, document)
            }
        }
    }
}
