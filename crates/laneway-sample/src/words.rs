//! Names, places and words of which documents are made. Invented or common; none belongs to anyone.

/// What the descriptors are called.
pub(crate) mod descriptors {
    pub(crate) const ADDRESS_KINDS: &[&str] = &["Home", "Mailing", "Physical", "Temporary"];
    pub(crate) const ATTENDANCE_KINDS: &[&str] = &["Present", "Late", "Excused Absence", "Unexcused Absence"];
    pub(crate) const GRADE_LEVELS: &[&str] =
        &["Kindergarten", "Grade 1", "Grade 2", "Grade 3", "Grade 4", "Grade 5", "Grade 6", "Grade 7", "Grade 8"];
    /// With capitals of several scripts: a descriptor's identity is lower-cased, one character at a time.
    pub(crate) const LANGUAGES: &[&str] = &[
        "English",
        "Español",
        "Français",
        "Tiếng Việt",
        "Türkçe İ",
        "ΕΛΛΗΝΙΚΑΣ",
        "РУССКИЙ",
        "Kreyòl",
        "中文",
        "ÍSLENSKA",
    ];
    pub(crate) const LANGUAGE_USES: &[&str] = &["At Home", "Read", "Spoken", "Written"];
    pub(crate) const MARK_KINDS: &[&str] = &["Midterm", "Final", "Conduct"];
    pub(crate) const PERFORMANCE_LEVELS: &[&str] = &["Emerging", "Approaching", "Meets", "Exceeds"];
    pub(crate) const PROGRAM_KINDS: &[&str] = &["Tutoring", "Transport", "Enrichment"];
    pub(crate) const RELATIONSHIPS: &[&str] = &["Mother", "Father", "Guardian", "Grandparent", "Sibling"];
    pub(crate) const RESPONSIBILITIES: &[&str] = &["Accountability", "Funding", "Attendance"];
    pub(crate) const STAFF_ROLES: &[&str] = &["Teacher", "Principal", "Counselor", "Librarian", "Nurse"];
    pub(crate) const SUBJECTS: &[&str] = &["Mathematics", "Reading", "Science", "History", "Music", "Art"];
    pub(crate) const SUPPORTS: &[&str] = &["Extra Time", "Large Print", "Quiet Room", "Reader", "Interpreter"];
    pub(crate) const TERMS: &[&str] = &["Fall", "Spring", "Summer"];
    pub(crate) const DIETS: &[&str] = &["No Nuts", "No Gluten", "Vegetarian", "Halal"];
}

/// Given names; the apostrophe and the accents are there for what must escape them.
pub(crate) const GIVEN_NAMES: &[&str] = &[
    "Ada", "Aiyana", "Amara", "Bao", "Björn", "Chloé", "Dae-jung", "D'Andre", "Elif", "Femi", "Grace", "Hana",
    "Ibrahim", "Ines", "Jürgen", "Kofi", "Leilani", "Łukasz", "Marisol", "Mateo", "Naoko", "Noah", "Olu", "Priya",
    "Quinn", "Ravi", "Sofía", "Thandiwe", "Umar", "Wren", "Xiu", "Zoë",
];

/// Family names.
pub(crate) const FAMILY_NAMES: &[&str] = &[
    "Abara",
    "Begay",
    "Castillo",
    "Çelik",
    "Dubois",
    "Eze",
    "Fischer",
    "García & Vega",
    "Hansen",
    "Ito",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nguyễn",
    "O'Brien",
    "Okafor",
    "Park",
    "Quispe",
    "Rossi",
    "Sato",
    "Tran",
    "Usman",
    "Villareal",
    "Whitehorse",
    "Xu",
    "Yilmaz",
    "Zeller",
];

/// Streets, without their numbers.
pub(crate) const STREETS: &[&str] = &[
    "Alder Lane",
    "Bridge Street",
    "Canal Road",
    "Dogwood Way",
    "Elm Street",
    "Ferry Hill",
    "Grange Row",
    "Mill Court",
];

/// Towns.
pub(crate) const CITIES: &[&str] = &[
    "Ashford",
    "Brightwater",
    "Cedar Falls",
    "Dunmore",
    "Eastvale",
    "Fairhaven",
    "Glenrock",
    "Harborview",
    "Kingsmere",
];

/// What schools and districts are named after.
pub(crate) const PLACES: &[&str] =
    &["Alder", "Birch", "Cypress", "Hazel", "Juniper", "Laurel", "Linden", "Maple", "Rowan", "Spruce", "Willow"];

/// Clubs.
pub(crate) const CLUBS: &[&str] = &["Chess", "Choir", "Garden", "Robotics", "Running", "Theater", "Yearbook"];

/// The words of remarks: plain ASCII, so that a text can be cut anywhere.
pub(crate) const REMARK_WORDS: &[&str] = &[
    "the",
    "class",
    "worked",
    "with",
    "care",
    "on",
    "a",
    "project",
    "about",
    "rivers",
    "and",
    "wrote",
    "down",
    "what",
    "they",
    "found",
    "during",
    "second",
    "week",
    "of",
    "term",
    "parents",
    "asked",
    "for",
    "notes",
    "which",
    "were",
    "sent",
    "home",
    "before",
    "meeting",
    "next",
    "steps",
    "reading",
    "aloud",
    "practice",
    "each",
    "morning",
    "showed",
    "steady",
    "progress",
    "more",
    "time",
    "is",
    "needed",
    "to",
    "finish",
    "all",
    "questions",
];
