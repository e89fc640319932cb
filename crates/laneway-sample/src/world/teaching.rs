//! What is taught: standards, courses, offerings, sections, gradebook entries, grades. Their identities are a
//! chain, each holding the one before it.

use super::organizations::{organization_id, organization_reference, school_reference};
use super::{Draws, FIXED, NAMESPACE, World, descriptors, one, referring};
use crate::date::{YEAR_2000, date};
use crate::json::{Object, decimal};
use crate::kind::Kind;
use crate::random::Random;

/// The standards that stand below one standard.
const STANDARD_CHILDREN: u64 = 8;

/// Where a standard is covered: names of members, not positions of an array.
const COVERAGE: &[&str] = &["classroom", "homework", "field trips"];

pub(super) fn standard_reference(index: u64) -> Object {
    one("learningStandardId", format!("LS.{index}"))
}

fn gradebook_entry_id(index: u64) -> String {
    format!("G{index:07}")
}

impl World {
    /// Items of a list of standards, each once.
    pub(super) fn standards(&self, wanted: u64, random: &mut Random) -> Vec<Object> {
        let standards = self.some(Kind::LearningStandard, wanted, random);
        standards.map(|standard| referring("learningStandardReference", standard_reference(standard))).collect()
    }

    pub(super) fn learning_standard(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = one("learningStandardId", format!("LS.{index}"));
        body.text("namespace", format!("{NAMESPACE}/standards"));
        let forward = self.plan.forward_target(Kind::LearningStandard, index).map(|(_, parent)| parent);
        let is_child = (STANDARD_CHILDREN..self.count(Kind::LearningStandard)).contains(&index);
        if let Some(parent) = forward.or_else(|| is_child.then_some(index / STANDARD_CHILDREN)) {
            body.object("parentLearningStandardReference", standard_reference(parent));
        }
        body.text("description", format!("Explains part {index} of the subject in their own words."));
        body.objects("subjects", draws.descriptors(Kind::Subject, "subjectDescriptor", 1, 2));
        let levels = draws.descriptors(Kind::GradeLevel, "gradeLevelDescriptor", 0, COVERAGE.len() as u64);
        let mut coverage = Object::new();
        for (name, level) in COVERAGE.iter().zip(levels) {
            coverage.object(*name, level);
        }
        body.object("coverage", coverage);
        body
    }

    /// What distinguishes one course from another: its code and its organization.
    fn course_reference(&self, index: u64) -> Object {
        let district = self.popular(Kind::District, &mut self.random(Kind::Course, index, FIXED));
        let mut reference = one("courseCode", format!("CRS-{index}"));
        reference.number("educationOrganizationId", organization_id(Kind::District, district));
        reference
    }

    pub(super) fn course(&self, index: u64, draws: &mut Draws) -> Object {
        let district = self.popular(Kind::District, &mut draws.fixed);
        let mut body = one("courseCode", format!("CRS-{index}"));
        body.object(
            "educationOrganizationReference",
            organization_reference(organization_id(Kind::District, district)),
        );
        body.text("subjectDescriptor", draws.descriptor(Kind::Subject));
        body.text("courseTitle", format!("Course {}", index + 1));
        body.decimal("credits", 5 * draws.loose.between(1, 8), 1);
        body.objects("gradeLevels", draws.descriptors(Kind::GradeLevel, "gradeLevelDescriptor", 1, 3));
        let wanted = self.extra(&mut draws.loose);
        body.objects("learningStandards", self.standards(wanted, &mut draws.loose));
        body
    }

    /// The session of an offering.
    fn offering_session(&self, fixed: &mut Random) -> u64 {
        self.popular(Kind::Session, fixed)
    }

    fn offering_code(index: u64) -> String {
        format!("LC-{index}")
    }

    pub(super) fn course_offering(&self, index: u64, draws: &mut Draws) -> Object {
        let session = self.offering_session(&mut draws.fixed);
        let course = self.popular(Kind::Course, &mut draws.loose);
        let mut body = one("localCourseCode", Self::offering_code(index));
        body.object("courseReference", self.course_reference(course));
        body.object("schoolReference", school_reference(self.session_school(session)));
        body.object("sessionReference", self.session_reference(session));
        body.text("localCourseTitle", format!("Local course {}", index + 1));
        body
    }

