//! A plain DELETE of a document, its cascades and their triggers. An organization's rows of the hierarchy stay.

use laneway_model::{AssociationKind, DocumentUuid};

use crate::tables::Model;
use crate::triggers::Sides;

/// Another document refers to the one to be deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Referenced;

impl Model {
    /// Deletes the document; without one, nothing happens.
    ///
    /// # Errors
    /// When another document refers to it.
    pub fn delete(&mut self, document_uuid: DocumentUuid) -> Result<(), Referenced> {
        let found = self.documents.iter().find(|(_, document)| document.uuid == document_uuid);
        let Some((&id, document)) = found else { return Ok(()) };
        let refers = |(from, to): &(u64, _)| *from != id && document.own_ids.contains(to);
        if self.references.iter().any(refers) {
            return Err(Referenced);
        }
        let association = self.association(id);
        let Some(document) = self.documents.remove(&id) else { return Ok(()) };
        self.aliases.retain(|_, of| *of != id);
        self.references.retain(|(from, _)| *from != id);
        self.securable.values_mut().for_each(|rows| drop(rows.remove(&id)));
        self.school_rows.retain(|row| row.association != id);
        self.responsibility_rows.retain(|row| row.association != id);
        self.staff_rows.retain(|row| row.association != id);
        self.relations.retain(|relation| relation.association != id);
        let is_gone = |row: &crate::tables::ContactRow| row.contact_association == id || row.school_association == id;
        let contacts = self.contact_rows.iter().filter(|row| is_gone(row)).map(|row| row.contact.clone()).collect();
        self.contact_rows.retain(|row| !is_gone(row));
        self.refresh_contacts(contacts);
        let sides = association.map(|kind| Sides::of(kind, &document.body));
        match association.zip(sides) {
            Some((AssociationKind::StudentSchool, sides)) => self.student_school_deleted(&sides),
            Some((AssociationKind::StudentResponsibility, sides)) => self.responsibility_deleted(&sides),
            _ => {}
        }
        Ok(())
    }
}
