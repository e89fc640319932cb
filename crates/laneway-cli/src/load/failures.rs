//! What was not stored: the first few for people, all of them into a file that can be loaded again.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use laneway_model::Outcome;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::documents::{Document, LineError, Source};
use crate::failure::Failure;
use crate::outcome;

/// Failures shown one by one; of the rest, only the counts are.
const EXAMPLES_MAX: usize = 5;

/// Where failures go.
#[derive(Default)]
pub(crate) struct Failures {
    file: Option<(PathBuf, BufWriter<File>)>,
    /// Entries written to the file.
    entries: u64,
    /// Entries that are no failures any more.
    withdrawn: HashSet<u64>,
    examples: Vec<(usize, String)>,
    broken: Option<io::Error>,
}

/// One line of the file; a document's can be loaded again as it is.
#[derive(Default, Serialize)]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_text: Option<&'a str>,
    outcome: &'a str,
    detail: serde_json::Value,
    source: String,
}

impl Failures {
    /// Writes all failures to `path`, which is made now, before anything is loaded.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn into_file(path: &Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| {
            Failure::file(
                "write",
                path,
                &error,
                "Nothing was loaded. Choose a file (--failures FILE) that is writable.",
            )
        })?;
        Ok(Self { file: Some((path.to_path_buf(), BufWriter::new(file))), ..Self::default() })
    }

    /// Notes a document that was not stored; returns which entry of the file is its.
    pub(crate) fn document(&mut self, document: &Document, found: &Outcome) -> Option<u64> {
        let kind = found.kind().as_str();
        self.example(&document.source, kind, &outcome::sentence(found));
        self.file.as_ref()?;
        // A body that is one line of JSON is written as such; any other (it may come from a `body_text`) as a text.
        let text = std::str::from_utf8(&document.body).unwrap_or_default();
        let body: Option<&RawValue> = if text.contains('\n') { None } else { serde_json::from_str(text).ok() };
        self.write(&Entry {
            project: Some(&document.project),
            endpoint: Some(&document.endpoint),
            body,
            body_text: if body.is_none() { Some(text) } else { None },
            outcome: kind,
            detail: outcome::detail(found),
            source: document.source.to_string(),
        });
        Some(self.entries - 1)
    }

    /// Takes back a document that a later version has superseded: the file would store the earlier one over it.
    pub(crate) fn withdraw(&mut self, number: usize, entry: Option<u64>) {
        self.examples.retain(|(of, _)| *of != number);
        self.withdrawn.extend(entry);
    }

    /// Notes a line that is no document; it cannot be loaded again, so only its position and the reason are kept.
    pub(crate) fn line(&mut self, source: &Source, error: &LineError) {
        let kind = "invalid_document";
        self.example(source, kind, &error.to_string());
        let (detail, source) = (error.to_string().into(), source.to_string());
        self.write(&Entry { outcome: kind, detail, source, ..Entry::default() });
    }

    fn example(&mut self, source: &Source, kind: &str, sentence: &str) {
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push((source.number, format!("{source}: {kind}: {sentence}")));
        }
    }

    fn write(&mut self, entry: &Entry<'_>) {
        let Some((_, file)) = &mut self.file else { return };
        self.entries += 1;
        let written =
            serde_json::to_writer(&mut *file, entry).map_err(io::Error::from).and_then(|()| file.write_all(b"\n"));
        if let Err(error) = written {
            self.broken.get_or_insert(error);
        }
    }

    /// Whether the file could not take a failure: loading on would lose more of them.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// The first few failures, a line each.
    pub(crate) fn examples(&self) -> impl Iterator<Item = &str> {
        self.examples.iter().map(|(_, example)| &**example)
    }

    /// Brings the file to its end.
    ///
    /// # Errors
    /// When it did not take everything.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let Some((path, mut file)) = self.file.take() else { return Ok(()) };
        let flushed = file.flush();
        let written = self.broken.take().map_or(flushed, Err).and_then(|()| leave_out(&path, &self.withdrawn));
        match written {
            Ok(()) => Ok(()),
            Err(error) => Err(Failure::file(
                "write",
                &path,
                &error,
                "The load stopped there, and failures may be missing from the file. Free some space, then load the same \
                 files again: documents that are stored already are only compared.",
            )),
        }
    }
}

