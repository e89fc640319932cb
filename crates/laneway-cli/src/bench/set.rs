//! The documents of a benchmark, each set with the files in which it lies. Knows nothing of how they are loaded.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::report::Loaded;
use super::variant::{Apart, Variant};
use crate::documents::{Index, Inputs, Item, Reader, Stamping};
use crate::failure::Failure;

/// Some documents.
pub(crate) struct Set {
    /// What they are called.
    pub(crate) name: String,
    /// Where they are.
    pub(crate) inputs: Inputs,
    /// How many there are.
    pub(crate) documents: usize,
    /// Which of them are counted apart.
    pub(crate) apart: Option<Apart>,
    bytes: u64,
    /// What was written for this run; it goes with the set.
    folder: TempDir,
}

impl Set {
    /// What `variant` makes of the documents called `name`.
    ///
    /// # Errors
    /// An input that cannot be read, or what it is made into cannot be written.
    pub(crate) fn of(name: &str, given: &Inputs, variant: Variant) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|error| unwritable(&std::env::temp_dir(), &error))?;
        let (inputs, apart) = match variant.name() {
            None => (given.clone(), None),
            Some(_) => {
                let file = folder.path().join("documents.ndjson");
                let apart = variant.write(given, &file)?;
                (Inputs::find(&[file])?, apart)
            }
        };
        let index = Index::of(&inputs)?;
        let name = variant.name().map_or_else(|| name.to_owned(), |variant| format!("{name}, {variant}"));
        Ok(Self { name, documents: index.len(), bytes: index.bytes(), inputs, apart, folder })
    }

    /// For the report.
    pub(crate) fn loaded(&self) -> Loaded {
        Loaded { name: self.name.clone(), documents: self.documents, bytes: self.bytes }
    }

    /// A file of all documents as they are submitted, for another program: three lines each, the names of project and endpoint
    /// and the body. Written when it is asked for first.
    ///
    /// # Errors
    /// An input that cannot be read, a file that cannot be written.
    pub(crate) async fn stamped(&self) -> Result<PathBuf, Failure> {
        let path = self.folder.path().join("stamped.txt");
        if path.exists() {
            return Ok(path);
        }
        let file = std::fs::File::create(&path).map_err(|error| unwritable(&path, &error))?;
        let mut out = std::io::BufWriter::new(file);
        let mut reader = Reader::start(self.inputs.clone(), &Stamping::Stamped.into());
        while let Some(chunk) =
            reader.next().await.map_err(|error| Failure::usage(error, "Nothing was measured. Check the file."))?
        {
            for item in chunk.items {
                let Item::Document(document) = item else { continue };
                let body: Vec<u8> =
                    document.body.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect();
                let lines = [document.project.as_bytes(), document.endpoint.as_bytes(), &body];
                let mut lines = lines.into_iter().flat_map(|line| [line, b"\n"]);
                lines.try_for_each(|text| out.write_all(text)).map_err(|error| unwritable(&path, &error))?;
            }
        }
        out.flush().map_err(|error| unwritable(&path, &error))?;
        Ok(path)
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::file("write", path, error, "Point TMPDIR to a folder with enough space.")
}
