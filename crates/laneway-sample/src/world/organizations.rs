//! Organizations and what belongs to one: school years, agencies, districts, schools, rooms, sessions, periods.

use super::addresses::addresses;
use super::{Draws, World, one, referring};
use crate::date::{YEAR_2000, date};
use crate::json::Object;
use crate::kind::Kind;
use crate::random::Random;
use crate::words;

/// The first school year.
const FIRST_YEAR: u64 = 2020;
/// How many terms a year's sessions go through.
const TERMS: u64 = words::descriptors::TERMS.len() as u64;
/// The day of the first term's beginning: 2019-08-19.
const FIRST_DAY: u64 = YEAR_2000 + 7_170;

/// The id of organization `index` of `kind`. The ranges never meet: an id is one for all of them.
pub(super) fn organization_id(kind: Kind, index: u64) -> u64 {
    let first = match kind {
        Kind::StateAgency => 1,
        Kind::ServiceCenter => 9_000,
        Kind::District => 100_000,
        _ => 1_000_000,
    };
    first + index
}

fn reference(name: &'static str, id: u64) -> Object {
    let mut reference = Object::new();
    reference.number(name, id);
    reference
}

/// A reference to an organization by its superclass's identity.
pub(super) fn organization_reference(id: u64) -> Object {
    reference("educationOrganizationId", id)
}

pub(super) fn school_reference(index: u64) -> Object {
    reference("schoolId", organization_id(Kind::School, index))
}

fn named(id_name: &'static str, kind: Kind, index: u64, suffix: &str, draws: &mut Draws) -> Object {
    let mut body = Object::new();
    body.number(id_name, organization_id(kind, index));
    body.text("nameOfInstitution", format!("{} {suffix} {}", draws.fixed.pick(words::PLACES), index + 1));
    body.text("webSite", format!("https://{}.laneway.example/{}", suffix.to_lowercase().replace(' ', "-"), index + 1));
    body
}

impl World {
    fn year(&self, index: u64) -> u64 {
        FIRST_YEAR + index % self.count(Kind::SchoolYear).max(1)
    }

    pub(super) fn year_reference(&self, index: u64) -> Object {
        reference("schoolYear", self.year(index))
    }

    /// The id of an organization that may employ, teach or answer for students: mostly a school.
    pub(super) fn organization(&self, random: &mut Random) -> u64 {
        let kind = match random.below(20) {
            0 => Kind::ServiceCenter,
            1..=5 => Kind::District,
            _ => Kind::School,
        };
        organization_id(kind, self.popular(kind, random))
    }

    pub(super) fn school_year(&self, index: u64) -> Object {
        let year = FIRST_YEAR + index;
        let mut body = Object::new();
        body.number("schoolYear", year).flag("currentSchoolYear", index == 5);
        body.text("schoolYearDescription", format!("{}-{year}", year - 1));
        body
    }

    pub(super) fn state_agency(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = named("stateAgencyId", Kind::StateAgency, index, "State Agency", draws);
        body.objects("addresses", addresses(1, draws));
        body
    }

    pub(super) fn service_center(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = named("serviceCenterId", Kind::ServiceCenter, index, "Service Center", draws);
        body.object("stateAgencyReference", reference("stateAgencyId", organization_id(Kind::StateAgency, 0)));
        body.objects("addresses", addresses(2, draws));
        body
    }

    /// Some districts stand below a service center, some below another district, the rest below the state.
    /// All name the state: which parent counts is the schema's order, not the document's.
    pub(super) fn district(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = named("districtId", Kind::District, index, "District", draws);
        body.object("stateAgencyReference", reference("stateAgencyId", organization_id(Kind::StateAgency, 0)));
        let is_ordinary = index < self.count(Kind::District);
        if is_ordinary && index % 5 == 4 {
            let parent = draws.fixed.below(index);
            body.object("parentDistrictReference", reference("districtId", organization_id(Kind::District, parent)));
        } else if is_ordinary && index.is_multiple_of(2) {
            let center = self.any(Kind::ServiceCenter, &mut draws.fixed);
            let center = reference("serviceCenterId", organization_id(Kind::ServiceCenter, center));
            body.object("serviceCenterReference", center);
        }
        body.objects("addresses", addresses(2, draws));
        body
    }

