//! What stores and models hold, as lines, and which world a line is of.

use std::collections::BTreeMap;

use laneway_memory::{DocumentContent, Line};

use super::candidate::Candidate;
use super::documents::{IDS, organization_id};
use super::ran::operation;

/// The lines of all models.
pub(super) fn of_models(candidates: &[Candidate]) -> Vec<String> {
    let models = candidates.iter().map(|candidate| &candidate.modelled.model);
    let mut lines: Vec<String> = models.flat_map(|model| of_store(model.lines(), model.documents())).collect();
    lines.sort_unstable();
    lines
}

/// A store's lines, from its tables and its documents.
pub(super) fn of_store(lines: Vec<Line>, documents: Vec<DocumentContent>) -> Vec<String> {
    let mut all: Vec<String> = lines.into_iter().map(|(table, line)| format!("{table}\t{line}")).collect();
    all.extend(documents.into_iter().map(document));
    all.sort_unstable();
    all
}

fn document(content: DocumentContent) -> String {
    let DocumentContent { uuid, body, trace_id, partition_key, touched } = content;
    format!("documents\t{uuid}\t{partition_key}\t{trace_id}\t{touched}\t{body}")
}

/// The lines that only one of two sorted lists has, as often as only it has them: whether it is the first one.
pub(super) fn differences(expected: &[String], observed: &[String]) -> Vec<(String, bool)> {
    let mut counts: BTreeMap<&String, i64> = BTreeMap::new();
    expected.iter().for_each(|line| *counts.entry(line).or_default() += 1);
    observed.iter().for_each(|line| *counts.entry(line).or_default() -= 1);
    let differing = counts.into_iter().filter(|(_, count)| *count != 0);
    differing.map(|(line, count)| (line.clone(), count > 0)).collect()
}

/// Which world names what.
pub(super) struct Owners {
    by_word: BTreeMap<String, usize>,
}

impl Owners {
    pub(super) fn of(candidates: &[Candidate]) -> Self {
        let mut by_word = BTreeMap::new();
        for (at, candidate) in candidates.iter().enumerate() {
            for step in 0..candidate.steps.len() {
                let Some(operation) = operation(&candidate.steps, step) else { continue };
                by_word.extend(operation.extraction.own_ids().map(|id| (id.0.to_string(), at)));
                by_word.insert(operation.trace_id.to_string(), at);
            }
            by_word.extend((0..IDS).map(|id| (organization_id(candidate.seed, id).to_string(), at)));
        }
        Self { by_word }
    }

    /// The place of the world that a line is of; the first where that is not known.
    pub(super) fn candidate(&self, line: &str) -> usize {
        let mut words = line.split(['\t', '+']);
        words.find_map(|word| self.by_word.get(word)).copied().unwrap_or_default()
    }
}
