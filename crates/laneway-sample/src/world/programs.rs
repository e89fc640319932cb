//! Programs, who takes part in them, reviews, conferences, clubs.

use super::organizations::{organization_id, organization_reference, school_reference};
use super::people::{contact_reference, staff_reference, student_id, student_reference};
use super::{Draws, FIXED, World, descriptors, one, referring};
use crate::date::{YEAR_2000, date, date_time};
use crate::json::Object;
use crate::kind::Kind;
use crate::random::Random;
use crate::words;

/// The day on which the first take part.
const FIRST_DAY: u64 = YEAR_2000 + 7_000;
/// Seconds from midnight to the end of a school day's first hour.
const MORNING: u64 = 9 * 3_600;

/// What distinguishes one participation from another; both subclasses share their superclass's identities.
struct Participation {
    begin: String,
    organization: u64,
    program: u64,
    student: u64,
}

impl World {
    /// What distinguishes a program from another: organization, kind, name.
    fn program_reference(&self, index: u64) -> Object {
        let organization = self.organization(&mut self.random(Kind::Program, index, FIXED));
        let mut reference = organization_reference(organization);
        let kinds = descriptors::words(Kind::ProgramKind).len() as u64;
        reference.text("programKindDescriptor", descriptors::uri(Kind::ProgramKind, index % kinds));
        reference.text("programName", format!("Program {}", index + 1));
        reference
    }

    pub(super) fn program(&self, index: u64, draws: &mut Draws) -> Object {
        let mut reference = self.program_reference(index);
        let organization = reference.take("educationOrganizationId");
        let mut body = reference;
        let mut owner = Object::new();
        owner.set("educationOrganizationId", organization);
        body.object("educationOrganizationReference", owner);
        body.text("programContact", format!("555-02{:02}", draws.loose.below(100)));
        body
    }

    /// Students are dealt out in turn; the two subclasses begin on days of their own, so that no identity is
    /// in both.
    fn participation(&self, kind: Kind, index: u64, fixed: &mut Random) -> Participation {
        let students = self.count(Kind::Student).max(1);
        let student = index % students;
        let day = FIRST_DAY + 2 * (index / students) + u64::from(kind == Kind::Transport);
        let school = self.school_of_student(student);
        let program = self.popular(Kind::Program, fixed);
        Participation { begin: date(day), organization: organization_id(Kind::School, school), program, student }
    }

    fn participant(&self, kind: Kind, index: u64, draws: &mut Draws) -> Object {
        let participation = self.participation(kind, index, &mut draws.fixed);
        let mut body = one("beginDate", participation.begin);
        body.object("educationOrganizationReference", organization_reference(participation.organization));
        body.object("programReference", self.program_reference(participation.program));
        body.object("studentReference", student_reference(participation.student));
        if draws.loose.chance(20) {
            body.text("endDate", date(FIRST_DAY + 1_000 + draws.loose.below(500)));
        }
        body
    }

    pub(super) fn tutoring(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = self.participant(Kind::Tutoring, index, draws);
        body.objects("subjects", draws.descriptors(Kind::Subject, "subjectDescriptor", 1, 3));
        if draws.loose.chance(60) {
            body.object("tutorReference", staff_reference(self.popular(Kind::Staff, &mut draws.loose)));
        }
        body
    }

    pub(super) fn transport(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = self.participant(Kind::Transport, index, draws);
        body.decimal("distanceKilometers", draws.loose.between(5, 400), 1);
        body.objects("supports", draws.descriptors(Kind::Support, "supportDescriptor", 0, 2));
        body
    }

    /// A review refers to a participation of either subclass by their superclass's identity.
    pub(super) fn program_review(&self, index: u64, draws: &mut Draws) -> Object {
        let kind = if draws.fixed.chance(50) { Kind::Tutoring } else { Kind::Transport };
        let reviewed = self.any(kind, &mut draws.fixed);
        let participation = self.participation(kind, reviewed, &mut self.random(kind, reviewed, FIXED));
        let mut program = self.program_reference(participation.program);
        let mut reference = one("beginDate", participation.begin);
        reference.number("educationOrganizationId", participation.organization);
        reference.set("programEducationOrganizationId", program.take("educationOrganizationId"));
        for (name, value) in program.into_members() {
            reference.set(name, value);
        }
        reference.text("studentUniqueId", student_id(participation.student));
        let mut body = Object::new();
        body.number("reviewNumber", index + 1).object("participationReference", reference);
        body.text("performanceLevelDescriptor", draws.descriptor(Kind::PerformanceLevel));
        body.text(
            "recordedAt",
            date_time(FIRST_DAY + 300 + draws.loose.below(900), MORNING + draws.loose.below(20_000)),
        );
        body
    }

    /// A conference names a student, mostly a contact and a staff member: three persons in one document.
    pub(super) fn conference(&self, index: u64, draws: &mut Draws) -> Object {
        let student = self.popular(Kind::Student, &mut draws.fixed);
        let mut body = Object::new();
        body.number("conferenceNumber", index + 1);
        body.object("schoolReference", school_reference(self.school_of_student(student)));
        body.object("studentReference", student_reference(student));
        // Persons of a document stay: an update writes no securable row that is not there.
        if draws.fixed.chance(80) {
            body.object("contactReference", contact_reference(self.any(Kind::Contact, &mut draws.fixed)));
        }
        if draws.fixed.chance(80) {
            body.object("staffReference", staff_reference(self.popular(Kind::Staff, &mut draws.fixed)));
        }
        body.text("heldAt", date_time(FIRST_DAY + draws.loose.below(1_200), MORNING + draws.loose.below(20_000)));
        body.text("languageDescriptor", draws.descriptor(Kind::Language));
        body
    }

    pub(super) fn club(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = one("clubName", format!("{} Club {}", draws.fixed.pick(words::CLUBS), index + 1));
        let school = self.popular(Kind::School, &mut draws.fixed);
        // The first member is the one whose relationships secure the document: it stays, like all of them.
        let wanted = draws.fixed.between(2, 8);
        let members = self.some(Kind::Student, wanted, &mut draws.fixed);
        body.object("schoolReference", school_reference(school));
        if draws.loose.chance(80) {
            body.object("patronReference", staff_reference(self.popular(Kind::Staff, &mut draws.loose)));
        }
        let members = members.map(|student| referring("studentReference", student_reference(student)));
        let members: Vec<Object> = members
            .map(|mut member| {
                member.text("joinedDate", date(FIRST_DAY + draws.loose.below(1_000)));
                member
            })
            .collect();
        body.objects("members", members);
        body
    }
}
