//! What each line needs before it, found by extracting them all: which line brings what it refers to, and the line before
//! it with the same identity.

use laneway_model::{ExtractWorker, Extraction, Extractor as _, ReferentialId};
use laneway_plugin::Plugins;
use std::collections::HashMap;

use crate::documents::{Bodies, Index, Line};

/// For each line of `index`, the lines that it needs. A line that cannot be extracted needs nothing; what no line
/// brings is not needed either.
pub(super) fn needs(index: &Index, plugins: &Plugins, bodies: &Bodies) -> std::io::Result<Vec<Vec<u32>>> {
    let mut found = Found::default();
    let mut worker = plugins.worker();
    let mut documents = index.documents();
    for number in 0..index.len() {
        let (_, line) = documents.read(number)?;
        let extraction = line.ok().and_then(|line| extract(&line, plugins, bodies, &mut *worker));
        found.add(extraction.as_ref());
    }
    Ok(found.needs())
}

fn extract(line: &Line<'_>, plugins: &Plugins, bodies: &Bodies, worker: &mut dyn ExtractWorker) -> Option<Extraction> {
    let route = plugins.route(&line.project, &line.endpoint).ok()?;
    let coerced = (bodies.coerce)(line);
    worker.extract(&route, coerced.as_deref().unwrap_or(line.body.as_bytes())).ok()
}

/// What is known of the lines so far.
#[derive(Default)]
struct Found {
    /// The first line that brings an identity.
    first: HashMap<ReferentialId, u32>,
    /// The last one so far.
    last: HashMap<ReferentialId, u32>,
    references: Vec<Vec<ReferentialId>>,
    /// The line before with the same identity.
    before: Vec<Vec<u32>>,
}

impl Found {
    fn add(&mut self, extraction: Option<&Extraction>) {
        let number = u32::try_from(self.references.len()).unwrap_or(u32::MAX);
        let (mut references, mut before) = (Vec::new(), Vec::new());
        if let Some(extraction) = extraction {
            references = extraction.referenced_ids().collect();
            for id in extraction.own_ids() {
                self.first.entry(id).or_insert(number);
                before.extend(self.last.insert(id, number));
            }
        }
        self.references.push(references);
        self.before.push(before);
    }

    fn needs(self) -> Vec<Vec<u32>> {
        let Self { first, references, before, .. } = self;
        let lines = (0_u32..).zip(references).zip(before);
        lines
            .map(|((number, references), mut needed)| {
                needed.extend(references.iter().filter_map(|id| first.get(id)).filter(|line| **line != number));
                needed.sort_unstable();
                needed.dedup();
                needed
            })
            .collect()
    }
}
