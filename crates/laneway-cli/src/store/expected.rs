//! What a store should hold after a data set is loaded, and where it differs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use laneway_pgconfig::Config;
use laneway_postgres_tools::read_content;
use serde::Deserialize;

use super::staff;
use crate::failure::{Failure, chain};
use crate::load::Summary;

/// The kind of row whose content depends on the order of writing.
const STAFF_ARRAYS: &str = "document_staff_arrays";

/// `expected-store.json`: for each kind of row how many there are, and a hash over them.
#[derive(Deserialize)]
pub(crate) struct Expected {
    tables: BTreeMap<String, Rows>,
    /// How many documents end how, by outcome, where that is known.
    outcomes: Option<BTreeMap<String, u64>>,
}

/// The rows of a kind.
#[derive(Deserialize)]
struct Rows {
    rows: u64,
    /// Over the sorted lines; without it only the number is compared.
    sha256: Option<String>,
}

/// What the comparison came to.
pub(crate) struct Verdict {
    /// How many kinds of rows were compared.
    pub(crate) compared: usize,
    /// How many staff arrays were judged one by one because they are not those of a serial run.
    pub(crate) judged: Option<u64>,
    /// Each difference, for people.
    pub(crate) differences: Vec<String>,
}

impl Expected {
    /// Reads what the store should hold from `folder`; `None` when it has no such file.
    pub(crate) fn find(folder: &Path) -> Result<Option<Self>, Failure> {
        let path = folder.join("expected-store.json");
        if !path.exists() {
            return Ok(None);
        }
        let next = "Take the file as it came with the data set, or remove it to go without.";
        let text = std::fs::read(&path).map_err(|error| Failure::file("read", &path, &error, next))?;
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| Failure::usage(format_args!("{} is not what it should be: {error}", path.display()), next))
    }

    /// Compares how the documents ended; each difference, for people.
    pub(crate) fn compare_outcomes(&self, summary: &Summary) -> Vec<String> {
        let Some(wanted) = &self.outcomes else { return Vec::new() };
        let found = &summary.outcomes;
        let kinds: BTreeSet<&str> = wanted.keys().map(String::as_str).chain(found.keys().copied()).collect();
        let counts = kinds
            .into_iter()
            .map(|kind| (kind, wanted.get(kind).copied().unwrap_or(0), found.get(kind).copied().unwrap_or(0)));
        counts
            .filter(|(_, wanted, found)| wanted != found)
            .map(|(kind, wanted, found)| format!("{found} documents ended as {kind} instead of {wanted}"))
            .collect()
    }

    /// Compares the store. With one caller every hash must agree; with more, the arrays of staff depend on the
    /// order in which a person's associations were written, and each must be one that some order leaves.
    pub(crate) async fn compare(&self, config: &Config, one_caller: bool) -> Result<Verdict, Failure> {
        let found = read_content(config).await.map_err(|error| {
            Failure::database(chain(&error), "The documents are loaded; only the comparison failed.")
        })?;
        let mut verdict = Verdict { compared: 0, judged: None, differences: Vec::new() };
        let kinds: BTreeSet<&String> = self.tables.keys().chain(found.keys()).collect();
        for kind in kinds {
            verdict.compared += 1;
            let wanted = self.tables.get(kind);
            let (wanted_rows, rows) =
                (wanted.map_or(0, |wanted| wanted.rows), found.get(kind).map_or(0, |found| found.rows));
            let wanted_hash = wanted.and_then(|wanted| wanted.sha256.as_ref());
            if rows != wanted_rows {
                verdict.differences.push(format!("{kind}: {rows} rows instead of {wanted_rows}"));
            } else if rows == 0 || wanted_hash.is_none() || wanted_hash == found.get(kind).map(|found| &found.sha256) {
                // Nothing differs.
            } else if kind == STAFF_ARRAYS && !one_caller {
                let arrays = staff::Arrays::read(config).await?;
                verdict.judged = Some(arrays.permitted);
                verdict.differences.extend(arrays.forbidden.iter().map(|found| format!("{kind}: {found}")));
            } else {
                verdict.differences.push(format!("{kind}: {rows} rows as expected, but their content differs"));
            }
        }
        Ok(verdict)
    }
}
