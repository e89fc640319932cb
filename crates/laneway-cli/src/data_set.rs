//! A data set: a folder with `schemas/`, `documents/` and, when it is known, what the store should hold afterwards.

use std::path::{Path, PathBuf};

use crate::documents::Inputs;
use crate::failure::Failure;
use crate::store::Expected;

/// The schema that is loaded where a data set has several: the core project's.
const CORE_SCHEMA: &str = "ds-5.2.apischema.json";
/// Where the recorded data lies, seen from the repository.
const BESIDE_THE_REPOSITORY: &str = "../shared/data";

/// The parts of a data set.
pub(crate) struct DataSet {
    /// The ApiSchema files.
    pub(crate) schemas: Vec<PathBuf>,
    /// The documents.
    pub(crate) documents: Inputs,
    /// What the store should hold.
    pub(crate) expected: Option<Expected>,
}

impl DataSet {
    /// Finds the parts of the data set in `folder`, or of the recorded data beside the repository.
    pub(crate) fn find(folder: Option<&Path>) -> Result<Self, Failure> {
        let beside = Path::new(BESIDE_THE_REPOSITORY);
        let folder = match folder {
            Some(folder) => folder,
            None if beside.is_dir() => beside,
            None => {
                return Err(Failure::usage(
                    format_args!("there is no data to load: {BESIDE_THE_REPOSITORY} is not here"),
                    "Name a data set: --data DIR, with DIR/schemas/*.apischema.json and DIR/documents/*.ndjson.",
                ));
            }
        };
        Ok(Self {
            schemas: schemas(&folder.join("schemas"))?,
            documents: Inputs::find(&[folder.join("documents")])?,
            expected: Expected::find(folder)?,
        })
    }
}

fn schemas(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let core = folder.join(CORE_SCHEMA);
    if core.is_file() {
        return Ok(vec![core]);
    }
    let next = "A data set has its ApiSchema files in the folder schemas, named *.apischema.json.";
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file("read", folder, &error, next))?;
    let mut schemas: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    schemas.retain(|path| path.to_string_lossy().ends_with(".apischema.json"));
    schemas.sort();
    if schemas.is_empty() {
        return Err(Failure::usage(format_args!("{} holds no ApiSchema file", folder.display()), next));
    }
    Ok(schemas)
}
