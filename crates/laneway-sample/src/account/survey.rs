//! The first walk: who belongs to what once everything is stored, and when it came to be.

use std::collections::{BTreeSet, HashMap};

use laneway_model::ReferentialId;

use crate::documents::Draft;
use crate::json::Object;
use crate::kind::Kind;
use crate::schema::Vocabulary;

/// A student's enrollment, or a responsibility for one: the association's document and the organization.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie {
    pub(super) association: ReferentialId,
    pub(super) organization: i64,
}

/// What students, contacts and staff are tied to, how organizations stand, which identities are one document.
#[derive(Default, Debug)]
pub(super) struct Survey {
    /// The other identity of a document that has two.
    partners: HashMap<ReferentialId, ReferentialId>,
    parents: HashMap<i64, Option<i64>>,
    children: HashMap<i64, Vec<i64>>,
    enrollments: HashMap<String, Vec<Tie>>,
    responsibilities: HashMap<String, Vec<Tie>>,
    /// A contact's students.
    students: HashMap<String, Vec<String>>,
    /// When associations of a staff member were inserted, and with which organization, oldest first.
    staff: HashMap<String, Vec<(u64, i64)>>,
}

/// The id of an organization that a reference of the document names.
pub(super) fn organization_part(body: &Object, reference: &str, name: &str) -> i64 {
    body.part(reference, name).parse().unwrap_or_default()
}

impl Survey {
    pub(super) fn of(drafts: impl Iterator<Item = Draft>) -> Self {
        let mut survey = Self::default();
        for (position, draft) in drafts.enumerate() {
            if draft.fault.is_none() {
                survey.add(position as u64, &draft);
            }
        }
        survey
    }

    fn add(&mut self, position: u64, draft: &Draft) {
        let resource = Vocabulary::shared().resource(draft.project, draft.endpoint);
        if resource.has_superclass() && draft.version == 0 {
            let found = resource.read(&draft.body);
            if let (Some(id), Some(superclass_id)) = (found.id, found.superclass_id) {
                self.partners.insert(id, superclass_id);
                self.partners.insert(superclass_id, id);
            }
            if let Some((organization, parent)) = found.organization {
                self.parents.insert(organization, parent);
                if let Some(parent) = parent {
                    self.children.entry(parent).or_default().push(organization);
                }
            }
        }
        let body = &draft.body;
        let student = || body.part("studentReference", "studentUniqueId").to_owned();
        match draft.kind {
            Kind::Enrollment if draft.is_last => {
                let tie = self.tie(draft, organization_part(body, "schoolReference", "schoolId"));
                self.enrollments.entry(student()).or_default().push(tie);
            }
            Kind::Responsibility if draft.is_last => {
                let tie = self.tie(draft, Self::educating(body));
                self.responsibilities.entry(student()).or_default().push(tie);
            }
            Kind::StudentContact if draft.is_last => {
                let contact = body.part("contactReference", "contactUniqueId").to_owned();
                self.students.entry(contact).or_default().push(student());
            }
            Kind::Employment | Kind::Assignment if draft.version == 0 => {
                let staff = body.part("staffReference", "staffUniqueId").to_owned();
                self.staff.entry(staff).or_default().push((position, Self::educating(body)));
            }
            _ => {}
        }
    }

    /// The organization of an association that names it by the superclass's identity.
    pub(super) fn educating(body: &Object) -> i64 {
        organization_part(body, "educationOrganizationReference", "educationOrganizationId")
    }

    fn tie(&self, draft: &Draft, organization: i64) -> Tie {
        let resource = Vocabulary::shared().resource(draft.project, draft.endpoint);
        Tie { association: resource.id(&draft.body), organization }
    }

    /// What the store calls a document: its aliases, the smaller first.
    pub(super) fn name(&self, id: ReferentialId) -> String {
        match self.partners.get(&id) {
            None => id.to_string(),
            Some(partner) => format!("{}+{}", id.min(*partner), id.max(*partner)),
        }
    }

    /// The organization and all above it, itself first.
    fn line(&self, organization: i64) -> impl Iterator<Item = i64> {
        std::iter::successors(Some(organization), |organization| self.parents.get(organization).copied().flatten())
    }

    /// The organization and all above it, as the store keeps them.
    pub(super) fn ancestors(&self, organization: i64) -> String {
        elements(self.line(organization))
    }

    /// The organization and all below it.
    pub(super) fn descendants(&self, organization: i64) -> String {
        let mut all = vec![organization];
        let mut next = 0;
        while let Some(organization) = all.get(next) {
            all.extend(self.children.get(organization).into_iter().flatten());
            next += 1;
        }
        elements(all.into_iter())
    }

    pub(super) fn parent(&self, organization: i64) -> Option<i64> {
        self.parents.get(&organization).copied().flatten()
    }

    pub(super) fn enrollments(&self, student: &str) -> &[Tie] {
        self.enrollments.get(student).map_or(&[], Vec::as_slice)
    }

    /// The array of a student's documents: all organizations of all enrollments; `null` without any.
    pub(super) fn student_array(&self, student: Option<&str>) -> String {
        let ties = student.into_iter().flat_map(|student| self.enrollments(student));
        self.union(ties.map(|tie| tie.organization))
    }

    pub(super) fn responsibility_array(&self, student: Option<&str>) -> String {
        let ties = student.and_then(|student| self.responsibilities.get(student)).into_iter().flatten();
        self.union(ties.map(|tie| tie.organization))
    }

    pub(super) fn contact_array(&self, contact: Option<&str>) -> String {
        let students = contact.and_then(|contact| self.students.get(contact)).into_iter().flatten();
        self.union(students.flat_map(|student| self.enrollments(student)).map(|tie| tie.organization))
    }

    /// The array of a staff member's document that was last written at `position`: that of the last association
    /// inserted since (an association's own insert counts, `is_insert`), else the union over those there were.
    pub(super) fn staff_array(&self, staff: Option<&str>, position: u64, is_insert: bool) -> String {
        let events = staff.and_then(|staff| self.staff.get(staff)).map_or(&[][..], Vec::as_slice);
        match events.last() {
            Some((last, organization)) if *last > position || (*last == position && is_insert) => {
                self.ancestors(*organization)
            }
            _ => self.union(events.iter().map(|(_, organization)| *organization)),
        }
    }

    fn union(&self, organizations: impl Iterator<Item = i64>) -> String {
        let all: BTreeSet<i64> = organizations.flat_map(|organization| self.line(organization)).collect();
        if all.is_empty() { "null".to_owned() } else { elements(all.into_iter()) }
    }
}

/// Ids as `canonical-store.sql` prints an array: as texts, sorted bytewise.
fn elements(organizations: impl Iterator<Item = i64>) -> String {
    let mut texts: Vec<String> = organizations.map(|organization| organization.to_string()).collect();
    texts.sort_unstable();
    format!("[{}]", texts.join(","))
}
