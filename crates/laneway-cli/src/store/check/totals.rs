//! What a check comes to, in numbers.

use std::collections::BTreeMap;
use std::fmt;

use laneway_postgres::check::Page;
use serde::{Deserialize, Serialize};

/// What a check comes to, in numbers.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Totals {
    documents: u64,
    differences: u64,
    mended: u64,
    /// By table.
    history: BTreeMap<String, u64>,
}

impl Totals {
    pub(crate) fn add(&mut self, page: &Page) {
        self.documents += page.documents;
        self.differences += page.differences.len() as u64;
        for (table, count) in &page.history {
            *self.history.entry((*table).to_owned()).or_default() += count;
        }
    }

    pub(crate) fn mended(&mut self, count: usize) {
        self.mended += count as u64;
    }

    /// How many documents were compared.
    pub(crate) fn documents(&self) -> u64 {
        self.documents
    }

    /// The differences that were not mended.
    pub(crate) fn remaining(&self) -> u64 {
        self.differences.saturating_sub(self.mended)
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { documents, differences, mended, history } = self;
        write!(f, "{documents} documents compared: ")?;
        match differences {
            0 => f.write_str("no differences")?,
            1 => f.write_str("1 difference")?,
            _ => write!(f, "{differences} differences")?,
        }
        if *mended > 0 {
            write!(f, ", of which {mended} are mended")?;
        }
        let values: u64 = history.values().sum();
        if values > 0 {
            let tables: Vec<String> = history.iter().map(|(table, count)| format!("{table} {count}")).collect();
            write!(f, "; history: {values} values as another order of writes leaves them ({})", tables.join(", "))?;
        }
        Ok(())
    }
}