    /// The school of an offering and its reference, whose one school stands for two parts of the identity.
    fn offering(&self, index: u64) -> (u64, Object) {
        let session = self.offering_session(&mut self.random(Kind::CourseOffering, index, FIXED));
        let mut reference = one("localCourseCode", Self::offering_code(index));
        for (name, value) in self.session_reference(session).into_members() {
            reference.set(name, value);
        }
        (self.session_school(session), reference)
    }

    fn section_identifier(index: u64) -> String {
        format!("SEC-{index}")
    }

    pub(super) fn section_reference(&self, index: u64) -> Object {
        let offering = self.popular(Kind::CourseOffering, &mut self.random(Kind::Section, index, FIXED));
        let (_, mut reference) = self.offering(offering);
        reference.text("sectionIdentifier", Self::section_identifier(index));
        reference
    }

    pub(super) fn section(&self, index: u64, draws: &mut Draws) -> Object {
        let (school, offering) = self.offering(self.popular(Kind::CourseOffering, &mut draws.fixed));
        let mut body = one("sectionIdentifier", Self::section_identifier(index));
        body.object("courseOfferingReference", offering);
        let wanted = draws.loose.between(0, 3);
        let periods = self.all_of_school(Kind::ClassPeriod, school, wanted, &mut draws.loose);
        body.objects("classPeriods", periods.map(|period| self.class_period_item(period)));
        if draws.loose.chance(80)
            && let Some(room) = self.of_school(Kind::Room, school, &mut draws.loose)
        {
            body.object("roomReference", self.room_reference(room));
        }
        if draws.loose.chance(30) {
            body.text("languageDescriptor", draws.descriptor(Kind::Language));
        }
        body.number("seats", draws.loose.between(10, 32));
        body
    }

    fn gradebook_entry_reference(index: u64) -> Object {
        let mut reference = one("gradebookEntryIdentifier", gradebook_entry_id(index));
        reference.text("namespace", format!("{NAMESPACE}/gradebook"));
        reference
    }

    pub(super) fn gradebook_entry(&self, index: u64, draws: &mut Draws) -> Object {
        let section = self.popular(Kind::Section, &mut draws.fixed);
        let mut body = Self::gradebook_entry_reference(index);
        body.object("sectionReference", self.section_reference(section));
        body.text("title", format!("Homework {}", draws.loose.between(1, 60)));
        body.text("dateAssigned", date(YEAR_2000 + 7_300 + draws.loose.below(1_500)));
        body.number("pointsPossible", 5 * draws.loose.between(1, 20));
        let wanted = self.extra(&mut draws.loose);
        body.objects("learningStandards", self.standards(wanted, &mut draws.loose));
        body
    }

    /// A mark for each of some standards, two references each, and entries in lists within a list.
    pub(super) fn grade(&self, index: u64, draws: &mut Draws) -> Object {
        let registration = self.any(Kind::StudentSection, &mut draws.fixed);
        let kind = draws.fixed.below(descriptors::words(Kind::MarkKind).len() as u64);
        let mut body = Object::new();
        body.number("gradeNumber", index + 1).text("markKindDescriptor", descriptors::uri(Kind::MarkKind, kind));
        body.object("studentSectionAssociationReference", self.student_section_reference(registration));
        body.token("mark", decimal(draws.loose.between(400, 1_000), 1));
        let wanted = self.extra(&mut draws.loose).div_ceil(2);
        let mut marks = self.standards(wanted, &mut draws.loose);
        for mark in &mut marks {
            mark.text("performanceLevelDescriptor", draws.descriptor(Kind::PerformanceLevel));
        }
        body.objects("learningStandardMarks", marks);
        let units = (0..draws.loose.below(3)).map(|unit| self.unit(unit, &mut draws.loose)).collect::<Vec<_>>();
        body.objects("units", units);
        body
    }

    fn unit(&self, number: u64, random: &mut Random) -> Object {
        let mut unit = one("unitTitle", format!("Unit {}", number + 1));
        let wanted = random.between(0, 2);
        let entries = self.some(Kind::GradebookEntry, wanted, random);
        let entries = entries.map(|entry| referring("gradebookEntryReference", Self::gradebook_entry_reference(entry)));
        unit.objects("entries", entries);
        unit
    }
}
