//! Documents made into others of their kind, so that two loads differ in one thing only. Knows files of documents and the
//! members that every data set has; knows nothing of how they are loaded.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::rewrite::{rewritten, with_number};
use crate::documents::{Index, Inputs};
use crate::failure::Failure;

/// Where students are, whose versions are the ones that come again and again: they refer to no document but descriptors, and no
/// trigger keeps a history of them.
const STUDENTS: &str = "students";
/// What identifies a student.
const STUDENT_ID: &str = "studentUniqueId";
/// A member that no schema has: each version of a student has another.
const VERSION: &str = "benchVersion";
/// The ends of the names of members that hold ids.
const ID_NAMES: [&str; 4] = ["UniqueId", "Identifier", "identifier", "Code"];

/// What is made of documents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Variant {
    /// Nothing.
    Given,
    /// All ids are GUIDs without dashes.
    Guids,
    /// Behind the first student, each document of this number is another version of that student.
    SameStudent(NonZeroUsize),
    /// In the same places, the same bodies with ids of their own.
    OwnStudents(NonZeroUsize),
}

/// The documents that are counted apart from the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Apart {
    /// None up to this number.
    after: usize,
    every: NonZeroUsize,
}

impl Apart {
    /// Whether the document of this number is one.
    pub(crate) fn holds(self, number: usize) -> bool {
        number > self.after && (number - self.after).is_multiple_of(self.every.get())
    }
}

impl Variant {
    /// Its name beside that of the documents.
    pub(crate) fn name(self) -> Option<String> {
        match self {
            Self::Given => None,
            Self::Guids => Some("ids are GUIDs".to_owned()),
            Self::SameStudent(every) => Some(format!("every {every}. the same student")),
            Self::OwnStudents(every) => Some(format!("every {every}. a student of its own")),
        }
    }

    /// Writes what it makes of `inputs` into `file`; which of these are counted apart. Lines that are no documents are left out.
    ///
    /// # Errors
    /// An input that cannot be read, a file that cannot be written, or no student where one is wanted.
    pub(crate) fn write(self, inputs: &Inputs, file: &Path) -> Result<Option<Apart>, Failure> {
        let unwritable =
            |error: &std::io::Error| Failure::file("write", file, error, "Point TMPDIR to a folder with enough space.");
        let unreadable = |error: &std::io::Error| {
            Failure::usage(format_args!("cannot read the documents: {error}"), "Nothing was measured. Check the files.")
        };
        let index = Index::of(inputs)?;
        let mut documents = index.documents();
        let mut out = BufWriter::new(File::create(file).map_err(|error| unwritable(&error))?);
        let mut students = Students { variant: self, first: None, written: 0 };
        for number in 0..index.len() {
            let (_, line) = documents.read(number).map_err(|error| unreadable(&error))?;
            let Ok(line) = line else { continue };
            let body = if self == Self::Guids { with_guids(&line.body) } else { line.body.into_owned() };
            let mut written = write_line(&mut out, &line.project, &line.endpoint, &body);
            if let Some((project, student)) = students.next(&line.project, &line.endpoint, &body) {
                written = written.and_then(|()| write_line(&mut out, &project, STUDENTS, &student));
            }
            written.map_err(|error| unwritable(&error))?;
        }
        out.flush().map_err(|error| unwritable(&error))?;
        students.apart()
    }
}

fn write_line(out: &mut impl std::io::Write, project: &str, endpoint: &str, body: &str) -> std::io::Result<()> {
    let [project, endpoint] = [project, endpoint].map(|name| serde_json::Value::from(name).to_string());
    // A body of several lines would be several documents.
    let body = body.replace(['\n', '\r'], " ");
    writeln!(out, "{{\"project\":{project},\"endpoint\":{endpoint},\"body\":{body}}}")
}

/// The students that are put between documents.
struct Students {
    variant: Variant,
    first: Option<First>,
    /// How many documents there are so far.
    written: usize,
}

struct First {
    number: usize,
    project: String,
    body: String,
    added: usize,
}

