//! A world: a sequence of upserts, and plain deletes, about a few organizations, persons and what connects them, made from one
//! number. What worlds name is their own, so that many share a store. Knows nothing of how one is run.

use fastrand::Rng;
use laneway_model::{Operator, Strategy};
use laneway_replay::{Action, Case, Step, Upsert};
use serde_json::Value;
use uuid::Uuid;

use super::documents::{AGENCIES, Body, DISTRICTS, INSTITUTIONS, Making, SCHOOLS};

/// The most steps that follow what a world begins with.
const STEPS_MAX: usize = 40;
/// One in so many documents is to have the `DocumentUuid` of another.
const UUID_TAKEN: u8 = 60;
/// The same among those of a circle, where a conflict and what else is refused come together.
const UUID_TAKEN_IN_CIRCLE: u8 = 8;

/// The world of this number.
#[must_use]
pub fn world(seed: u64) -> Case {
    Making { seed, random: Rng::with_seed(seed), steps: Vec::new() }.case()
}

impl Making {
    fn case(mut self) -> Case {
        if self.random.u8(0..6) > 0 {
            self.begin();
        }
        for _ in 0..self.random.usize(16..=STEPS_MAX) {
            self.step();
        }
        if self.random.u8(0..8) == 0 {
            self.random.shuffle(&mut self.steps);
        }
        Case {
            name: format!("worlds/{}", self.seed),
            note: None,
            schemas: vec!["worlds".to_owned()],
            steps: self.steps,
            store: [].into(),
            documents: [].into(),
        }
    }

    /// Most of what the others refer to.
    fn begin(&mut self) {
        let mut bodies =
            vec![self.descriptor(0), self.descriptor(1), self.agency(AGENCIES[0]), self.agency(AGENCIES[1])];
        bodies.extend(DISTRICTS[..3].iter().map(|id| self.district(*id)));
        bodies.extend(SCHOOLS[..4].iter().map(|id| self.school(*id)));
        bodies.extend((0..4).map(|n| self.student(n)));
        bodies.extend((0..3).map(|n| self.person("contacts", "contactUniqueId", 'c', n)));
        bodies.extend((0..3).map(|n| self.person("staffs", "staffUniqueId", 'p', n)));
        for body in bodies {
            self.upsert(body);
        }
    }

    fn step(&mut self) {
        let uuids: Vec<Uuid> = self.upserts().map(|upsert| upsert.document_uuid).collect();
        match self.random.u8(0..100) {
            0..4 if !uuids.is_empty() => {
                let uuid = uuids[self.random.usize(0..uuids.len())];
                self.steps.push(Step { action: Action::Delete(uuid), outcome: None, dms: None });
            }
            4..16 if !uuids.is_empty() => self.again(),
            16..19 => self.circle(),
            _ => {
                let body = self.any();
                self.upsert(body);
            }
        }
    }

    /// Two or three that refer to each other, one after another.
    fn circle(&mut self) {
        let (kind, first, count) = (self.random.u8(0..5), self.random.u8(0..4), self.random.u8(2..=3));
        let around = |at: u8| (first + at % count) % 4;
        if kind < 2 {
            let (staff, room) = (self.random.u8(0..3), self.random.u8(0..3));
            let (staff_id, room_id) = (self.named('p', staff), self.named('m', room));
            let keeper =
                Body::of("rooms").with("roomNumber", &*room_id).refers("keeperReference", "staffUniqueId", &staff_id);
            let of_room = Body::of("staffs").with("staffUniqueId", &*staff_id).refers(
                "homeRoomReference",
                "roomNumber",
                &room_id,
            );
            self.upsert_in_circle(keeper);
            self.upsert_in_circle(of_room);
            return;
        }
        for at in 0..count {
            let body = if kind < 4 {
                let (one, next) = (self.named('l', around(at)), self.named('l', around(at + 1)));
                Body::of("learningStandards").with("standardId", one).refers("parentReference", "standardId", &next)
            } else {
                let [one, next] = [at, at + 1].map(|at| self.organization(DISTRICTS[usize::from(around(at))]));
                Body::of("districts").with("districtId", one).refers("parentDistrictReference", "districtId", &next)
            };
            self.upsert_in_circle(body);
        }
    }

    fn upserts(&self) -> impl Iterator<Item = &Upsert> {
        self.steps.iter().filter_map(|step| if let Action::Upsert(upsert) = &step.action { Some(upsert) } else { None })
    }

