//! The DMS's rules for reading documents, by version, and what they make an exception for.

/// A named set of extraction rules. A plugin's manifest records which it follows, and a host refuses one that it
/// does not know; where rules differ, `match` on it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Dialect {
    /// Those of the Ed-Fi DMS 0.7.
    #[default]
    Dms07,
}

impl Dialect {
    /// The name that manifests record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dms07 => "dms-0.7",
        }
    }
}

/// Whether a project, by its name in URLs, is the homograph: a project for tests whose resources bear the names of
/// the core's. Its schools are in no hierarchy of organizations.
#[must_use]
pub fn is_homograph(project_endpoint: &str) -> bool {
    project_endpoint.eq_ignore_ascii_case("homograph")
}
