//! What every document of a data set looks like, by kind, index and version: a function of the settings, so
//! that references need no memory. Knows nothing of the order in which documents are handed out.
//!
//! A document's *fixed* draws (identity, persons, parents) are the same in all its versions; its *loose*
//! ones change with each update.

mod addresses;
mod associations;
mod calibration;
mod descriptors;
mod faulty;
mod measures;
mod organizations;
mod people;
mod programs;
mod size;
mod teaching;

use crate::json::Object;
use crate::kind::Kind;
use crate::plan::Plan;
use crate::random::Random;
use crate::settings::Settings;
use crate::words;
use descriptors::NAMESPACE;

/// Which stream of random numbers of a document.
const FIXED: u64 = 0;
const TEXTS: u64 = 1 << 32;
const LOOSE: u64 = 2 << 32;

/// A data set's documents.
#[derive(Clone, Debug)]
pub(crate) struct World {
    seed: u64,
    skew: u32,
    pub(crate) plan: Plan,
    /// The mean number of references that elastic documents carry beyond the least, in thousandths.
    extra_milli: u64,
    /// The size around which bodies are drawn, in bytes.
    body_bytes: u64,
}

/// A document's random numbers.
pub(crate) struct Draws {
    fixed: Random,
    loose: Random,
}

impl World {
    /// The world that `settings` describe.
    pub(crate) fn new(settings: &Settings) -> Self {
        let plan = Plan::new(settings);
        let mut world = Self { seed: settings.seed, skew: settings.skew, plan, extra_milli: 0, body_bytes: 0 };
        world.calibrate(settings);
        world
    }

    /// The body of document `index` of `kind` after `version` updates.
    pub(crate) fn body(&self, kind: Kind, index: u64, version: u64) -> Object {
        let mut body = self.bare(kind, index, version);
        self.lengthen(&mut body, kind, index, version);
        body
    }

    /// The body without remarks.
    fn bare(&self, kind: Kind, index: u64, version: u64) -> Object {
        let draws =
            &mut Draws { fixed: self.random(kind, index, FIXED), loose: self.random(kind, index, LOOSE + version) };
        match kind {
            Kind::SchoolYear => self.school_year(index),
            Kind::StateAgency => self.state_agency(index, draws),
            Kind::ServiceCenter => self.service_center(index, draws),
            Kind::District => self.district(index, draws),
            Kind::School => self.school(index, draws),
            Kind::Room => self.room(index, draws),
            Kind::Session => self.session(index, draws),
            Kind::ClassPeriod => self.class_period(index, draws),
            Kind::Staff => self.staff(index, version, draws),
            Kind::Contact => self.contact(index, draws),
            Kind::Student => self.student(index, draws),
            Kind::Employment => self.employment(index, draws),
            Kind::Assignment => self.assignment(index, draws),
            Kind::StudentContact => self.student_contact(index, draws),
            Kind::Enrollment => self.enrollment(index, version, draws),
            Kind::Responsibility => self.responsibility(index, draws),
            Kind::StaffSection => self.staff_section(index, draws),
            Kind::StudentSection => self.student_section(index, draws),
            Kind::LearningStandard => self.learning_standard(index, draws),
            Kind::Course => self.course(index, draws),
            Kind::CourseOffering => self.course_offering(index, draws),
            Kind::Section => self.section(index, draws),
            Kind::GradebookEntry => self.gradebook_entry(index, draws),
            Kind::Grade => self.grade(index, draws),
            Kind::Program => self.program(index, draws),
            Kind::Tutoring => self.tutoring(index, draws),
            Kind::Transport => self.transport(index, draws),
            Kind::ProgramReview => self.program_review(index, draws),
            Kind::Conference => self.conference(index, draws),
            Kind::Club => self.club(index, draws),
            Kind::Assessment => self.assessment(index, draws),
            Kind::StudentAssessment => self.student_assessment(index, draws),
            Kind::Attendance => self.attendance(index, draws),
            // All others are descriptors: each is a list of words in the table of kinds.
            _ => descriptors::body(kind, index),
        }
    }

