//! Staff and the organizations that employ or are assigned them: documents get the ancestors of the association written last.

use laneway_model::PersonKind;

use crate::refusal::Refusal;
use crate::tables::{DocumentId, Model, StaffRow};
use crate::triggers::Sides;

impl Model {
    fn staff_row(&self, sides: &Sides, association: DocumentId) -> Result<StaffRow, Refusal> {
        let organization = sides.organization()?;
        let staff = sides.person()?;
        let not_null = || Refusal::sql("23502");
        let organization = organization.ok_or_else(not_null)?;
        let ids = self.ancestors(organization).ok_or_else(not_null)?;
        Ok(StaffRow { staff, organization, ids, association })
    }

    /// Writes the row's ancestors, no union, into the documents about the staff member and into the association.
    fn set_staff(&mut self, row: &StaffRow) {
        let documents = self.documents_about(PersonKind::Staff, &row.staff);
        let documents = documents.into_iter().chain([row.association]);
        self.set_array(documents, |arrays| &mut arrays.staff, &Some(row.ids.clone()));
    }

    pub(crate) fn staff_inserted(&mut self, sides: &Sides, association: DocumentId) -> Result<(), Refusal> {
        let row = self.staff_row(sides, association)?;
        self.set_staff(&row);
        self.staff_rows.push(row);
        Ok(())
    }

    /// The documents of the person who was there before keep what they have.
    pub(crate) fn staff_updated(&mut self, old: &Sides, new: &Sides, association: DocumentId) -> Result<(), Refusal> {
        if old.person == new.person && old.organization()? == new.organization()? {
            return Ok(());
        }
        let row = self.staff_row(new, association)?;
        self.set_staff(&row);
        if let Some(stored) = self.staff_rows.iter_mut().find(|stored| stored.association == association) {
            *stored = row;
        }
        Ok(())
    }
}
