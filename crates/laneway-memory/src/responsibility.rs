//! Students and who is responsible for them: the triggers of `StudentEducationOrganizationResponsibilityAssociation`.

use laneway_model::PersonKind;

use crate::refusal::Refusal;
use crate::tables::{DocumentId, Model, StudentRow};
use crate::triggers::Sides;

impl Model {
    fn refresh_responsibility(&mut self, student: &str, further: Option<DocumentId>) {
        let union = self.responsibility_union(student);
        let documents = self.documents_about(PersonKind::Student, student);
        self.set_array(documents.into_iter().chain(further), |arrays| &mut arrays.responsibility, &union);
    }

    /// The association's row, as its triggers write it.
    fn responsibility_row(&self, sides: &Sides, association: DocumentId) -> Result<StudentRow, Refusal> {
        let organization = sides.organization()?;
        let student = sides.person()?;
        let not_null = || Refusal::sql("23502");
        let organization = organization.ok_or_else(not_null)?;
        let ids = self.ancestors(organization).ok_or_else(not_null)?;
        Ok(StudentRow { student, organization, ids, association })
    }

    pub(crate) fn responsibility_inserted(&mut self, sides: &Sides, association: DocumentId) -> Result<(), Refusal> {
        let row = self.responsibility_row(sides, association)?;
        let student = row.student.clone();
        self.responsibility_rows.push(row);
        self.refresh_responsibility(&student, Some(association));
        Ok(())
    }

    pub(crate) fn responsibility_updated(
        &mut self,
        old: &Sides,
        new: &Sides,
        association: DocumentId,
    ) -> Result<(), Refusal> {
        if old.person == new.person && old.organization()? == new.organization()? {
            return Ok(());
        }
        let row = self.responsibility_row(new, association)?;
        let student = row.student.clone();
        if let Some(old_student) = old.person.as_ref().filter(|old_student| **old_student != student) {
            let documents = self.documents_about(PersonKind::Student, old_student);
            self.set_array(documents, |arrays| &mut arrays.responsibility, &None);
        }
        if let Some(stored) = self.responsibility_rows.iter_mut().find(|stored| stored.association == association) {
            *stored = row;
        }
        self.refresh_responsibility(&student, None);
        Ok(())
    }

    /// The association's row has gone with it.
    pub(crate) fn responsibility_deleted(&mut self, sides: &Sides) {
        if let Some(student) = &sides.person {
            self.refresh_responsibility(student, None);
        }
    }
}