    fn any(&mut self) -> Body {
        match self.random.u8(0..92) {
            0..3 => {
                let n = self.random.u8(0..2);
                self.descriptor(n)
            }
            3..5 => {
                let id = self.one_of(&AGENCIES);
                self.agency(id)
            }
            5..11 => {
                let id = self.one_of(&DISTRICTS);
                self.district(id)
            }
            11..17 => {
                let id = self.one_of(&SCHOOLS);
                self.school(id)
            }
            17..18 => {
                let id = self.one_of(&INSTITUTIONS);
                Body::of("institutions").with("institutionId", self.organization(id))
            }
            18..22 => {
                let n = self.random.u8(0..7);
                self.student(n)
            }
            22..25 => {
                let n = self.random.u8(0..3);
                self.person("contacts", "contactUniqueId", 'c', n)
            }
            25..29 => {
                let n = self.random.u8(0..3);
                self.staff(n)
            }
            29..32 => self.room(),
            32..46 => self.enrollment(),
            46..54 => self.contact_association(),
            54..60 => self.of_organization("studentEducationOrganizationResponsibilityAssociations", 'r', true),
            60..65 => self.of_organization("staffEducationOrganizationEmploymentAssociations", 'e', false),
            65..70 => self.of_organization("staffEducationOrganizationAssignmentAssociations", 'a', false),
            70..80 => self.conference(),
            80..84 => self.note(),
            _ => self.standard(),
        }
    }

    fn upsert(&mut self, body: Body) {
        self.written(body, UUID_TAKEN);
    }

    fn upsert_in_circle(&mut self, body: Body) {
        self.written(body, UUID_TAKEN_IN_CIRCLE);
    }

    fn written(&mut self, mut body: Body, uuid_taken: u8) {
        let place = self.steps.len();
        body = body.with("n", place.to_string());
        match self.random.u8(0..20) {
            0..7 => {
                let etag = self.random.u8(0..3);
                body = body.with("_etag", format!(r#""{etag}""#));
            }
            7 => body = body.with("_etag", "1"),
            _ => {}
        }
        match self.random.u8(0..100) {
            0..2 => body = body.with("odd", r#""\u0000""#),
            2 => body = body.with("odd", "1e200000"),
            3 => body = body.with("odd", r#"["\ud83d\ude00\t", 1.50, 1e2, -0.0]"#),
            _ => {}
        }
        let members: Vec<String> = body.members.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect();
        let authorization = self.chance(10).then(|| self.strategies());
        let document = format!("{{{}}}", members.join(","));
        self.push(body.endpoint.to_owned(), document, authorization, uuid_taken);
    }

    fn push(&mut self, endpoint: String, document: String, authorization: Option<Vec<Strategy>>, uuid_taken: u8) {
        let place = self.steps.len();
        let earlier: Vec<Uuid> = self.upserts().map(|upsert| upsert.document_uuid).collect();
        let document_uuid = if self.chance(uuid_taken) && !earlier.is_empty() {
            earlier[self.random.usize(0..earlier.len())]
        } else {
            Uuid::from_u64_pair(self.random.u64(..), self.random.u64(..))
        };
        let upsert = Upsert {
            project: "ed-fi".to_owned(),
            endpoint,
            document_uuid,
            trace_id: format!("w{}t{place}", self.seed),
            body: None,
            body_text: Some(document),
            authorization,
        };
        self.steps.push(Step { action: Action::Upsert(upsert), outcome: None, dms: None });
    }

    /// One of those before, by another caller; sometimes changed so that only its `_etag` is the same.
    fn again(&mut self) {
        let earlier: Vec<(String, String)> = self
            .upserts()
            .map(|upsert| (upsert.endpoint.clone(), upsert.body_text.clone().unwrap_or_default()))
            .collect();
        let (endpoint, document) = earlier[self.random.usize(0..earlier.len())].clone();
        let document =
            if self.random.bool() { document } else { document.replacen("\"n\":", "\"again\":true,\"n\":", 1) };
        let authorization = self.chance(10).then(|| self.strategies());
        self.push(endpoint, document, authorization, UUID_TAKEN);
    }

    fn strategies(&mut self) -> Vec<Strategy> {
        const NAMES: [&str; 8] = [
            "NoFurtherAuthorizationRequired",
            "NamespaceBased",
            "RelationshipsWithEdOrgsOnly",
            "RelationshipsWithStudentsOnly",
            "RelationshipsWithStudentsOnlyThroughResponsibility",
            "RelationshipsWithEdOrgsAndPeople",
            "RelationshipsWithEdOrgsAndPeople",
            "OwnershipBased",
        ];
        let one = |making: &mut Self| {
            let known = if making.chance(8) { NAMES.len() } else { NAMES.len() - 1 };
            let name = NAMES[making.random.usize(0..known)].to_owned();
            let operator = if making.chance(4) { Operator::And } else { Operator::Or };
            let filters = if name == "NamespaceBased" {
                vec![if making.random.bool() { "URI://ONE".to_owned() } else { format!("uri://w{}", making.seed) }]
            } else {
                (0..making.random.u8(1..=2)).map(|_| making.any_organization()).collect()
            };
            Strategy { name, operator, filters }
        };
        (0..self.random.u8(1..=2)).map(|_| one(self)).collect()
    }
}

/// The case with the outcomes that a run showed, so that it can be written to a file and read again.
#[must_use]
pub fn described(case: &Case) -> Value {
    let mut case = case.clone();
    for step in &mut case.steps {
        if matches!(step.action, Action::Upsert(_)) && step.outcome.is_none() {
            step.outcome = Some(laneway_replay::StepOutcome::Failed { sqlstate: None });
        }
    }
    serde_json::to_value(case).expect("a case is JSON")
}