    /// Most schools belong to a district; some belong to none.
    pub(super) fn school(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = named("schoolId", Kind::School, index, "School", draws);
        let forward = self.plan.forward_target(Kind::School, index).map(|(_, district)| district);
        let district = self.popular(Kind::District, &mut draws.fixed);
        if let Some(district) = forward.or_else(|| (index % 10 != 9).then_some(district)) {
            body.object("districtReference", reference("districtId", organization_id(Kind::District, district)));
        }
        body.flag("acceptsVisitors", draws.loose.chance(70));
        body.objects("gradeLevels", draws.descriptors(Kind::GradeLevel, "gradeLevelDescriptor", 1, 6));
        body.objects("addresses", addresses(3, draws));
        body
    }

    /// The school to which document `index` of a kind that is dealt out to schools belongs.
    fn owner(&self, index: u64) -> u64 {
        index % self.count(Kind::School).max(1)
    }

    /// How many documents of its kind the school had before document `index`.
    fn turn(&self, index: u64) -> u64 {
        index / self.count(Kind::School).max(1)
    }

    fn room_number(&self, index: u64) -> String {
        format!("R{}", 101 + self.turn(index))
    }

    pub(super) fn room_reference(&self, index: u64) -> Object {
        let mut reference = one("roomNumber", self.room_number(index));
        reference.number("schoolId", organization_id(Kind::School, self.owner(index)));
        reference
    }

    pub(super) fn room(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = one("roomNumber", self.room_number(index));
        body.object("schoolReference", school_reference(self.owner(index)));
        body.number("seats", draws.loose.between(12, 36));
        let keeper = self.plan.mutual_staff(index);
        let other = draws.loose.chance(60).then(|| self.any(Kind::Staff, &mut draws.loose));
        if let Some(keeper) = keeper.or(other) {
            body.object("keeperReference", super::people::staff_reference(keeper));
        }
        body
    }

    /// The school of session `index`.
    pub(super) fn session_school(&self, index: u64) -> u64 {
        self.owner(index)
    }

    /// The session's year and name; a school's sessions go through the terms of one year after another.
    pub(super) fn session_year_and_name(&self, index: u64) -> (u64, String) {
        let years = self.count(Kind::SchoolYear).max(1);
        let turn = self.turn(index);
        let year = self.year(turn / TERMS);
        let term = words::descriptors::TERMS[usize::try_from(turn % TERMS).unwrap_or_default()];
        match turn / (TERMS * years) {
            0 => (year, format!("{term} {year}")),
            again => (year, format!("{term} {year}, {}", again + 1)),
        }
    }

    pub(super) fn session_reference(&self, index: u64) -> Object {
        let (year, name) = self.session_year_and_name(index);
        let mut reference = school_reference(self.session_school(index));
        reference.number("schoolYear", year).text("sessionName", name);
        reference
    }

    pub(super) fn session(&self, index: u64, draws: &mut Draws) -> Object {
        let (year, name) = self.session_year_and_name(index);
        let begin = FIRST_DAY + (year - FIRST_YEAR) * 365 + self.turn(index) % TERMS * 120;
        let mut body = one("sessionName", name);
        body.object("schoolReference", school_reference(self.session_school(index)));
        body.object("schoolYearReference", reference("schoolYear", year));
        body.text("beginDate", date(begin)).text("endDate", date(begin + 110));
        body.number("instructionalDays", draws.loose.between(70, 90));
        body.text("termDescriptor", super::descriptors::uri(Kind::Term, self.turn(index) % TERMS));
        body
    }

    fn class_period_name(&self, index: u64) -> String {
        format!("Period {}", self.turn(index) + 1)
    }

    pub(super) fn class_period(&self, index: u64, draws: &mut Draws) -> Object {
        let mut body = one("classPeriodName", self.class_period_name(index));
        body.object("schoolReference", school_reference(self.owner(index)));
        let hour = draws.loose.between(8, 15);
        let mut meeting = one("startTime", format!("{hour:02}:05:00"));
        meeting.text("endTime", format!("{hour:02}:50:00"));
        body.objects("meetingTimes", [meeting]);
        body
    }

    /// An item of a list of class periods.
    pub(super) fn class_period_item(&self, index: u64) -> Object {
        let mut reference = one("classPeriodName", self.class_period_name(index));
        reference.number("schoolId", organization_id(Kind::School, self.owner(index)));
        referring("classPeriodReference", reference)
    }
}
