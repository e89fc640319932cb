//! Two sets of plugins on the same documents: how many ids would be others.

use laneway_model::{Extraction, Outcome, ReferentialId, describe_extraction};
use laneway_plugin::PluginFile;

use crate::console;
use crate::failure::Failure;
use crate::outcome;
use crate::plugins::{Runner, Sample};

/// What was counted.
#[derive(Default)]
pub(super) struct Comparison {
    documents: usize,
    ids: usize,
    /// Documents whose own id, or the one under their superclass's name, changes.
    own_changed: usize,
    /// ReferentialIds, own and referenced ones, that are others or are there only before or after.
    ids_changed: usize,
    /// Documents that only the old set takes, and only the new one.
    newly_refused: usize,
    newly_taken: usize,
    /// Documents whose security elements or position in the hierarchy change.
    security_changed: usize,
    examples: Vec<String>,
    examples_max: usize,
}

impl Comparison {
    /// Runs both sets over the documents.
    pub(super) fn of(
        old: Vec<PluginFile>,
        new: Vec<PluginFile>,
        samples: &[Sample],
        examples_max: usize,
    ) -> Result<Self, Failure> {
        let (mut old, mut new) = (Runner::new(old)?, Runner::new(new)?);
        let mut comparison = Self { documents: samples.len(), examples_max, ..Self::default() };
        for (number, sample) in samples.iter().enumerate() {
            comparison.compare(number + 1, sample, &old.extract(sample), &new.extract(sample));
        }
        Ok(comparison)
    }

    /// Whether anything would be otherwise.
    pub(super) fn differs(&self) -> bool {
        self.ids_changed + self.newly_refused + self.newly_taken + self.security_changed > 0
    }

    fn compare(
        &mut self,
        number: usize,
        sample: &Sample,
        old: &Result<Extraction, Outcome>,
        new: &Result<Extraction, Outcome>,
    ) {
        let subject = format!("document {number} ({}/{})", sample.project, sample.endpoint);
        match (old, new) {
            (Ok(old), Ok(new)) => self.compare_extractions(&subject, old, new),
            (Ok(old), Err(refusal)) => {
                self.newly_refused += 1;
                self.ids += all_ids(old).count();
                self.example(|| format!("{subject}: refused: {}", outcome::refusal(refusal).1));
            }
            (Err(refusal), Ok(_)) => {
                self.newly_taken += 1;
                self.example(|| format!("{subject}: taken; before: {}", outcome::refusal(refusal).1));
            }
            (Err(_), Err(_)) => {}
        }
    }

    fn compare_extractions(&mut self, subject: &str, old: &Extraction, new: &Extraction) {
        self.ids += all_ids(old).count();
        let own_changed = !old.own_ids().eq(new.own_ids());
        let changed = different(all_ids(old), all_ids(new));
        self.own_changed += usize::from(own_changed);
        self.ids_changed += changed;
        let [old_json, new_json] = [old, new].map(describe_extraction);
        let security_changed = ["securityElements", "educationOrganizationHierarchy"]
            .into_iter()
            .any(|member| old_json[member] != new_json[member]);
        self.security_changed += usize::from(security_changed);
        if own_changed {
            self.example(|| format!("{subject}: identity {} becomes {}", old_json["identity"], new_json["identity"]));
        } else if changed > 0 {
            let what = ["documentReferences", "descriptorReferences"]
                .into_iter()
                .find(|member| old_json[member] != new_json[member])
                .unwrap_or("superclass");
            self.example(|| format!("{subject}: {what}: {changed} ids change"));
        } else if security_changed {
            let (old, new) = (&old_json["securityElements"], &new_json["securityElements"]);
            self.example(|| format!("{subject}: security {old} becomes {new}"));
        }
    }

    fn example(&mut self, text: impl FnOnce() -> String) {
        if self.examples.len() < self.examples_max {
            self.examples.push(text());
        }
    }

    /// Prints the counts and the examples.
    pub(super) fn print(&self) {
        console::result(format_args!(
            "documents  {} compared: {} get another identity, {} are refused now, {} are taken now, {} get other \
             security elements",
            self.documents, self.own_changed, self.newly_refused, self.newly_taken, self.security_changed
        ));
        console::result(format_args!("ids        {} of {} ReferentialIds change", self.ids_changed, self.ids));
        self.examples.iter().for_each(|example| console::result(format_args!("    {example}")));
    }
}

fn all_ids(extraction: &Extraction) -> impl Iterator<Item = ReferentialId> {
    extraction.own_ids().chain(extraction.referenced_ids())
}

/// How many of the old ids have no equal among the new ones, or the other way round where that is more.
fn different(old: impl Iterator<Item = ReferentialId>, new: impl Iterator<Item = ReferentialId>) -> usize {
    let (mut old, mut new): (Vec<_>, Vec<_>) = (old.collect(), new.collect());
    old.sort_unstable();
    new.sort_unstable();
    let (mut common, mut at) = (0, 0);
    for id in &old {
        while new.get(at).is_some_and(|other| other < id) {
            at += 1;
        }
        if new.get(at) == Some(id) {
            common += 1;
            at += 1;
        }
    }
    old.len().max(new.len()) - common
}
