//! Descriptors: their documents and the URIs that refer to them.

use super::NAMESPACE;
use crate::json::Object;
use crate::kind::Kind;
use crate::words::descriptors;

/// The words of the descriptors of `kind`; none for a kind that is no descriptor.
pub(super) fn words(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::AddressKind => descriptors::ADDRESS_KINDS,
        Kind::AttendanceKind => descriptors::ATTENDANCE_KINDS,
        Kind::GradeLevel => descriptors::GRADE_LEVELS,
        Kind::Language => descriptors::LANGUAGES,
        Kind::LanguageUse => descriptors::LANGUAGE_USES,
        Kind::MarkKind => descriptors::MARK_KINDS,
        Kind::PerformanceLevel => descriptors::PERFORMANCE_LEVELS,
        Kind::ProgramKind => descriptors::PROGRAM_KINDS,
        Kind::Relationship => descriptors::RELATIONSHIPS,
        Kind::ResponsibilityKind => descriptors::RESPONSIBILITIES,
        Kind::StaffRole => descriptors::STAFF_ROLES,
        Kind::Subject => descriptors::SUBJECTS,
        Kind::Support => descriptors::SUPPORTS,
        Kind::Term => descriptors::TERMS,
        Kind::Diet => descriptors::DIETS,
        _ => &[],
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::AddressKind => "AddressKindDescriptor",
        Kind::AttendanceKind => "AttendanceKindDescriptor",
        Kind::GradeLevel => "GradeLevelDescriptor",
        Kind::Language => "LanguageDescriptor",
        Kind::LanguageUse => "LanguageUseDescriptor",
        Kind::MarkKind => "MarkKindDescriptor",
        Kind::PerformanceLevel => "PerformanceLevelDescriptor",
        Kind::ProgramKind => "ProgramKindDescriptor",
        Kind::Relationship => "RelationshipDescriptor",
        Kind::ResponsibilityKind => "ResponsibilityDescriptor",
        Kind::StaffRole => "StaffRoleDescriptor",
        Kind::Subject => "SubjectDescriptor",
        Kind::Support => "SupportDescriptor",
        Kind::Term => "TermDescriptor",
        _ => "DietDescriptor",
    }
}

/// The word of descriptor `index`; those behind the list are numbered.
fn code_value(kind: Kind, index: u64) -> String {
    let word = usize::try_from(index).ok().and_then(|index| words(kind).get(index));
    word.map_or_else(|| format!("Other {index}"), ToString::to_string)
}

/// What documents write to refer to descriptor `index`.
pub(super) fn uri(kind: Kind, index: u64) -> String {
    format!("{NAMESPACE}/{}#{}", name(kind), code_value(kind, index))
}

/// The descriptor's own document.
pub(super) fn body(kind: Kind, index: u64) -> Object {
    let code_value = code_value(kind, index);
    let mut body = Object::new();
    body.text("namespace", format!("{NAMESPACE}/{}", name(kind)));
    body.text("codeValue", &*code_value).text("shortDescription", &*code_value);
    body.text("description", format!("{code_value}, as the sample schools say it."));
    body
}