/// Writes the file anew without these entries. What is no file, such as a pipe, has been read already.
fn leave_out(path: &Path, entries: &HashSet<u64>) -> io::Result<()> {
    if entries.is_empty() || !path.metadata()?.is_file() {
        return Ok(());
    }
    let mut kept = tempfile::tempfile()?;
    let mut writer = BufWriter::new(&mut kept);
    for (entry, line) in (0..).zip(BufReader::new(File::open(path)?).split(b'\n')) {
        let line = line?;
        if !entries.contains(&entry) {
            writer.write_all(&line)?;
            writer.write_all(b"\n")?;
        }
    }
    writer.flush()?;
    drop(writer);
    kept.rewind()?;
    // In place: the file may be a link, and its folder closed to us.
    io::copy(&mut kept, &mut File::create(path)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Line;

    fn document(body: &str) -> Document {
        let source = Source { input: "a.ndjson".into(), line: 7, item: None, number: 0 };
        Document { source, project: "ed-fi".into(), endpoint: "students".into(), body: body.to_owned().into() }
    }

    #[test]
    fn a_file_of_failures_can_be_loaded_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("failures.ndjson");
        let mut failures = Failures::into_file(&path).unwrap();
        let bodies = ["{\"a\": 1.0}", "{\n}", "{"];
        for body in bodies {
            failures.document(&document(body), &Outcome::InvalidReferences { resources: vec!["School".to_owned()] });
        }
        failures.finish().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let read: Vec<_> =
            text.lines().map(|line| Line::parse(line.as_bytes(), None).unwrap().body.into_owned()).collect();
        assert_eq!(read, bodies);
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["outcome"], "invalid_references");
        assert_eq!(first["detail"]["resources"][0], "School");
        assert_eq!(first["source"], "a.ndjson:7");
    }

    #[cfg(unix)]
    #[test]
    fn what_was_withdrawn_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("failures.ndjson"), folder.path().join("link"));
        std::fs::write(&path, "").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let mut failures = Failures::into_file(&link).unwrap();
        for (number, body) in ["{\"a\":0}", "{\"a\":1}", "{\"a\":2}"].into_iter().enumerate() {
            let entry = failures.document(&document(body), &Outcome::InDoubt);
            assert_eq!(entry, Some(number as u64));
        }
        failures.withdraw(99, Some(1));
        failures.finish().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let read: Vec<_> = text.lines().map(|line| Line::parse(line.as_bytes(), None).unwrap().body).collect();
        assert_eq!(read, ["{\"a\":0}", "{\"a\":2}"]);
    }

    #[test]
    fn an_unwritable_file_is_reported_before_anything_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let error = Failures::into_file(&folder.path().join("no/such")).err().unwrap().to_string();
        assert!(error.contains("Nothing was loaded"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_reported() {
        let mut failures = Failures::into_file(Path::new("/dev/full")).unwrap();
        failures.document(&document(&format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20))), &Outcome::InDoubt);
        assert!(failures.is_broken());
        let error = failures.finish().unwrap_err().to_string();
        assert!(error.contains("/dev/full") && error.contains("Free some space"), "{error}");
    }

    #[test]
    fn only_the_first_few_are_shown() {
        let mut failures = Failures::default();
        (0..20).for_each(|_| assert_eq!(failures.document(&document("{}"), &Outcome::InDoubt), None));
        assert_eq!(failures.examples().count(), EXAMPLES_MAX);
        assert!(failures.examples().all(|example| example.starts_with("a.ndjson:7: in_doubt: the connection")));
    }
}
