//! The table of faults: a row for each, with all tries of it. Knows where in a document it stands.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::bench::Tried;
use super::case::{Row, rows};
use super::disasters::Disaster;
use crate::account::Account;

const HEAD: &str = "\
| what happens | when | tried | callers saw | the store held | the last outcome came within |
|---|---|---|---|---|---|
";

/// What came of all tries of one row.
#[derive(Clone, Default, Debug)]
struct Tries {
    count: usize,
    account: Account,
    recovered_max: Duration,
    is_true: bool,
}

/// What came of all tries.
#[derive(Clone, Default, Debug)]
pub struct Report(BTreeMap<Row, Tries>);

impl Report {
    /// Every row that a whole report has, in order.
    #[must_use]
    pub fn all_rows() -> Vec<Row> {
        let disasters = Disaster::ALL.into_iter().filter(|disaster| disaster.is_in_table());
        rows().into_iter().chain(disasters.map(Disaster::row)).collect()
    }

    /// Adds a try.
    pub fn add(&mut self, row: &Row, tried: &Tried) {
        let tries = self.0.entry(row.clone()).or_insert_with(|| Tries { is_true: true, ..Tries::default() });
        tries.count += 1;
        tries.account.add(&tried.account);
        tries.recovered_max = tries.recovered_max.max(tried.recovered.unwrap_or_default());
        tries.is_true &= tried.is_true();
    }

    /// Whether all outcomes were true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.0.values().all(|tries| tries.is_true)
    }

    /// The rows for which nothing was tried.
    #[must_use]
    pub fn untried(&self) -> Vec<Row> {
        Self::all_rows().into_iter().filter(|row| !self.0.contains_key(row)).collect()
    }

    /// The table, its rows in their order.
    #[must_use]
    pub fn as_markdown(&self) -> String {
        let mut text = HEAD.to_owned();
        for row in Self::all_rows() {
            let Some(Tries { count, account, recovered_max, is_true }) = self.0.get(&row) else { continue };
            let seen: Vec<String> = account.outcomes.iter().map(|(name, count)| format!("{count} *{name}*")).collect();
            let held = if *is_true { held(account) } else { format!("NOT THAT: {account}") };
            let recovered = recovered_max.as_secs_f64();
            writeln!(text, "{row} {count} | {} | {held} | {recovered:.1} s |", seen.join(", ").replace('_', " "))
                .expect("a text takes everything");
        }
        text
    }
}

fn held(account: &Account) -> String {
    match account.in_doubt() {
        0 => "that".to_owned(),
        _ => format!("that; of those in doubt {} and not {}", account.in_doubt_stored, account.in_doubt_absent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reliability::DOCUMENT;

    /// What is known to be tried stands in the document, with what came of it.
    #[test]
    fn every_fault_has_its_row_in_the_document() {
        let document = std::fs::read_to_string(DOCUMENT).unwrap();
        let missing: Vec<Row> =
            Report::all_rows().into_iter().filter(|row| !document.contains(&row.to_string())).collect();
        assert!(missing.is_empty(), "`cargo xtask faults` writes what docs/reliability.md lacks: {missing:#?}");
        assert!(!document.contains("NOT THAT"), "docs/reliability.md has outcomes that are not true");
    }
}
