//! Documents that must be refused: valid ones with one thing wrong. None of them is ever stored, and nothing
//! else refers to them.

use std::borrow::Cow;

use super::organizations::organization_id;
use super::people::student_reference;
use super::{NAMESPACE, World, one};
use crate::fault::Fault;
use crate::json::{Json, Object};
use crate::kind::Kind;

/// A document that must be refused, and where it is sent.
pub(crate) struct Faulty {
    pub(crate) project: &'static str,
    pub(crate) endpoint: &'static str,
    pub(crate) body: Object,
}

impl World {
    /// Faulty document `number` with `fault`, handed out behind document `behind` of the fault's home.
    pub(crate) fn faulty(&self, fault: Fault, number: u64, behind: u64) -> Faulty {
        // An index that no document of the set has.
        let unused = |kind: Kind| self.plan.first_unused(kind) + number;
        let of = |kind: Kind, wrong: &dyn Fn(&mut Object)| {
            let mut body = self.body(kind, unused(kind), 0);
            wrong(&mut body);
            Faulty { project: kind.project(), endpoint: kind.endpoint(), body }
        };
        let text = |text: String| Json::Text(text);
        let token = |token: &'static str| Json::Token(Cow::Borrowed(token));
        match fault {
            Fault::MissingReference => of(Kind::Attendance, &|body| {
                body.replace("studentReference", Json::Object(student_reference(unused(Kind::Student))));
            }),
            Fault::MissingDescriptor => of(Kind::Student, &|body| {
                let nowhere = one("supportDescriptor", format!("{NAMESPACE}/SupportDescriptor#Nowhere {number}"));
                body.replace("supports", Json::Array(vec![Json::Object(nowhere)]));
            }),
            Fault::IdentityTaken => of(Kind::District, &|body| {
                body.replace("districtId", Json::Token(organization_id(Kind::School, behind).to_string().into()));
            }),
            Fault::NulInText => of(Kind::Contact, &|body| body.replace("remarks", text("cut \0 short".to_owned()))),
            Fault::LoneSurrogate => {
                of(Kind::GradebookEntry, &|body| body.replace("remarks", token("\"cut \\ud83d short\"")))
            }
            Fault::PersonIdTooLong => {
                of(Kind::Student, &|body| body.replace("studentUniqueId", text(format!("S{number:040}"))))
            }
            Fault::NumberTooLarge => of(Kind::Course, &|body| body.replace("credits", token("1e131072"))),
            Fault::MissingIdentity => of(Kind::Staff, &|body| body.remove("staffUniqueId")),
            Fault::RepeatedKey => of(Kind::Contact, &|body| {
                body.text("lastSurname", "Again");
            }),
            Fault::PartialReference => {
                of(Kind::Section, &|body| body.replace("roomReference", Json::Object(one("roomNumber", "R101"))))
            }
            Fault::UnknownEndpoint => {
                let mut body = Object::new();
                body.number("hovercraftNumber", number);
                Faulty { project: "ed-fi", endpoint: "hovercrafts", body }
            }
        }
    }
}
