//! Who belongs to what: employment, assignment, contacts, enrollment, responsibility, sections.
//! The first five are those that a store's triggers know by name.

use super::organizations::{organization_id, organization_reference, school_reference};
use super::people::{contact_reference, staff_id, staff_reference, student_id, student_reference};
use super::{Draws, FIXED, World, descriptors, one};
use crate::date::{YEAR_2000, date};
use crate::json::Object;
use crate::kind::Kind;
use crate::random::Random;

/// Days between two associations of one person, so that their dates differ.
const APART: u64 = 400;
/// The day on which the first associations may begin.
const FIRST_DAY: u64 = YEAR_2000 + 4_000;
/// Of a hundred updates of an enrollment, those that move the student to another school.
const MOVES: u64 = 25;

/// What distinguishes one employment from another.
struct Employment {
    staff: u64,
    organization: u64,
    hired: String,
}

impl World {
    fn employment_parts(&self, index: u64, fixed: &mut Random) -> Employment {
        let staffs = self.count(Kind::Staff).max(1);
        let hired = date(FIRST_DAY + index / staffs * APART + fixed.below(APART));
        Employment { staff: index % staffs, organization: self.organization(fixed), hired }
    }

    pub(super) fn employment(&self, index: u64, draws: &mut Draws) -> Object {
        let employment = self.employment_parts(index, &mut draws.fixed);
        let mut body = one("hireDate", employment.hired);
        body.object("educationOrganizationReference", organization_reference(employment.organization));
        body.object("staffReference", staff_reference(employment.staff));
        body.decimal("fullTimeEquivalency", 25 * draws.loose.between(1, 4), 2);
        if draws.loose.chance(10) {
            body.text("endDate", date(FIRST_DAY + 5_000 + draws.loose.below(1_000)));
        }
        body
    }

    /// One person's assignments mostly go with their employment; those elsewhere go without.
    pub(super) fn assignment(&self, index: u64, draws: &mut Draws) -> Object {
        let staffs = self.count(Kind::Staff).max(1);
        let staff = index % staffs;
        let mut body = one("beginDate", date(FIRST_DAY + index / staffs * APART + draws.fixed.below(APART)));
        let elsewhere = self.organization(&mut draws.fixed);
        let role = draws.fixed.below(descriptors::words(Kind::StaffRole).len() as u64);
        let employed = (staff < self.count(Kind::Employment) && draws.fixed.chance(60))
            .then(|| self.employment_parts(staff, &mut self.random(Kind::Employment, staff, FIXED)));
        let organization = employed.as_ref().map_or(elsewhere, |employment| employment.organization);
        body.object("educationOrganizationReference", organization_reference(organization));
        body.object("staffReference", staff_reference(staff));
        body.text("staffRoleDescriptor", descriptors::uri(Kind::StaffRole, role));
        if let Some(employment) = employed {
            let mut reference = organization_reference(employment.organization);
            reference.text("hireDate", employment.hired).text("staffUniqueId", staff_id(employment.staff));
            body.object("employmentReference", reference);
        }
        body.text("positionTitle", format!("{} position", draws.loose.pick(&["First", "Second", "Shared"])));
        body
    }

    /// Contacts are dealt out to students in turn, so that no pair occurs twice.
    pub(super) fn student_contact(&self, index: u64, draws: &mut Draws) -> Object {
        let students = self.count(Kind::Student).max(1);
        let (student, turn) = (index % students, index / students);
        let contact = (student + turn) % self.count(Kind::Contact).max(1);
        let mut body = Object::new();
        body.object("contactReference", contact_reference(contact));
        body.object("studentReference", student_reference(student));
        body.text("relationshipDescriptor", draws.descriptor(Kind::Relationship));
        body.flag("emergencyContact", draws.loose.chance(60)).flag("livesWith", draws.loose.chance(70));
        body.number("contactPriority", turn + 1);
        body
    }

    /// The school at which a student is met: that of their first enrollment, as it began.
    pub(super) fn school_of_student(&self, student: u64) -> u64 {
        self.popular(Kind::School, &mut self.random(Kind::Enrollment, student, FIXED))
    }

