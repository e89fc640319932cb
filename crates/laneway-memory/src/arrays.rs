//! What a person's rows grant: the distinct union over them.

use laneway_model::{Extraction, PersonKind};

use crate::tables::{Arrays, Ids, Model};

impl Model {
    /// Of a student's school associations; `None`: there is nothing in any row.
    pub(crate) fn school_union(&self, student: &str) -> Option<Ids> {
        union(self.school_rows.iter().filter(|row| row.student == student).map(|row| &row.ids))
    }

    /// Of who is responsible for a student.
    pub(crate) fn responsibility_union(&self, student: &str) -> Option<Ids> {
        union(self.responsibility_rows.iter().filter(|row| row.student == student).map(|row| &row.ids))
    }

    /// Of a contact's students.
    pub(crate) fn contact_union(&self, contact: &str) -> Option<Ids> {
        union(self.contact_rows.iter().filter(|row| row.contact == contact).map(|row| &row.ids))
    }

    /// Of a staff member's employments and assignments.
    pub(crate) fn staff_union(&self, staff: &str) -> Option<Ids> {
        union(self.staff_rows.iter().filter(|row| row.staff == staff).map(|row| &row.ids))
    }

    /// The arrays that a document is written with: those of the first person of each kind that its resource has.
    pub(crate) fn arrays_of(&self, extraction: &Extraction) -> Arrays {
        let first = |kind| extraction.first_person(kind);
        Arrays {
            school: first(PersonKind::Student).and_then(|student| self.school_union(student)),
            responsibility: first(PersonKind::Student).and_then(|student| self.responsibility_union(student)),
            contact: first(PersonKind::Contact).and_then(|contact| self.contact_union(contact)),
            staff: first(PersonKind::Staff).and_then(|staff| self.staff_union(staff)),
        }
    }
}

fn union<'a>(rows: impl Iterator<Item = &'a Ids>) -> Option<Ids> {
    let ids: Ids = rows.flatten().cloned().collect();
    (!ids.is_empty()).then_some(ids)
}
