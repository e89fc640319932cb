//! Assessments, their results, attendance.

use super::organizations::school_reference;
use super::people::student_reference;
use super::teaching::standard_reference;
use super::{Draws, FIXED, NAMESPACE, World, descriptors, one};
use crate::date::{YEAR_2000, date, date_time};
use crate::json::{Object, decimal};
use crate::kind::Kind;
use crate::random::Random;

/// The editions of an assessment, as written: a number in an identity keeps its digits.
const EDITIONS: &[&str] = &["1.0", "1.5", "2.00"];
/// The day of the first event.
const FIRST_DAY: u64 = YEAR_2000 + 7_200;

impl World {
    /// What distinguishes one assessment from another: a text, a number, a truth value, a name space.
    fn assessment_reference(&self, index: u64) -> Object {
        let editions = EDITIONS.len() as u64;
        let adaptive = self.random(Kind::Assessment, index, FIXED).chance(30);
        let mut reference = one("assessmentIdentifier", format!("ASM-{}", index / editions));
        reference.token("edition", EDITIONS[usize::try_from(index % editions).unwrap_or_default()]);
        reference.flag("adaptive", adaptive).text("namespace", format!("{NAMESPACE}/assessments"));
        reference
    }

    pub(super) fn assessment(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = self.assessment_reference(index);
        body.text("assessmentTitle", format!("Assessment {}", index + 1));
        body.text("subjectDescriptor", draws.descriptor(Kind::Subject));
        body.objects("gradeLevels", draws.descriptors(Kind::GradeLevel, "gradeLevelDescriptor", 1, 3));
        let wanted = self.extra(&mut draws.loose);
        body.objects("learningStandards", self.standards(wanted, &mut draws.loose));
        body
    }

    pub(super) fn student_assessment(&self, index: u64, draws: &mut Draws) -> Object {
        let student = self.popular(Kind::Student, &mut draws.fixed);
        let assessment = self.popular(Kind::Assessment, &mut draws.fixed);
        let forward = self.plan.forward_target(Kind::StudentAssessment, index).map(|(_, assessment)| assessment);
        let mut body = one("studentAssessmentIdentifier", format!("SA{index:07}"));
        body.object("assessmentReference", self.assessment_reference(forward.unwrap_or(assessment)));
        body.object("studentReference", student_reference(student));
        body.text("takenAt", date_time(FIRST_DAY + draws.loose.below(1_500), 30_000 + draws.loose.below(20_000)));
        body.object("schoolYearReference", self.year_reference(draws.loose.below(10)));
        body.text("takenAtGradeLevelDescriptor", draws.descriptor(Kind::GradeLevel));
        let wanted = self.extra(&mut draws.loose).div_ceil(2);
        let standards: Vec<u64> = self.some(Kind::LearningStandard, wanted, &mut draws.loose).collect();
        body.objects("results", standards.into_iter().map(|standard| Self::result(standard, draws)));
        body
    }

    /// A result: a standard and, in a list of its own, the level that was reached.
    fn result(standard: u64, draws: &mut Draws) -> Object {
        let mut result = Object::new();
        result.object("learningStandardReference", standard_reference(standard));
        result.token("score", decimal(draws.loose.between(0, 1_000), 1));
        let mut level = one("performanceLevelDescriptor", draws.descriptor(Kind::PerformanceLevel));
        level.flag("met", draws.loose.chance(70));
        result.objects("levels", [level]);
        result
    }

    pub(super) fn attendance(&self, index: u64, draws: &mut Draws) -> Object {
        let random: &mut Random = &mut draws.fixed;
        let student = self.popular(Kind::Student, random);
        let forward = self.plan.forward_target(Kind::Attendance, index).map(|(_, student)| student);
        let kind = random.below(descriptors::words(Kind::AttendanceKind).len() as u64);
        let mut body = one("eventDate", date(FIRST_DAY + random.below(1_500)));
        body.number("eventNumber", index + 1);
        body.text("attendanceKindDescriptor", descriptors::uri(Kind::AttendanceKind, kind));
        body.object("schoolReference", school_reference(self.school_of_student(student)));
        body.object("studentReference", student_reference(forward.unwrap_or(student)));
        body.object("schoolYearReference", self.year_reference(draws.loose.below(10)));
        if draws.loose.chance(30) {
            body.text("reason", draws.loose.pick(&["Bus was late", "Doctor", "Family trip", "Snow"]));
        }
        body
    }
}
