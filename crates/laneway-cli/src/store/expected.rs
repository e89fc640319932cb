//! What a store should hold after a data set is loaded, and where it differs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use laneway_postgres::Config;
use serde::Deserialize;

use super::content::{Content, Rows};
use super::staff;
use crate::failure::Failure;

/// The kind of row whose content depends on the order of writing.
const STAFF_ARRAYS: &str = "document_staff_arrays";

/// `expected-store.json` and the script that it goes with.
pub(crate) struct Expected {
    script: String,
    tables: BTreeMap<String, Rows>,
}

#[derive(Deserialize)]
struct File {
    tables: BTreeMap<String, Rows>,
}

/// What the comparison came to.
pub(crate) struct Verdict {
    /// How many kinds of rows were compared.
    pub(crate) compared: usize,
    /// How many rows of staff arrays differ from a serial run's and were found to be permitted.
    pub(crate) permitted: Option<u64>,
    /// Each difference in words.
    pub(crate) differences: Vec<String>,
}

impl Expected {
    /// Reads what `folder` says of the store; `None` when it says nothing.
    pub(crate) fn find(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = folder.join("expected-store.json");
        if !path.exists() {
            return Ok(None);
        }
        let next = "Take the files of the data set as they came, or remove expected-store.json to go without.";
        let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error, next));
        let file: File = serde_json::from_str(&read(&path)?)
            .map_err(|error| Failure::usage(format_args!("{}: {error}", path.display()), next))?;
        Ok(Some(Self { script: read(&folder.join("canonical-store.sql"))?, tables: file.tables }))
    }

    /// Compares the store. With one caller every hash must agree; with more, the arrays of staff depend on the
    /// order in which a person's associations were written, and each must be one that some order leaves.
    pub(crate) async fn compare(&self, config: &Config, one_caller: bool) -> Result<Verdict, Failure> {
        let found = Content::read(config, &self.script).await?;
        let (mut differences, mut permitted) = (Vec::new(), None);
        let kinds: BTreeSet<&String> = self.tables.keys().chain(found.0.keys()).collect();
        for kind in &kinds {
            let (wanted, got) = (self.tables.get(*kind), found.0.get(*kind));
            if wanted == got {
                continue;
            }
            let rows = |side: Option<&Rows>| side.map_or(0, |rows| rows.rows);
            if rows(wanted) != rows(got) {
                differences.push(format!("{kind}: {} rows instead of {}", rows(got), rows(wanted)));
            } else if *kind == STAFF_ARRAYS && !one_caller {
                let arrays = staff::Arrays::read(config).await?;
                permitted = Some(arrays.permitted);
                differences.extend(arrays.forbidden.iter().map(|found| format!("{kind}: {found}")));
            } else {
                differences.push(format!("{kind}: {} rows as expected, but their content differs", rows(got)));
            }
        }
        Ok(Verdict { compared: kinds.len(), permitted, differences })
    }
}