    /// Every student is enrolled once before the popular ones are again. The code is the identity, so that an
    /// update can move the student to another school.
    pub(super) fn enrollment(&self, index: u64, version: u64, draws: &mut Draws) -> Object {
        let first_school = self.popular(Kind::School, &mut draws.fixed);
        let again = self.popular(Kind::Student, &mut draws.fixed);
        let forward = self.plan.forward_target(Kind::Enrollment, index).map(|(_, student)| student);
        let student = forward.unwrap_or(if index < self.count(Kind::Student) { index } else { again });
        let moves = version > 0 && draws.loose.chance(MOVES);
        let school = if moves { self.popular(Kind::School, &mut draws.loose) } else { first_school };
        let mut body = one("enrollmentCode", format!("E{index:07}"));
        body.object("studentReference", student_reference(student));
        body.object("schoolReference", school_reference(school));
        body.object("schoolYearReference", self.year_reference(draws.loose.below(10)));
        body.text("entryDate", date(FIRST_DAY + draws.fixed.below(3_000)));
        body.text("gradeLevelDescriptor", draws.descriptor(Kind::GradeLevel));
        body.decimal("fullTimeEquivalency", 50 * draws.loose.between(1, 2), 2);
        if draws.loose.chance(20) {
            // Now and then the school itself: two references to one document.
            body.object("nextSchoolReference", school_reference(self.popular(Kind::School, &mut draws.loose)));
        }
        body
    }

    pub(super) fn responsibility(&self, index: u64, draws: &mut Draws) -> Object {
        let students = self.count(Kind::Student).max(1);
        let kind = draws.fixed.below(descriptors::words(Kind::ResponsibilityKind).len() as u64);
        let organization = self.organization(&mut draws.fixed);
        let forward = self.plan.forward_target(Kind::Responsibility, index);
        let organization = forward.map_or(organization, |(kind, school)| organization_id(kind, school));
        let mut body = one("beginDate", date(FIRST_DAY + index / students * APART + draws.fixed.below(APART)));
        body.object("educationOrganizationReference", organization_reference(organization));
        body.text("responsibilityDescriptor", descriptors::uri(Kind::ResponsibilityKind, kind));
        body.object("studentReference", student_reference(index % students));
        if draws.loose.chance(30) {
            body.text("endDate", date(FIRST_DAY + 5_000 + draws.loose.below(1_000)));
        }
        body
    }

    pub(super) fn staff_section(&self, index: u64, draws: &mut Draws) -> Object {
        let sections = self.count(Kind::Section).max(1);
        let (section, turn) = (index % sections, index / sections);
        let staffs = self.count(Kind::Staff).max(1);
        let first = self.random(Kind::StaffSection, section, FIXED).below(staffs);
        let mut body = Object::new();
        body.object("sectionReference", self.section_reference(section));
        body.object("staffReference", staff_reference((first + turn) % staffs));
        body.text("staffRoleDescriptor", draws.descriptor(Kind::StaffRole));
        body.text("beginDate", date(FIRST_DAY + draws.loose.below(3_000)));
        body
    }

    /// The section and the student of a registration.
    fn student_section_parts(&self, fixed: &mut Random) -> (u64, u64) {
        (self.popular(Kind::Section, fixed), self.popular(Kind::Student, fixed))
    }

    pub(super) fn student_section(&self, index: u64, draws: &mut Draws) -> Object {
        let (section, student) = self.student_section_parts(&mut draws.fixed);
        let mut body = Object::new();
        body.number("registrationNumber", index + 1);
        body.object("sectionReference", self.section_reference(section));
        body.object("studentReference", student_reference(student));
        body.text("beginDate", date(FIRST_DAY + draws.loose.below(3_000)));
        body.objects("supports", draws.descriptors(Kind::Support, "supportDescriptor", 0, 2));
        body
    }

    pub(super) fn student_section_reference(&self, index: u64) -> Object {
        let (section, student) = self.student_section_parts(&mut self.random(Kind::StudentSection, index, FIXED));
        let mut reference = Object::new();
        reference.number("registrationNumber", index + 1);
        for (name, value) in self.section_reference(section).into_members() {
            reference.set(name, value);
        }
        reference.text("studentUniqueId", student_id(student));
        reference
    }
}
