//! What a store must hold once a data set is loaded: worked out from the documents alone, without a database
//! and without the runtime.
//!
//! The rules are those of the DMS's document store. Two walks over the documents: the first learns who belongs
//! to what in the end, the second writes every row that a store must then have, as `canonical-store.sql`
//! prints it, into one sorted pile a table. The walks hold what persons and organizations are tied to (some
//! hundred bytes for each association); piles beyond [`sorter::BUDGET`] go to temporary files.

mod rows;
mod sorter;
mod survey;
mod table;

use std::collections::BTreeMap;
use std::io;

use crate::documents::{Draft, Drafts};
use crate::settings::Settings;
use rows::Rows;
use sorter::{Pile, Piles};
use survey::Survey;
pub use table::{Detail, Table};

/// Every row that a store must hold, as its table's name and line, in no particular order: for showing where a
/// store differs. `settings` must have been [checked](Settings::check).
#[must_use]
pub fn expected_lines(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let walked = walk(
        settings,
        |_| (),
        |pile, line| {
            lines.push((pile.name(), line));
            Ok(())
        },
    );
    debug_assert!(walked.is_ok(), "pushing never fails");
    lines
}

/// Shows every document to `see` and hands every row to `take`.
fn walk(
    settings: &Settings,
    mut see: impl FnMut(&Draft),
    mut take: impl FnMut(Pile, String) -> io::Result<()>,
) -> io::Result<()> {
    let survey = Survey::of(Drafts::new(settings));
    let mut rows = Rows::new(&survey, &mut take);
    for draft in Drafts::new(settings) {
        see(&draft);
        rows.add(&draft)?;
    }
    Ok(())
}

/// What a store must hold, and how the documents must end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// By the names of `canonical-store.sql`; a table without rows is there too.
    pub tables: BTreeMap<&'static str, Table>,
    /// How many documents end how, by the names of outcomes; in file order, where what is missing is waited
    /// for. (Documents that refer forward count as stored.)
    pub outcomes: BTreeMap<&'static str, u64>,
}

impl Account {
    /// Works out the account of `settings`, which must have been [checked](Settings::check).
    ///
    /// # Errors
    /// With [`Detail::Hashes`], when temporary files cannot be written or read.
    pub fn of(settings: &Settings, detail: Detail) -> io::Result<Self> {
        let (mut piles, mut outcomes) = (Piles::new(detail), BTreeMap::new());
        walk(
            settings,
            |draft| *outcomes.entry(draft.outcome().as_str()).or_default() += 1,
            |pile, line| piles.add(pile, line),
        )?;
        Ok(Self { tables: piles.finish()?, outcomes })
    }

    /// The account as the text of `expected-store.json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let table = |table: &Table| match &table.sha256 {
            Some(sha256) => serde_json::json!({ "rows": table.rows, "sha256": sha256 }),
            None => serde_json::json!({ "rows": table.rows }),
        };
        let tables: serde_json::Map<String, serde_json::Value> =
            self.tables.iter().map(|(name, content)| ((*name).to_owned(), table(content))).collect();
        let account = serde_json::json!({
            "what": "The store after all files of documents/ are loaded in order, one document at a time; documents \
                     that stand before what they refer to are handed in again once it is there. Worked out by \
                     laneway-sample from the documents, without a database.",
            "how": "By table: how many lines canonical-store.sql gives, and the SHA-256 over the sorted lines. \
                    document_staff_arrays depends on the order of writing: it must agree where documents were \
                    handed over one at a time in file order; elsewhere each array must be the ancestors of one of \
                    that person's associations, or the union over several.",
            "tables": tables,
            "outcomes": self.outcomes,
        });
        // A value made here always serializes.
        serde_json::to_string_pretty(&account).unwrap_or_default() + "\n"
    }
}
