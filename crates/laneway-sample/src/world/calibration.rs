//! How long lists and texts must be for the averages that were asked for: found by looking at a few documents
//! of each kind. Integers only, so that it comes out the same everywhere.

use super::World;
use super::size::{SIZES, size};
use crate::kind::Kind;
use crate::schema::Vocabulary;
use crate::settings::Settings;

/// How many documents of a kind are looked at.
const SAMPLES: u64 = 32;

/// What was found about the documents of one kind.
struct Sample {
    kind: Kind,
    /// How many documents there are for each one that was looked at, in thousandths.
    weight: u64,
    references: u64,
    bytes: u64,
}

impl World {
    /// Sets the lengths of lists, then of texts.
    pub(super) fn calibrate(&mut self, settings: &Settings) {
        let samples = self.samples();
        let elastic: u64 = samples.iter().filter(|sample| sample.kind.is_elastic()).map(|sample| sample.weight).sum();
        let all: u64 = samples.iter().map(|sample| sample.weight).sum();
        let have: u64 = samples.iter().map(|sample| sample.weight * sample.references).sum();
        let missing = (all * u64::from(settings.references)).saturating_sub(have);
        self.extra_milli = (u128::from(missing) * 1_000).checked_div(u128::from(elastic)).unwrap_or(0) as u64;

        let samples = self.samples();
        let wanted = u128::from(all) * u128::from(settings.body_bytes);
        let mean_for = |body_bytes: u64| -> u128 { samples.iter().map(|sample| sample.bytes_for(body_bytes)).sum() };
        // The smallest size that is enough, by halving; twice what is asked for always is, for the short ones
        // are few.
        let (mut low, mut high) = (0, 4 * u64::from(settings.body_bytes));
        while low < high {
            let middle = low.midpoint(high);
            if mean_for(middle) < wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.body_bytes = low;
    }

    fn samples(&self) -> Vec<Sample> {
        let vocabulary = Vocabulary::shared();
        let mut samples = Vec::new();
        for kind in Kind::ALL {
            let count = self.count(*kind);
            let looked_at = count.min(SAMPLES);
            for i in 0..looked_at {
                let index = u64::try_from(u128::from(i) * u128::from(count) / u128::from(looked_at)).unwrap_or(i);
                let body = self.bare(*kind, index, 0);
                let mut compact = String::new();
                body.write_compact(&mut compact);
                let references = vocabulary.resource(kind.project(), kind.endpoint()).references_in(&body);
                samples.push(Sample {
                    kind: *kind,
                    weight: count * 1_000 / looked_at,
                    references: references as u64,
                    bytes: compact.len() as u64,
                });
            }
        }
        samples
    }
}

impl Sample {
    /// The bytes of all documents that this one stands for, when bodies are drawn around `body_bytes`.
    fn bytes_for(&self, body_bytes: u64) -> u128 {
        let mean_times_sizes: u64 = if self.kind.is_updatable() {
            (0..SIZES).map(|step| size(body_bytes, step).max(self.bytes)).sum()
        } else {
            self.bytes * SIZES
        };
        u128::from(self.weight) * u128::from(mean_times_sizes) / u128::from(SIZES)
    }
}
