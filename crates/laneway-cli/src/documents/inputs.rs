//! Which inputs are read: named files and pipes, the documents' files in named folders, standard input.

use std::io;
use std::path::{Path, PathBuf};

use super::endpoint::{Endpoints, is_documents};
use super::input::{Input, Origin};
use super::line::{Line, LineError};
use super::lines::Raw;
use super::opened::OpenError;
use super::records::Records;
use crate::failure::Failure;

/// How deep files are looked for in a folder: a folder of each endpoint's files, as lightbeam has them, but no more.
const FOLDERS_DEEP_MAX: usize = 1;

/// What a failure before the first document says.
const NOTHING_READ: &str = "No document was read.";

/// What files of documents are.
const FORMS: &str = "Documents are JSON objects in UTF-8, one a line (.ndjson, .jsonl) or in an array (.json), plain or compressed (.gz, .zst).";

/// What kind of file it is, unless it can be read only once.
fn check_kind(input: &Input) -> Result<(), OpenError> {
    if input.is_stream() { Ok(()) } else { Records::open(input).map(drop) }
}

/// Whether its first document needs a name that it has not, unless it can be read only once.
fn check_name(input: &Input) -> Result<(), OpenError> {
    if input.is_stream() {
        return Ok(());
    }
    let mut records = Records::open(input)?;
    // An error behind the beginning is met when the input is read, with its place.
    if let Ok(Some((_, Raw::Line(line)))) = records.next()
        && let Err(error @ LineError::NoEndpoint) = Line::parse(line, input.endpoint.as_ref())
    {
        return Err(OpenError::Nameless(error));
    }
    Ok(())
}

fn refused(input: &Input, error: &OpenError) -> Failure {
    let next = match error {
        OpenError::Io(_) => "Check the name and the file.".to_owned(),
        OpenError::Wrong(_) => format!("{FORMS}\n{NOTHING_READ}"),
        OpenError::Nameless(_) => NOTHING_READ.to_owned(),
    };
    Failure::usage(format_args!("cannot read {}: {error}", input.name()), next)
}

/// The inputs in the order in which they are read.
#[derive(Clone, Debug)]
pub(crate) struct Inputs {
    /// The inputs.
    pub(crate) all: Vec<Input>,
    /// The size of all files together, for the time that is left; `None` when it cannot be known.
    pub(crate) bytes: Option<u64>,
}

impl Inputs {
    /// What `paths` name. The beginning of each file is looked at now, so that a wrong one is found before anything is
    /// written; a pipe is left alone, as it can be opened only once.
    ///
    /// # Errors
    /// A path that cannot be read, a file of another kind, or a folder without files of documents.
    pub(crate) fn find(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut inputs = Self { all: Vec::new(), bytes: Some(0) };
        for path in paths {
            if path.as_os_str() == "-" {
                inputs.all.push(Input::of(Origin::Stdin));
                inputs.bytes = None;
            } else if path.is_dir() {
                let before = inputs.all.len();
                inputs.add_folder(path, FOLDERS_DEEP_MAX)?;
                if inputs.all.len() == before {
                    return Err(no_documents(path));
                }
            } else {
                inputs.add_file(path)?;
            }
        }
        Ok(inputs)
    }

    fn add_file(&mut self, path: &Path) -> Result<(), Failure> {
        let unreadable =
            |error: io::Error| Failure::file("read", path, &error, format_args!("Check the name. {FORMS}"));
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        let input = if metadata.is_file() {
            // Without the right to read it, this is the error.
            std::fs::File::open(path).map_err(unreadable)?;
            self.bytes = self.bytes.map(|sum| sum + metadata.len());
            Input::of(Origin::File(path.to_path_buf()))
        } else {
            self.bytes = None;
            Input::of(Origin::Pipe(path.to_path_buf()))
        };
        // Whether it needs a name is asked when the names are known.
        check_kind(&input).map_err(|error| refused(&input, &error))?;
        self.all.push(input);
        Ok(())
    }

    /// The files of a folder by name, and those of its folders, as many levels deep.
    fn add_folder(&mut self, folder: &Path, deep: usize) -> Result<(), Failure> {
        let files = files_where(folder, |path| path.is_dir() || is_documents(path))
            .map_err(|error| Failure::file("read", folder, &error, "Check the folder's permissions."))?;
        for path in files {
            if !path.is_dir() {
                self.add_file(&path)?;
            } else if deep > 0 {
                self.add_folder(&path, deep - 1)?;
            }
        }
        Ok(())
    }

    /// Says which resource bodies belong to that stand by themselves: to the `chosen` one, else to that which the file's
    /// name says.
    ///
    /// # Errors
    /// A chosen name that no resource has, or a file that needs a name and has none.
    pub(crate) fn name_endpoints(&mut self, endpoints: &Endpoints, chosen: Option<&str>) -> Result<(), Failure> {
        let chosen = chosen.map(|name| endpoints.chosen(name)).transpose()?;
        for input in &mut self.all {
            input.endpoint = match &chosen {
                Some(chosen) => Some(chosen.clone()),
                None => input.stems().find_map(|stem| endpoints.of_file(&stem)),
            };
            check_name(input).map_err(|error| refused(input, &error))?;
        }
        Ok(())
    }