impl Students {
    /// The project and the body of the one that comes behind this document, if one does.
    fn next(&mut self, project: &str, endpoint: &str, body: &str) -> Option<(String, String)> {
        let (every, is_same) = match self.variant {
            Variant::Given | Variant::Guids => return None,
            Variant::SameStudent(every) => (every, true),
            Variant::OwnStudents(every) => (every, false),
        };
        let number = self.written;
        self.written += 1;
        if self.first.is_none() && endpoint == STUDENTS {
            self.first = Some(First { number, project: project.to_owned(), body: body.to_owned(), added: 0 });
        }
        let first = self.first.as_mut()?;
        let apart = Apart { after: first.number, every };
        if !apart.holds(self.written) {
            return None;
        }
        self.written += 1;
        first.added += 1;
        let added = first.added;
        let id = |name: &str, value: &str| (!is_same && name == STUDENT_ID).then(|| format!("{value}-{added}"));
        Some((first.project.clone(), with_number(&rewritten(&first.body, id), VERSION, added)))
    }

    fn apart(self) -> Result<Option<Apart>, Failure> {
        let (Variant::SameStudent(every) | Variant::OwnStudents(every)) = self.variant else { return Ok(None) };
        let none = || Failure::usage("no document is a student's", "Leave out --same-every, or name other documents.");
        let First { number, .. } = self.first.ok_or_else(none)?;
        Ok(Some(Apart { after: number, every }))
    }
}

/// Each id replaced by a GUID that follows from it, so that what refers to it finds it.
fn with_guids(body: &str) -> String {
    rewritten(body, |name, value| ID_NAMES.iter().any(|end| name.ends_with(end)).then(|| guid(value)))
}

/// 32 digits without dashes: ids of persons may have no more.
fn guid(id: &str) -> String {
    base16ct::lower::encode_string(&Sha256::digest(id)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(variant: Variant, lines: &str) -> Result<(Vec<serde_json::Value>, Option<Apart>), Failure> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("given.ndjson");
        std::fs::write(&file, lines).unwrap();
        let made = folder.path().join("made.ndjson");
        let apart = variant.write(&Inputs::find(&[file])?, &made)?;
        let text = std::fs::read_to_string(&made).unwrap();
        Ok((text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), apart))
    }

    fn line(endpoint: &str, body: &str) -> String {
        format!("{{\"project\":\"ed-fi\",\"endpoint\":\"{endpoint}\",\"body\":{body}}}\n")
    }

    #[test]
    fn ids_become_guids_that_references_find() {
        let lines = line("students", r#"{"studentUniqueId":"604821","birthCity":"604821"}"#)
            + &line("enrollments", r#"{"studentReference":{"studentUniqueId":"604821"},"n":1.50}"#);
        let (made, apart) = made(Variant::Guids, &lines).unwrap();
        let id = made[0]["body"]["studentUniqueId"].as_str().unwrap();
        assert_eq!((id.len(), &made[0]["body"]["birthCity"]), (32, &"604821".into()));
        assert_eq!(made[1]["body"]["studentReference"]["studentUniqueId"], id);
        assert_eq!(apart, None);
    }

    #[test]
    fn the_same_student_stands_where_others_have_ids_of_their_own() {
        let lines = line("schools", r#"{"n":1}"#)
            + &line("students", r#"{"studentUniqueId":"7"}"#)
            + &line("schools", r#"{"n":2}"#).repeat(5);
        let every = NonZeroUsize::new(3).unwrap();
        let students = |variant| {
            let (made, apart) = made(variant, &lines).unwrap();
            let apart = apart.unwrap();
            let (added, others): (Vec<_>, Vec<_>) =
                made.iter().enumerate().partition(|(number, _)| apart.holds(*number));
            assert_eq!(others.len(), 7, "nothing is lost");
            added.iter().map(|(_, line)| line["body"].to_string()).collect::<Vec<_>>()
        };
        let same = students(Variant::SameStudent(every));
        assert_eq!(same, [1, 2].map(|n| format!("{{\"benchVersion\":{n},\"studentUniqueId\":\"7\"}}")));
        let own = students(Variant::OwnStudents(every));
        assert_eq!(own, [1, 2].map(|n| format!("{{\"benchVersion\":{n},\"studentUniqueId\":\"7-{n}\"}}")));
    }

    #[test]
    fn without_a_student_there_is_none_to_come_again() {
        let error = made(Variant::SameStudent(NonZeroUsize::MIN), &line("schools", "{}")).err().unwrap().to_string();
        assert!(error.contains("no document is a student's"), "{error}");
    }
}
