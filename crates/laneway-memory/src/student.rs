//! Students and their schools: the triggers of `StudentSchoolAssociation`.

use std::collections::BTreeSet;

use laneway_model::PersonKind;

use crate::refusal::Refusal;
use crate::tables::{ContactRow, DocumentId, Ids, Model, StudentRow};
use crate::triggers::Sides;

impl Model {
    /// Writes a student's union into the documents about the student, and into one more.
    fn refresh_student(&mut self, student: &str, further: Option<DocumentId>) {
        let union = self.school_union(student);
        let documents = self.documents_about(PersonKind::Student, student);
        self.set_array(documents.into_iter().chain(further), |arrays| &mut arrays.school, &union);
    }

    pub(crate) fn student_school_inserted(&mut self, sides: &Sides, association: DocumentId) -> Result<(), Refusal> {
        let organization = sides.organization()?;
        let student = sides.person()?;
        let not_null = || Refusal::sql("23502");
        let organization = organization.ok_or_else(not_null)?;
        let ids = self.ancestors(organization).ok_or_else(not_null)?;
        self.school_rows.push(StudentRow { student: student.clone(), organization, ids: ids.clone(), association });
        self.refresh_student(&student, Some(association));
        let relations: Vec<_> = self.relations.iter().filter(|relation| relation.student == student).cloned().collect();
        for relation in &relations {
            self.contact_rows.push(ContactRow {
                contact: relation.contact.clone(),
                student: student.clone(),
                ids: ids.clone(),
                contact_association: relation.association,
                school_association: association,
            });
        }
        self.refresh_contacts(relations.into_iter().map(|relation| relation.contact).collect());
        Ok(())
    }

    pub(crate) fn student_school_updated(
        &mut self,
        old: &Sides,
        new: &Sides,
        association: DocumentId,
    ) -> Result<(), Refusal> {
        let (old_school, new_school) = (old.organization()?, new.organization()?);
        if old.person == new.person && old_school == new_school {
            return Ok(());
        }
        let student = new.person()?;
        let not_null = || Refusal::sql("23502");
        let organization = new_school.ok_or_else(not_null)?;
        let ids = self.ancestors(organization).ok_or_else(not_null)?;
        let old_student = old.person.clone().filter(|old_student| *old_student != student);
        if let Some(old_student) = &old_student {
            // Whatever other associations the old student has.
            let documents = self.documents_about(PersonKind::Student, old_student);
            self.set_array(documents, |arrays| &mut arrays.school, &None);
        }
        if let Some(row) = self.school_rows.iter_mut().find(|row| row.association == association) {
            *row = StudentRow { student: student.clone(), organization, ids: ids.clone(), association };
        }
        self.refresh_student(&student, None);
        match old_student {
            None => self.contacts_of_moved_school(&student, association, &ids),
            Some(old_student) => self.contacts_of_moved_student(&old_student, &student, association, &ids),
        }
        Ok(())
    }

    /// The association is of another school.
    fn contacts_of_moved_school(&mut self, student: &str, association: DocumentId, ids: &Ids) {
        let mut contacts = BTreeSet::new();
        let of = |row: &&mut ContactRow| row.school_association == association && row.student == student;
        for row in self.contact_rows.iter_mut().filter(of) {
            row.ids.clone_from(ids);
            contacts.insert(row.contact.clone());
        }
        self.refresh_contacts(contacts);
    }

    /// The association is of another student.
    fn contacts_of_moved_student(&mut self, old: &str, new: &str, association: DocumentId, ids: &Ids) {
        let of = |row: &&mut ContactRow| row.school_association == association && row.student == old;
        self.contact_rows.iter_mut().filter(of).for_each(|row| row.ids.clear());
        let relations = self.relations.iter().filter(|relation| relation.student == old);
        self.refresh_contacts(relations.map(|relation| relation.contact.clone()).collect());
        // Only contacts that have a row for the new student already, and each of them once for every relation of the new
        // student, the other contacts' too.
        let rows = self.contact_rows.iter().filter(|row| row.student == new);
        let contacts: BTreeSet<String> = rows.map(|row| row.contact.clone()).collect();
        let relations: Vec<DocumentId> =
            self.relations.iter().filter(|relation| relation.student == new).map(|of| of.association).collect();
        for contact in &contacts {
            self.contact_rows.extend(relations.iter().map(|relation| ContactRow {
                contact: contact.clone(),
                student: new.to_owned(),
                ids: ids.clone(),
                contact_association: *relation,
                school_association: association,
            }));
        }
        self.refresh_contacts(contacts);
    }

    /// The association's rows have gone with it.
    pub(crate) fn student_school_deleted(&mut self, sides: &Sides) {
        if let Some(student) = &sides.person {
            self.refresh_student(student, None);
        }
    }
}
