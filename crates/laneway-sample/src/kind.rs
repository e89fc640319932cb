//! The kinds of documents, one for each resource of the schemas, in dependency order.
//! Knows how many there are of each; not what they look like.

use crate::words::descriptors;

/// How many documents of a kind there are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Amount {
    /// This many, in every set that is large enough.
    Fixed(u64),
    /// One for each of these words, likewise.
    Descriptors(&'static [&'static str]),
    /// One, and this many of a hundred thousand.
    Share(u64),
    /// What is left.
    Rest,
}

/// A kind's line in the table below.
#[derive(Clone, Copy, Debug)]
struct Row {
    project: &'static str,
    endpoint: &'static str,
    amount: Amount,
}

macro_rules! kinds {
    ($($kind:ident $project:literal $endpoint:literal $amount:expr;)*) => {
        /// A kind of documents.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[expect(clippy::enum_variant_names, reason = "named after the resources")]
        pub(crate) enum Kind { $($kind),* }

        impl Kind {
            /// All kinds; none refers to one behind it, but for the few that the generator knows of
            /// (a staff member's home room).
            pub(crate) const ALL: &[Kind] = &[$(Kind::$kind),*];
            /// How many kinds there are.
            pub(crate) const COUNT: usize = Self::ALL.len();

            fn row(self) -> Row {
                match self { $(Self::$kind => Row { project: $project, endpoint: $endpoint, amount: $amount }),* }
            }
        }
    };
}

use Amount::{Descriptors, Rest, Share};

kinds! {
    AddressKind "ed-fi" "addressKindDescriptors" Descriptors(descriptors::ADDRESS_KINDS);
    AttendanceKind "ed-fi" "attendanceKindDescriptors" Descriptors(descriptors::ATTENDANCE_KINDS);
    GradeLevel "ed-fi" "gradeLevelDescriptors" Descriptors(descriptors::GRADE_LEVELS);
    Language "ed-fi" "languageDescriptors" Descriptors(descriptors::LANGUAGES);
    LanguageUse "ed-fi" "languageUseDescriptors" Descriptors(descriptors::LANGUAGE_USES);
    MarkKind "ed-fi" "markKindDescriptors" Descriptors(descriptors::MARK_KINDS);
    PerformanceLevel "ed-fi" "performanceLevelDescriptors" Descriptors(descriptors::PERFORMANCE_LEVELS);
    ProgramKind "ed-fi" "programKindDescriptors" Descriptors(descriptors::PROGRAM_KINDS);
    Relationship "ed-fi" "relationshipDescriptors" Descriptors(descriptors::RELATIONSHIPS);
    ResponsibilityKind "ed-fi" "responsibilityDescriptors" Descriptors(descriptors::RESPONSIBILITIES);
    StaffRole "ed-fi" "staffRoleDescriptors" Descriptors(descriptors::STAFF_ROLES);
    Subject "ed-fi" "subjectDescriptors" Descriptors(descriptors::SUBJECTS);
    Support "ed-fi" "supportDescriptors" Descriptors(descriptors::SUPPORTS);
    Term "ed-fi" "termDescriptors" Descriptors(descriptors::TERMS);
    Diet "campus" "dietDescriptors" Descriptors(descriptors::DIETS);
    SchoolYear "ed-fi" "schoolYears" Amount::Fixed(10);
    StateAgency "ed-fi" "stateAgencies" Amount::Fixed(1);
    ServiceCenter "ed-fi" "serviceCenters" Share(10);
    District "ed-fi" "districts" Share(60);
    School "ed-fi" "schools" Share(400);
    LearningStandard "ed-fi" "learningStandards" Share(3_000);
    Staff "ed-fi" "staffs" Share(2_500);
    Room "ed-fi" "rooms" Share(1_200);
    Employment "ed-fi" "staffEducationOrganizationEmploymentAssociations" Share(2_500);
    Assignment "ed-fi" "staffEducationOrganizationAssignmentAssociations" Share(3_500);
    Contact "ed-fi" "contacts" Share(5_500);
    Student "ed-fi" "students" Share(8_500);
    StudentContact "ed-fi" "studentContactAssociations" Share(8_500);
    Enrollment "ed-fi" "studentSchoolAssociations" Share(10_500);
    Responsibility "ed-fi" "studentEducationOrganizationResponsibilityAssociations" Share(1_500);
    Session "ed-fi" "sessions" Share(800);
    ClassPeriod "ed-fi" "classPeriods" Share(2_400);
    Course "ed-fi" "courses" Share(1_500);
    CourseOffering "ed-fi" "courseOfferings" Share(3_000);
    Section "ed-fi" "sections" Share(5_000);
    StaffSection "ed-fi" "staffSectionAssociations" Share(4_000);
    StudentSection "ed-fi" "studentSectionAssociations" Share(11_000);
    Program "ed-fi" "programs" Share(400);
    Tutoring "ed-fi" "studentTutoringProgramAssociations" Share(1_500);
    Transport "ed-fi" "studentTransportProgramAssociations" Share(1_500);
    ProgramReview "ed-fi" "programReviews" Share(800);
    Assessment "ed-fi" "assessments" Share(400);
    StudentAssessment "ed-fi" "studentAssessments" Share(8_000);
    GradebookEntry "ed-fi" "gradebookEntries" Share(3_000);
    Grade "ed-fi" "grades" Share(6_000);
    Conference "ed-fi" "conferences" Share(1_500);
    Club "campus" "clubs" Share(600);
    Attendance "ed-fi" "studentAttendanceEvents" Rest;
}

impl Kind {
    /// The project's name in URLs and lines.
    pub(crate) fn project(self) -> &'static str {
        self.row().project
    }

    /// The resource's name in URLs and lines.
    pub(crate) fn endpoint(self) -> &'static str {
        self.row().endpoint
    }

    /// How many documents there are.
    pub(crate) fn amount(self) -> Amount {
        self.row().amount
    }

    /// The index in [`Kind::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// Whether documents carry a list of references that may be of any length.
    pub(crate) fn is_elastic(self) -> bool {
        matches!(self, Self::Course | Self::Assessment | Self::StudentAssessment | Self::GradebookEntry | Self::Grade)
    }

    /// Whether documents are changed by later ones: all but the small lists that everything rests on.
    pub(crate) fn is_updatable(self) -> bool {
        !matches!(self.amount(), Amount::Fixed(_) | Amount::Descriptors(_))
    }
}
