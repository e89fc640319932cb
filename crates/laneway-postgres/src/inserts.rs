//! The statements that insert a flush's rows, for whoever measures what they cost without a flush. Each takes its rows as
//! arrays, one a column; `queries/flush` has them.

/// Rows of `EducationOrganizationHierarchy`.
pub const HIERARCHY: &str = include_str!("../queries/flush/insert_hierarchy.sql");
/// Rows of `Document`.
pub const DOCUMENTS: &str = include_str!("../queries/flush/insert_documents.sql");
/// Rows of `Alias`.
pub const ALIASES: &str = include_str!("../queries/flush/insert_aliases.sql");
/// Rows of `Reference`, as `deploy` builds it.
pub const REFERENCES: &str = include_str!("../queries/flush/dms-0.7/insert_references.sql");
/// Rows of `StudentSecurableDocument`.
pub const STUDENT_SECURABLE: &str = include_str!("../queries/flush/insert_student_securable.sql");
/// Rows of `StaffSecurableDocument`.
pub const STAFF_SECURABLE: &str = include_str!("../queries/flush/insert_staff_securable.sql");
/// Rows of `ContactSecurableDocument`.
pub const CONTACT_SECURABLE: &str = include_str!("../queries/flush/insert_contact_securable.sql");
/// How they are planned: settings of one transaction.
pub const PLANNING: &str = include_str!("../queries/flush/planner.sql");