    /// That all of them can be read a second time, which `reason` needs.
    ///
    /// # Errors
    /// One that cannot.
    pub(crate) fn check_repeatable(&self, reason: &str) -> Result<(), Failure> {
        match self.all.iter().find(|input| input.is_stream()) {
            None => Ok(()),
            Some(input) => Err(Failure::usage(
                format_args!("{} can be read only once, and {reason} needs it twice", input.name()),
                "Write it to a file, and name that.",
            )),
        }
    }
}

/// The files in `folder` whose names end so, by name.
pub(crate) fn files_ending(folder: &Path, ending: &str) -> io::Result<Vec<PathBuf>> {
    files_where(folder, |path| path.to_string_lossy().ends_with(ending))
}

/// What is in `folder` and `wanted`, by name; what is hidden is passed over.
fn files_where(folder: &Path, wanted: impl Fn(&Path) -> bool) -> io::Result<Vec<PathBuf>> {
    let paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut files: Vec<_> = paths.into_iter().filter(|path| !is_hidden(path) && wanted(path)).collect();
    files.sort();
    Ok(files)
}

/// The failure of inputs of which none of so many lines is a document.
pub(crate) fn nothing_read(lines: u64) -> Failure {
    Failure::usage(format_args!("nothing could be read: none of {lines} lines is a document"), FORMS)
}

fn no_documents(folder: &Path) -> Failure {
    Failure::usage(
        format_args!("the folder {} holds no *.ndjson, *.jsonl or *.json file, plain or compressed", folder.display()),
        "Name a folder of documents, or the files themselves.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: &Inputs) -> Vec<String> {
        inputs.all.iter().map(|input| input.name().rsplit('/').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_folder_stands_for_its_files_in_order_of_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.ndjson", "a.jsonl", "d.json", "c.txt", ".e.ndjson", "f.apischema.json", "g.jsonl.gz"] {
            std::fs::write(folder.path().join(name), "{}\n").unwrap();
        }
        std::fs::create_dir_all(folder.path().join("e/too/deep")).unwrap();
        std::fs::write(folder.path().join("e/1.jsonl"), "{}\n").unwrap();
        std::fs::write(folder.path().join("e/too/2.jsonl"), "{}\n").unwrap();
        let inputs = Inputs::find(&[folder.path().to_path_buf()]).unwrap();
        assert_eq!(names(&inputs), ["a.jsonl", "b.ndjson", "d.json", "1.jsonl", "g.jsonl.gz"]);
        assert_eq!(inputs.bytes, Some(15));
    }

    #[test]
    fn an_unreadable_input_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Inputs::find(&[folder.path().join("none.ndjson")]).unwrap_err().to_string();
        assert!(missing.contains("none.ndjson") && missing.contains("Check the name"), "{missing}");
        let empty = Inputs::find(&[folder.path().to_path_buf()]).unwrap_err().to_string();
        assert!(empty.contains("holds no *.ndjson"), "{empty}");
        let table = folder.path().join("students.csv");
        std::fs::write(&table, "id,name\n1,Ann\n").unwrap();
        let wrong = Inputs::find(&[table]).unwrap_err().to_string();
        assert!(
            wrong.contains("students.csv: it holds no documents") && wrong.contains("No document was read"),
            "{wrong}"
        );
    }

    #[test]
    fn a_file_of_bodies_needs_the_name_of_an_endpoint() {
        let folder = tempfile::tempdir().unwrap();
        let endpoints = Endpoints::of([("ed-fi", "students"), ("ed-fi", "schools")]);
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        let named = |path: PathBuf, chosen: Option<&str>| {
            let mut inputs = Inputs::find(&[path]).unwrap();
            inputs.name_endpoints(&endpoints, chosen).map(|()| inputs.all[0].endpoint.clone().map(|it| it.to_string()))
        };
        let endpoint = |name: &str, text: &str| named(file(name, text), None).unwrap();
        assert_eq!(endpoint("students.jsonl", "{}\n").as_deref(), Some("ed-fi/students"));
        assert_eq!(endpoint("schools/part-1.jsonl", "{}\n").as_deref(), Some("ed-fi/schools"));
        assert_eq!(endpoint("pupils.jsonl", "{\"project\":\"p\",\"endpoint\":\"e\",\"body\":{}}\n"), None);
        assert_eq!(endpoint("pupils.jsonl", ""), None);
        let pupils = file("pupils.jsonl", "{\"a\":1}\n");
        assert_eq!(named(pupils.clone(), Some("schools")).unwrap().as_deref(), Some("ed-fi/schools"));
        let nameless = named(pupils, None).unwrap_err().to_string();
        assert!(nameless.contains("pupils.jsonl") && nameless.contains("--endpoint"), "{nameless}");
    }

    #[test]
    fn what_can_be_read_once_is_refused_a_second_time() {
        let inputs = Inputs::find(&["-".into()]).unwrap();
        let error = inputs.check_repeatable("another order than its own").unwrap_err().to_string();
        assert!(error.contains("only once") && error.contains("Write it to a file"), "{error}");
    }
}
