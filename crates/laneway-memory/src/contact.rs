//! Contacts and their students: the triggers of `StudentContactAssociation`, which has none for updates.

use std::collections::BTreeSet;

use laneway_model::PersonKind;

use crate::refusal::Refusal;
use crate::tables::{ContactRow, DocumentId, Model, Relation};
use crate::triggers::Sides;

impl Model {
    /// Writes a contact's union into the documents about the contact, and into one more.
    fn refresh_contact(&mut self, contact: &str, further: Option<DocumentId>) {
        let union = self.contact_union(contact);
        let documents = self.documents_about(PersonKind::Contact, contact);
        self.set_array(documents.into_iter().chain(further), |arrays| &mut arrays.contact, &union);
    }

    pub(crate) fn refresh_contacts(&mut self, contacts: BTreeSet<String>) {
        contacts.iter().for_each(|contact| self.refresh_contact(contact, None));
    }

    pub(crate) fn student_contact_inserted(&mut self, sides: &Sides, association: DocumentId) -> Result<(), Refusal> {
        let (student, contact) = (sides.person()?, sides.contact()?);
        self.relations.insert(Relation { student: student.clone(), contact: contact.clone(), association });
        let schools: Vec<_> = self.school_rows.iter().filter(|row| row.student == student).cloned().collect();
        self.contact_rows.extend(schools.into_iter().map(|school| ContactRow {
            contact: contact.clone(),
            student: student.clone(),
            ids: school.ids,
            contact_association: association,
            school_association: school.association,
        }));
        self.refresh_contact(&contact, Some(association));
        Ok(())
    }
}
