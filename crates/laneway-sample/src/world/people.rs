//! Staff, contacts, students.

use super::addresses::addresses;
use super::{Draws, World, one};
use crate::date::{YEAR_2000, date};
use crate::json::Object;
use crate::kind::Kind;
use crate::words;

pub(super) fn staff_id(index: u64) -> String {
    format!("T{index:07}")
}

pub(super) fn student_id(index: u64) -> String {
    format!("S{index:07}")
}

fn contact_id(index: u64) -> String {
    format!("C{index:07}")
}

pub(super) fn staff_reference(index: u64) -> Object {
    one("staffUniqueId", staff_id(index))
}

pub(super) fn student_reference(index: u64) -> Object {
    one("studentUniqueId", student_id(index))
}

pub(super) fn contact_reference(index: u64) -> Object {
    one("contactUniqueId", contact_id(index))
}

/// A body that begins as all persons' do.
fn person(id_name: &'static str, id: String, born: u64, draws: &mut Draws) -> Object {
    let mut body = one(id_name, id);
    body.text("firstName", draws.fixed.pick(words::GIVEN_NAMES));
    if draws.fixed.chance(40) {
        body.text("middleName", draws.fixed.pick(words::GIVEN_NAMES));
    }
    body.text("lastSurname", draws.loose.pick(words::FAMILY_NAMES));
    body.text("birthDate", date(born));
    body
}

/// Languages, each with what it is used for.
fn languages(draws: &mut Draws) -> Vec<Object> {
    let mut languages = draws.descriptors(Kind::Language, "languageDescriptor", 1, 2);
    for language in &mut languages {
        let uses = draws.descriptors(Kind::LanguageUse, "languageUseDescriptor", 0, 2);
        language.objects("uses", uses);
    }
    languages
}

fn electronic_mail(id: &str, draws: &mut Draws) -> Object {
    let mut mail = one("electronicMailAddress", format!("{}@mail.laneway.example", id.to_lowercase()));
    mail.flag("primary", draws.loose.chance(80));
    mail
}

impl World {
    /// A staff member. The last version of one who keeps a room with [`Plan::mutual_staff`] teaches in it.
    ///
    /// [`Plan::mutual_staff`]: crate::plan::Plan::mutual_staff
    pub(super) fn staff(&self, index: u64, version: u64, draws: &mut Draws) -> Object {
        let id = staff_id(index);
        let mail = electronic_mail(&id, draws);
        let born = draws.fixed.between(20_000, 36_000);
        let mut body = person("staffUniqueId", id, born, draws);
        body.number("yearsOfExperience", draws.loose.below(40));
        if self.plan.mutual_version(index) == Some(version)
            && let Some(room) = self.plan.mutual_room(index)
        {
            body.object("homeRoomReference", self.room_reference(room));
        }
        body.objects("electronicMails", [mail]);
        body.objects("languages", languages(draws)).objects("addresses", addresses(1, draws));
        body
    }

    pub(super) fn contact(&self, index: u64, draws: &mut Draws) -> Object {
        let id = contact_id(index);
        let mail = electronic_mail(&id, draws);
        let born = draws.fixed.between(22_000, 36_000);
        let mut body = person("contactUniqueId", id, born, draws);
        body.text("telephoneNumber", format!("555-01{:02}", draws.loose.below(100)));
        body.objects("electronicMails", [mail]);
        body.objects("languages", languages(draws)).objects("addresses", addresses(2, draws));
        body
    }

    pub(super) fn student(&self, index: u64, draws: &mut Draws) -> Object {
        let born = YEAR_2000 + draws.fixed.between(2_600, 6_600);
        let mut body = person("studentUniqueId", student_id(index), born, draws);
        let mut languages = languages(draws);
        if let Some((kind, language)) = self.plan.forward_target(Kind::Student, index) {
            languages.push(one("languageDescriptor", super::descriptors::uri(kind, language)));
        }
        body.objects("languages", languages).objects("addresses", addresses(2, draws));
        let mut supports = draws.descriptors(Kind::Support, "supportDescriptor", 0, 3);
        for support in &mut supports {
            support.text("beginDate", date(YEAR_2000 + 7_000 + draws.loose.below(2_000)));
        }
        body.objects("supports", supports);
        body.object("_ext", self.student_extension(draws));
        body
    }

    /// What the extension schema adds to a student.
    fn student_extension(&self, draws: &mut Draws) -> Object {
        let mut campus = Object::new();
        campus.flag("bicyclePermit", draws.loose.chance(30));
        campus.objects("diets", draws.descriptors(Kind::Diet, "dietDescriptor", 0, 2));
        if draws.loose.chance(30) {
            campus.object("mentorReference", staff_reference(self.popular(Kind::Staff, &mut draws.loose)));
        }
        let mut extensions = Object::new();
        extensions.object("campus", campus);
        extensions
    }
}
