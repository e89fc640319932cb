//! The second walk: every row that the store must have, as a line.

use std::io;

use laneway_model::ReferentialId;

use super::sorter::Pile;
use super::survey::{Survey, organization_part};
use crate::documents::Draft;
use crate::kind::Kind;
use crate::schema::reading::Extracted;
use crate::schema::{Resource, Vocabulary};

/// Writes the rows that a document leaves.
pub(super) struct Rows<'a> {
    survey: &'a Survey,
    take: &'a mut dyn FnMut(Pile, String) -> io::Result<()>,
    position: u64,
}

impl<'a> Rows<'a> {
    /// Every row goes to `take`.
    pub(super) fn new(survey: &'a Survey, take: &'a mut dyn FnMut(Pile, String) -> io::Result<()>) -> Self {
        Self { survey, take, position: 0 }
    }

    /// Adds the rows of the next document: those of its last version, for that is what is there in the end.
    pub(super) fn add(&mut self, draft: &Draft) -> io::Result<()> {
        let position = self.position;
        self.position += 1;
        if draft.fault.is_some() || !draft.is_last {
            return Ok(());
        }
        let resource = Vocabulary::shared().resource(draft.project, draft.endpoint);
        let found = resource.read(&draft.body);
        let Some(id) = found.id else { return Ok(()) };
        let name = self.survey.name(id);
        self.document(draft, resource, &found, &name)?;
        self.arrays(draft, &found, &name, position)?;
        self.aliases(&found, &name)?;
        self.references(&found, &name)?;
        self.securables(&found, &name)?;
        self.organization(resource, &found, &name)?;
        self.association(draft, &name)
    }

    fn line(&mut self, pile: Pile, parts: &[&str]) -> io::Result<()> {
        (self.take)(pile, parts.join("\t"))
    }

    fn document(&mut self, draft: &Draft, resource: &Resource, found: &Extracted, name: &str) -> io::Result<()> {
        let is_descriptor = if resource.is_descriptor { "t" } else { "f" };
        let mut body = String::new();
        draft.body.write_jsonb(&mut body);
        let (project, kind) = (&*resource.name.project, &*resource.name.resource);
        self.line(Pile::Document, &[name, project, kind, &resource.version, is_descriptor, &body, &found.security])
    }

    fn arrays(&mut self, draft: &Draft, found: &Extracted, name: &str, position: u64) -> io::Result<()> {
        let survey = self.survey;
        let student = survey.student_array(found.student.as_deref());
        let responsibility = survey.responsibility_array(found.student.as_deref());
        let contact = survey.contact_array(found.contact.as_deref());
        self.line(Pile::DocumentAuthorizationArrays, &[name, &student, &responsibility, &contact])?;
        let is_insert = matches!(draft.kind, Kind::Employment | Kind::Assignment) && draft.version == 0;
        let staff = survey.staff_array(found.staff.as_deref(), position, is_insert);
        self.line(Pile::DocumentStaffArrays, &[name, &staff])
    }

    fn aliases(&mut self, found: &Extracted, name: &str) -> io::Result<()> {
        for id in found.id.iter().chain(&found.superclass_id) {
            self.line(Pile::Alias, &[&id.to_string(), &partition(*id), name])?;
        }
        Ok(())
    }

    fn references(&mut self, found: &Extracted, name: &str) -> io::Result<()> {
        for id in &found.references {
            let target = self.survey.name(*id);
            self.line(Pile::Reference, &[name, &id.to_string(), &partition(*id), &target])?;
        }
        Ok(())
    }

    fn securables(&mut self, found: &Extracted, name: &str) -> io::Result<()> {
        for (pile, person) in [
            (Pile::StudentSecurableDocument, &found.student),
            (Pile::ContactSecurableDocument, &found.contact),
            (Pile::StaffSecurableDocument, &found.staff),
        ] {
            if let Some(person) = person {
                self.line(pile, &[person, name])?;
            }
        }
        Ok(())
    }

    fn organization(&mut self, resource: &Resource, found: &Extracted, name: &str) -> io::Result<()> {
        let Some((id, _)) = found.organization else { return Ok(()) };
        let parent = self.survey.parent(id).map_or("null".to_owned(), |parent| parent.to_string());
        let below = self.survey.descendants(id);
        let id = id.to_string();
        let (project, kind) = (&*resource.name.project, &*resource.name.resource);
        self.line(Pile::EducationOrganizationHierarchy, &[project, kind, &id, &parent, name])?;
        self.line(Pile::HierarchyTermsLookup, &[&id, &below])
    }

    /// What a store's triggers make of an association.
    fn association(&mut self, draft: &Draft, name: &str) -> io::Result<()> {
        let body = &draft.body;
        let student = body.part("studentReference", "studentUniqueId");
        let authorization = |person: &str, organization: i64, survey: &Survey| {
            [person.to_owned(), organization.to_string(), survey.ancestors(organization), name.to_owned()].join("\t")
        };
        match draft.kind {
            Kind::Enrollment => {
                let school = organization_part(body, "schoolReference", "schoolId");
                let line = authorization(student, school, self.survey);
                (self.take)(Pile::StudentSchoolAssociationAuthorization, line)
            }
            Kind::Responsibility => {
                let line = authorization(student, Survey::educating(body), self.survey);
                (self.take)(Pile::StudentResponsibilityAuthorization, line)
            }
            Kind::Employment | Kind::Assignment => {
                let staff = body.part("staffReference", "staffUniqueId");
                let line = authorization(staff, Survey::educating(body), self.survey);
                (self.take)(Pile::StaffAuthorization, line)
            }
            Kind::StudentContact => {
                let contact = body.part("contactReference", "contactUniqueId");
                self.line(Pile::StudentContactRelation, &[student, contact, name])?;
                let survey = self.survey;
                for tie in survey.enrollments(student) {
                    let (ancestors, school) = (survey.ancestors(tie.organization), survey.name(tie.association));
                    self.line(Pile::ContactAuthorization, &[contact, student, &ancestors, name, &school])?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn partition(id: ReferentialId) -> String {
    id.partition().get().to_string()
}
