//! Which resource a file's bodies belong to, by its name. Knows names, not what is in the files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::failure::Failure;

/// The project that is meant where several have an endpoint of that name: the core of the Ed-Fi standard.
const CORE_PROJECT: &str = "ed-fi";

/// How names of documents' files end.
const ENDINGS: &[&str] = &[".ndjson", ".jsonl", ".json"];
/// What follows where they are compressed.
const COMPRESSED_ENDINGS: &[&str] = &[".gz", ".zst", ".zstd"];
/// How names of schemas end, which lie beside documents.
const SCHEMA_ENDING: &str = ".apischema.json";

/// A resource as it stands in URLs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Endpoint {
    /// The project's name in URLs.
    pub(crate) project: Arc<str>,
    /// The resource's name in URLs.
    pub(crate) endpoint: Arc<str>,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.project, self.endpoint)
    }
}

/// All resources that plugins serve.
pub(crate) struct Endpoints(Vec<Endpoint>);

impl Endpoints {
    /// These, each as project and endpoint.
    pub(crate) fn of<P: Into<Arc<str>>, E: Into<Arc<str>>>(all: impl IntoIterator<Item = (P, E)>) -> Self {
        Self(
            all.into_iter()
                .map(|(project, endpoint)| Endpoint { project: project.into(), endpoint: endpoint.into() })
                .collect(),
        )
    }

    /// The one that `[PROJECT/]NAME` means.
    pub(super) fn chosen(&self, name: &str) -> Result<Endpoint, Failure> {
        let (project, endpoint) = match name.split_once('/') {
            Some((project, endpoint)) => (Some(project), endpoint),
            None => (None, name),
        };
        self.find(project, endpoint).map_err(|others| {
            let what =
                if others.is_empty() { "no resource".to_owned() } else { format!("each of {}", listed(&others)) };
            Failure::usage(
                format_args!("--endpoint {name}: {what} has this endpoint"),
                "Name one as in URLs, such as ed-fi/students. No document was read.",
            )
        })
    }

    /// The one that a file or folder of this name (its endings taken off) holds documents of: `students`, numbered as in
    /// `07-students`, or with the project as in `ed-fi.students`.
    pub(super) fn of_file(&self, stem: &str) -> Option<Endpoint> {
        let plain =
            stem.trim_start_matches(|char: char| char.is_ascii_digit()).trim_start_matches(['-', '_', '.', ' ']);
        [stem, plain].into_iter().find_map(|name| {
            let split = name.split_once('.').and_then(|(project, endpoint)| self.find(Some(project), endpoint).ok());
            split.or_else(|| self.find(None, name).ok())
        })
    }

    /// The resource, its names matched without case; else the ones that it may be.
    fn find(&self, project: Option<&str>, endpoint: &str) -> Result<Endpoint, Vec<&Endpoint>> {
        let is = |name: &str, wanted: &str| name.to_lowercase() == wanted.to_lowercase();
        let named = self.0.iter().filter(|it| is(&it.endpoint, endpoint));
        let named: Vec<_> = named.filter(|it| project.is_none_or(|project| is(&it.project, project))).collect();
        match named[..] {
            [only] => Ok(only.clone()),
            _ => named.iter().find(|it| is(&it.project, CORE_PROJECT)).map(|it| (*it).clone()).ok_or(named),
        }
    }
}

fn listed(endpoints: &[&Endpoint]) -> String {
    endpoints.iter().map(|endpoint| endpoint.project.to_string()).collect::<Vec<_>>().join(" and ")
}

/// Whether a file's name is one of documents.
pub(crate) fn is_documents(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let plain = without(&name, COMPRESSED_ENDINGS);
    ENDINGS.iter().any(|ending| plain.ends_with(ending)) && !plain.ends_with(SCHEMA_ENDING)
}

/// Whether a file's name is one of documents and of nothing else: `*.json` may be a schema too.
pub(crate) fn is_surely_documents(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    is_documents(path) && !name.ends_with(".json")
}

/// A file's name without its endings.
pub(super) fn file_stem(name: &str) -> &str {
    let plain = without(name, COMPRESSED_ENDINGS);
    let stem = without(plain, ENDINGS);
    if stem.len() < plain.len() { stem } else { plain.rsplit_once('.').map_or(plain, |(stem, _)| stem) }
}

fn without<'a>(name: &'a str, endings: &[&str]) -> &'a str {
    let has = |ending: &&&str| {
        name.len()
            .checked_sub(ending.len())
            .and_then(|at| name.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(ending))
    };
    endings.iter().find(has).map_or(name, |ending| &name[..name.len() - ending.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints() -> Endpoints {
        Endpoints::of([
            ("tpdm", "students"),
            ("ed-fi", "students"),
            ("ed-fi", "schools"),
            ("a", "things"),
            ("b", "things"),
        ])
    }

    #[test]
    fn a_file_is_of_the_resource_that_its_name_says() {
        let of = |name: &str| endpoints().of_file(file_stem(name)).map(|endpoint| endpoint.to_string());
        for (name, endpoint) in [
            ("students.jsonl", Some("ed-fi/students")),
            ("Students.JSONL.gz", Some("ed-fi/students")),
            ("schools", Some("ed-fi/schools")),
            ("schools.txt", Some("ed-fi/schools")),
            ("007-schools.ndjson.zst", Some("ed-fi/schools")),
            ("tpdm.students.json", Some("tpdm/students")),
            ("things.json", None),
            ("b.things.json", Some("b/things")),
            ("pupils.json", None),
            ("63", None),
            (".jsonl", None),
            ("\u{e9}.gz", None),
        ] {
            assert_eq!(of(name).as_deref(), endpoint, "{name}");
        }
    }

    #[test]
    fn without_a_project_the_only_one_that_has_it_is_meant_and_the_core_project_first() {
        let chosen = |name: &str| endpoints().chosen(name).map_err(|error| error.to_string());
        assert_eq!(chosen("schools").unwrap().to_string(), "ed-fi/schools");
        assert_eq!(chosen("students").unwrap().to_string(), "ed-fi/students");
        assert_eq!(chosen("TPDM/Students").unwrap().to_string(), "tpdm/students");
        assert!(chosen("things").unwrap_err().contains("each of a and b has this endpoint"));
        assert!(chosen("tpdm/schools").unwrap_err().contains("no resource has this endpoint"));
        assert!(chosen("pupils").unwrap_err().contains("ed-fi/students"));
    }

    #[test]
    fn schemas_are_no_documents() {
        for (name, documents, surely) in [
            ("a.ndjson", true, true),
            ("a.json", true, false),
            ("a.json.gz", true, true),
            ("a.apischema.json", false, false),
            ("a.csv", false, false),
            ("students", false, false),
        ] {
            let path = Path::new(name);
            assert_eq!((is_documents(path), is_surely_documents(path)), (documents, surely), "{name}");
        }
    }
}
