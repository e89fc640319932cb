//! The documents of a world: each kind, with what it may refer to, drawn at random. Knows nothing of their order.

use fastrand::Rng;
use laneway_replay::Step;

/// Ids of organizations of one world: this many, from a multiple of it.
pub(super) const IDS: u64 = 1_000;

/// An organization by its number in the world. None is small, as partition keys are, so that each names its world.
pub(super) fn organization_id(seed: u64, id: u64) -> u64 {
    (seed + 1) * IDS + id
}

/// A world in the making.
pub(super) struct Making {
    pub(super) seed: u64,
    pub(super) random: Rng,
    pub(super) steps: Vec<Step>,
}

/// A document in the making: members and their values, as they are written.
pub(super) struct Body {
    pub(super) endpoint: &'static str,
    pub(super) members: Vec<(&'static str, String)>,
}

impl Body {
    pub(super) fn of(endpoint: &'static str) -> Self {
        Self { endpoint, members: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    pub(super) fn refers(self, name: &'static str, part: &str, value: &str) -> Self {
        self.with(name, format!(r#"{{"{part}":{value}}}"#))
    }
}

/// Organizations by their number in the world.
pub(super) const AGENCIES: [u64; 2] = [1, 2];
pub(super) const DISTRICTS: [u64; 4] = [11, 12, 13, 14];
/// The last has a district's id, too.
pub(super) const SCHOOLS: [u64; 5] = [21, 22, 23, 24, 14];
/// An organization that is not in the hierarchy, and one with a school's id.
pub(super) const INSTITUTIONS: [u64; 2] = [31, 21];
/// Never there.
pub(super) const NOWHERE: u64 = 99;

impl Making {
    pub(super) fn one_of(&mut self, ids: &[u64]) -> u64 {
        ids[self.random.usize(0..ids.len())]
    }

    pub(super) fn chance(&mut self, one_in: u8) -> bool {
        self.random.u8(0..one_in) == 0
    }

    pub(super) fn organization(&self, id: u64) -> String {
        organization_id(self.seed, id).to_string()
    }

    pub(super) fn descriptor(&mut self, n: u8) -> Body {
        let namespace = format!(r#""uri://w{}""#, self.seed);
        Body::of("kindDescriptors").with("namespace", namespace).with("codeValue", format!(r#""K{n}""#))
    }

    pub(super) fn kind(&mut self) -> String {
        let n = if self.chance(12) { 9 } else { self.random.u8(0..2) };
        format!(r#""uri://w{}#k{n}""#, self.seed)
    }

    pub(super) fn agency(&self, id: u64) -> Body {
        Body::of("stateAgencies").with("stateAgencyId", self.organization(id))
    }

    pub(super) fn district(&mut self, id: u64) -> Body {
        let body = Body::of("districts").with("districtId", self.organization(id));
        match self.random.u8(0..10) {
            0..3 => body,
            3..7 => {
                let above = self.one_of(&AGENCIES);
                body.refers("stateAgencyReference", "stateAgencyId", &self.organization(above))
            }
            _ => {
                let count = if self.chance(8) { DISTRICTS.len() } else { DISTRICTS.len() - 1 };
                let above = self.one_of(&DISTRICTS[..count]);
                body.refers("parentDistrictReference", "districtId", &self.organization(above))
            }
        }
    }

    pub(super) fn school(&mut self, id: u64) -> Body {
        let text = self.organization(id);
        // The same organization, but another document.
        let text = if self.chance(40) { format!(r#""0{text}""#) } else { text };
        let mut body = Body::of("schools").with("schoolId", text);
        if !self.chance(4) {
            let above = if self.chance(30) { NOWHERE } else { self.one_of(&DISTRICTS[..3]) };
            body = body.refers("districtReference", "districtId", &self.organization(above));
        }
        if self.chance(6) {
            let kind = self.kind();
            body = body.with("kindDescriptor", kind);
        }
        body
    }

    pub(super) fn school_id(&mut self) -> String {
        let id = if self.chance(25) { NOWHERE } else { SCHOOLS[self.random.usize(0..4)] };
        self.organization(id)
    }

    pub(super) fn any_organization(&mut self) -> String {
        let all = [1, 2, 11, 11, 12, 13, 14, 21, 22, 23, 24, 21, 22, 23, 31, NOWHERE];
        let id = self.one_of(&all);
        self.organization(id)
    }

    /// A student's id as it is written. Two are numbers, and the same to `jsonb`; one is too long for its column.
    pub(super) fn student_id(&self, n: u8) -> String {
        match n {
            4 => format!("{}7e2", self.seed + 1),
            5 => format!("{}700", self.seed + 1),
            6 => format!(r#""w{}s{}""#, self.seed, "6".repeat(33)),
            _ => format!(r#""w{}s{n}""#, self.seed),
        }
    }

    pub(super) fn some_student(&mut self) -> String {
        let n = match self.random.u8(0..24) {
            0 => 9,
            1 => 5,
            2 => 4,
            n => n % 4,
        };
        self.student_id(n)
    }

    pub(super) fn student(&mut self, n: u8) -> Body {
        Body::of("students").with("studentUniqueId", self.student_id(n))
    }

    pub(super) fn person(&self, endpoint: &'static str, part: &'static str, letter: char, n: u8) -> Body {
        Body::of(endpoint).with(part, self.named(letter, n))
    }

    pub(super) fn named(&self, letter: char, n: u8) -> String {
        format!(r#""w{}{letter}{n}""#, self.seed)
    }

    pub(super) fn some(&mut self, letter: char, count: u8) -> String {
        let n = if self.chance(20) { 9 } else { self.random.u8(0..count) };
        self.named(letter, n)
    }

    pub(super) fn staff(&mut self, n: u8) -> Body {
        let body = self.person("staffs", "staffUniqueId", 'p', n);
        if !self.chance(3) {
            return body;
        }
        let room = self.some('m', 3);
        body.refers("homeRoomReference", "roomNumber", &room)
    }

    pub(super) fn room(&mut self) -> Body {
        let number = self.random.u8(0..3);
        let mut body = Body::of("rooms").with("roomNumber", self.named('m', number));
        if !self.chance(4) {
            let keeper = self.some('p', 3);
            body = body.refers("keeperReference", "staffUniqueId", &keeper);
        }
        if self.chance(2) {
            let school = self.school_id();
            body = body.refers("schoolReference", "schoolId", &school);
        }
        body
    }

    pub(super) fn enrollment(&mut self) -> Body {
        let code = self.random.u8(0..4);
        let (student, school) = (self.some_student(), self.school_id());
        let mut body = Body::of("studentSchoolAssociations").with("code", self.named('x', code)).refers(
            "studentReference",
            "studentUniqueId",
            &student,
        );
        // Now and then without a school, which its trigger needs.
        if !self.chance(50) {
            body = body.refers("schoolReference", "schoolId", &school);
        }
        if self.chance(6) {
            let kind = self.kind();
            body = body.with("kindDescriptor", kind);
        }
        body
    }

    pub(super) fn contact_association(&mut self) -> Body {
        let code = self.random.u8(0..4);
        let (student, contact) = (self.some_student(), self.some('c', 3));
        Body::of("studentContactAssociations")
            .with("code", self.named('y', code))
            .refers("studentReference", "studentUniqueId", &student)
            .refers("contactReference", "contactUniqueId", &contact)
    }

    pub(super) fn of_organization(&mut self, endpoint: &'static str, letter: char, is_student: bool) -> Body {
        let code = self.random.u8(0..3);
        let organization = self.any_organization();
        let body = Body::of(endpoint).with("code", self.named(letter, code)).refers(
            "educationOrganizationReference",
            "educationOrganizationId",
            &organization,
        );
        if is_student {
            let student = self.some_student();
            body.refers("studentReference", "studentUniqueId", &student)
        } else {
            let staff = self.some('p', 3);
            body.refers("staffReference", "staffUniqueId", &staff)
        }
    }

    pub(super) fn conference(&mut self) -> Body {
        let number = self.random.u8(0..5);
        let mut body = Body::of("conferences").with("number", self.named('k', number));
        if !self.chance(4) {
            let student = self.some_student();
            body = body.refers("studentReference", "studentUniqueId", &student);
        }
        if self.chance(2) {
            let contact = self.some('c', 3);
            body = body.refers("contactReference", "contactUniqueId", &contact);
        }
        if self.chance(2) {
            let staff = self.some('p', 3);
            body = body.refers("staffReference", "staffUniqueId", &staff);
        }
        if self.chance(2) {
            let school = self.school_id();
            body = body.refers("schoolReference", "schoolId", &school);
        }
        let kinds: Vec<String> =
            (0..self.random.u8(0..3)).map(|_| format!(r#"{{"kindDescriptor":{}}}"#, self.kind())).collect();
        body.with("kinds", format!("[{}]", kinds.join(",")))
    }

    /// About several students, of whom the first counts.
    pub(super) fn note(&mut self) -> Body {
        let number = self.random.u8(0..3);
        let students: Vec<String> = (0..self.random.u8(0..3))
            .map(|_| format!(r#"{{"studentReference":{{"studentUniqueId":{}}}}}"#, self.some_student()))
            .collect();
        Body::of("studentNotes")
            .with("number", self.named('n', number))
            .with("students", format!("[{}]", students.join(",")))
    }

    /// One that may be part of circles, and in one of two namespaces.
    pub(super) fn standard(&mut self) -> Body {
        let id = self.random.u8(0..4);
        let mut body = Body::of("learningStandards").with("standardId", self.named('l', id));
        if !self.chance(3) {
            let parent = self.some('l', 4);
            body = body.refers("parentReference", "standardId", &parent);
        }
        let related: Vec<String> =
            (0..self.random.u8(0..2)).map(|_| format!(r#"{{"standardId":{}}}"#, self.some('l', 4))).collect();
        if self.chance(3) {
            body = body.with("namespace", if self.random.bool() { r#""uri://one""# } else { r#""uri://two""# });
        }
        body.with("related", format!("[{}]", related.join(",")))
    }
}