    /// Appends remarks until the body has its size.
    fn lengthen(&self, body: &mut Object, kind: Kind, index: u64, version: u64) {
        const FRAME: usize = ",\"remarks\":\"\"".len();
        if !kind.is_updatable() || self.body_bytes == 0 {
            return;
        }
        let mut texts = self.random(kind, index, TEXTS + version);
        let wanted = size::size(self.body_bytes, texts.below(size::SIZES));
        let mut compact = String::new();
        body.write_compact(&mut compact);
        let missing = usize::try_from(wanted).unwrap_or(usize::MAX).saturating_sub(compact.len() + FRAME);
        if missing > 0 {
            body.text("remarks", remarks(missing, &mut texts));
        }
    }

    /// The stream `which` of a document's random numbers.
    fn random(&self, kind: Kind, index: u64, which: u64) -> Random {
        Random::at(self.seed, [kind.index() as u64, index, which])
    }

    fn count(&self, kind: Kind) -> u64 {
        self.plan.count(kind)
    }

    /// Any document of `kind`, each as likely.
    fn any(&self, kind: Kind, random: &mut Random) -> u64 {
        random.below(self.count(kind))
    }

    /// Any document of `kind`, the popular ones more often.
    fn popular(&self, kind: Kind, random: &mut Random) -> u64 {
        random.skewed(self.count(kind), self.skew)
    }

    /// Up to `wanted` documents of `kind`, each once.
    fn some(&self, kind: Kind, wanted: u64, random: &mut Random) -> impl Iterator<Item = u64> + use<> {
        let count = self.count(kind);
        let first = random.below(count);
        (0..wanted.min(count)).map(move |i| (first + i) % count)
    }

    /// A document of `kind` that belongs to `school`, when documents are dealt out to schools in turn.
    fn of_school(&self, kind: Kind, school: u64, random: &mut Random) -> Option<u64> {
        self.all_of_school(kind, school, u64::MAX, random).next()
    }

    /// Up to `wanted` documents of `kind` that belong to `school`, each once.
    fn all_of_school(
        &self,
        kind: Kind,
        school: u64,
        wanted: u64,
        random: &mut Random,
    ) -> impl Iterator<Item = u64> + use<> {
        let schools = self.count(Kind::School);
        let count = self.count(kind).saturating_sub(school).div_ceil(schools.max(1));
        let first = random.below(count);
        (0..wanted.min(count)).map(move |i| school + (first + i) % count * schools)
    }

    /// How many references beyond the least an elastic document has.
    fn extra(&self, random: &mut Random) -> u64 {
        (random.below(2 * self.extra_milli + 1) + 500) / 1_000
    }
}

impl Draws {
    /// A URI of any descriptor of `kind`.
    fn descriptor(&mut self, kind: Kind) -> String {
        descriptors::uri(kind, self.loose.below(descriptors::words(kind).len() as u64))
    }

    /// Up to `most` objects that each hold one descriptor of `kind` as `name`, each once.
    fn descriptors(&mut self, kind: Kind, name: &'static str, least: u64, most: u64) -> Vec<Object> {
        let count = descriptors::words(kind).len() as u64;
        let (wanted, first) = (self.loose.between(least, most), self.loose.below(count));
        let uris = (0..wanted.min(count)).map(|i| descriptors::uri(kind, (first + i) % count));
        uris.map(|uri| one(name, uri)).collect()
    }
}

/// An object with one text.
fn one(name: &'static str, text: impl Into<String>) -> Object {
    let mut object = Object::new();
    object.text(name, text);
    object
}

/// An object with one reference.
fn referring(name: &'static str, reference: Object) -> Object {
    let mut object = Object::new();
    object.object(name, reference);
    object
}

/// A text of `len` ASCII characters.
fn remarks(len: usize, random: &mut Random) -> String {
    const SENTENCE_WORDS: u64 = 11;
    let mut text = String::with_capacity(len + 16);
    let mut left = 0;
    while text.len() < len {
        let word = random.pick(words::REMARK_WORDS);
        if left == 0 {
            left = random.between(SENTENCE_WORDS / 2, SENTENCE_WORDS * 3 / 2);
            text.push_str(if text.is_empty() { "" } else { ". " });
            text.extend(word.chars().next().map(|c| c.to_ascii_uppercase()));
            text.push_str(&word[1..]);
        } else {
            text.push(' ');
            text.push_str(word);
        }
        left -= 1;
    }
    text.truncate(len);
    text
}
