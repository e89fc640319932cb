//! A data set: a folder with `schemas/`, `documents/` and, when it is known, what the store should hold afterwards.

use std::path::{Path, PathBuf};

use crate::commands::generate::Shape;
use crate::documents::{Inputs, files_ending};
use crate::failure::Failure;
use crate::store::Expected;

/// The schema that is loaded where a data set has this one among others: the core project's of the Ed-Fi standard.
const CORE_SCHEMA: &str = "ds-5.2.apischema.json";

/// The parts of a data set.
pub(crate) struct DataSet {
    /// The ApiSchema files.
    pub(crate) schemas: Vec<PathBuf>,
    /// The documents.
    pub(crate) documents: Inputs,
    /// What the store should hold.
    pub(crate) expected: Option<Expected>,
    /// The folder of a data set made for this run; it goes with it.
    _generated: Option<tempfile::TempDir>,
}

impl DataSet {
    /// Finds the parts of the data set in `folder`.
    pub(crate) fn find(folder: &Path) -> Result<Self, Failure> {
        Ok(Self {
            schemas: schemas(&folder.join("schemas"))?,
            documents: Inputs::find(&[folder.join("documents")])?,
            expected: Expected::find(folder)?,
            _generated: None,
        })
    }

    /// Generates one into a temporary folder.
    pub(crate) fn generate(shape: &Shape) -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(|error| {
            Failure::file(
                "make a folder in",
                &std::env::temp_dir(),
                &error,
                "Point TMPDIR to a folder with enough space.",
            )
        })?;
        shape.write(folder.path())?;
        let found = Self::find(folder.path())?;
        Ok(Self { _generated: Some(folder), ..found })
    }
}

fn schemas(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let core = folder.join(CORE_SCHEMA);
    if core.is_file() {
        return Ok(vec![core]);
    }
    let next = "A data set has its ApiSchema files in the folder schemas, named *.apischema.json.";
    let schemas =
        files_ending(folder, ".apischema.json").map_err(|error| Failure::file("read", folder, &error, next))?;
    if schemas.is_empty() {
        return Err(Failure::usage(format_args!("{} holds no ApiSchema file", folder.display()), next));
    }
    Ok(schemas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_part_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = || DataSet::find(folder.path()).err().unwrap().to_string();
        assert!(error().contains("schemas") && error().contains("*.apischema.json"), "{}", error());
        std::fs::create_dir_all(folder.path().join("schemas")).unwrap();
        assert!(error().contains("holds no ApiSchema file"), "{}", error());
        std::fs::write(folder.path().join("schemas/a.apischema.json"), "{}").unwrap();
        assert!(error().contains("documents"), "{}", error());
        std::fs::create_dir_all(folder.path().join("documents")).unwrap();
        std::fs::write(folder.path().join("documents/1.ndjson"), "").unwrap();
        assert!(DataSet::find(folder.path()).unwrap().expected.is_none());
        std::fs::write(folder.path().join("expected-store.json"), "{").unwrap();
        assert!(error().contains("expected-store.json"), "{}", error());
    }
}
