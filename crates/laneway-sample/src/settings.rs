//! What a data set shall be like: the knobs, their defaults, their bounds.

/// What to generate. The same settings give the same bytes on every machine.
///
/// With the defaults every document is valid, every identity occurs once, and every reference resolves in
/// file order.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// From which everything random follows.
    pub seed: u64,
    /// How many documents there are in all: updates and invalid ones included. Small sets hold the first
    /// resource types only (the descriptors come first, 84 with the school years); from 120 on, all occur.
    pub documents: u64,
    /// References per document, on average over all documents, one per occurrence. The documents that carry
    /// lists (courses, assessments, grades) are lengthened until it is met; below about 5 nothing is left
    /// to shorten, and a small set has few standards to list.
    pub references: u32,
    /// Bytes of a document's body, on average over all documents. Texts are lengthened until it is met; the
    /// least is what a document needs to be itself.
    pub body_bytes: u32,
    /// The share of documents that stand before something they refer to (0 to 0.25). What they refer to is made
    /// for them (so twice this share is taken) and follows within [`Settings::distance`] documents. A store
    /// that takes one document at a time refuses them; handed in again, they are stored.
    pub forward: f64,
    /// The share of documents that change one that stands before them (0 to 0.8). Among them are pairs that
    /// refer to each other: a staff member keeps a room and, by an update, teaches in it.
    pub updates: f64,
    /// The share of documents that must be refused (0 to 0.5), of all kinds in turn: a missing reference or
    /// descriptor, an identity that is taken, a NUL in a text, ... They leave nothing in the store.
    pub invalid: f64,
    /// How unevenly schools, students and courses are referred to: the percentage of references that goes to
    /// the first half of them, and within each half again. 50 is even; with 80 a fifth of the students has
    /// four fifths of the references.
    pub skew: u32,
    /// Within how many documents an update, and what a forward reference points to, follows.
    pub distance: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            documents: 20_000,
            references: 7,
            body_bytes: 1_000,
            forward: 0.0,
            updates: 0.0,
            invalid: 0.0,
            skew: 60,
            distance: 64,
        }
    }
}

impl Settings {
    /// The most documents: beyond, the ranges of ids would meet.
    pub const DOCUMENTS_MAX: u64 = 100_000_000;
    /// The most references per document on average.
    pub const REFERENCES_MAX: u32 = 200;
    /// The most bytes per body on average.
    pub const BODY_BYTES_MAX: u32 = 1 << 20;
    /// The most documents between an update and its predecessor: they are held in memory.
    pub const DISTANCE_MAX: u32 = 100_000;

    /// Says what is out of bounds, if anything is.
    ///
    /// # Errors
    /// The first setting that is out of bounds, with its bounds.
    pub fn check(&self) -> Result<(), SettingsError> {
        let bounds = [
            ("documents", self.documents as f64, 0.0, Self::DOCUMENTS_MAX as f64),
            ("references", f64::from(self.references), 0.0, f64::from(Self::REFERENCES_MAX)),
            ("body_bytes", f64::from(self.body_bytes), 0.0, f64::from(Self::BODY_BYTES_MAX)),
            ("forward", self.forward, 0.0, 0.25),
            ("updates", self.updates, 0.0, 0.8),
            ("invalid", self.invalid, 0.0, 0.5),
            ("2 × forward + updates + invalid", 2.0 * self.forward + self.updates + self.invalid, 0.0, 0.9),
            ("skew", f64::from(self.skew), 50.0, 99.0),
            ("distance", f64::from(self.distance), 1.0, f64::from(Self::DISTANCE_MAX)),
        ];
        match bounds.into_iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
            None => Ok(()),
            Some((name, value, low, high)) => Err(SettingsError { name, value, low, high }),
        }
    }
}

/// A setting that is out of bounds.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{name} is {value}; it must be from {low} to {high}")]
pub struct SettingsError {
    name: &'static str,
    value: f64,
    low: f64,
    high: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_out_of_bounds() {
        assert_eq!(Settings::default().check(), Ok(()));
        let message = |settings: Settings| settings.check().unwrap_err().to_string();
        assert_eq!(
            message(Settings { updates: 0.9, ..Settings::default() }),
            "updates is 0.9; it must be from 0 to 0.8"
        );
        assert_eq!(message(Settings { skew: 10, ..Settings::default() }), "skew is 10; it must be from 50 to 99");
        assert!(message(Settings { invalid: f64::NAN, ..Settings::default() }).starts_with("invalid is NaN"));
        assert!(
            message(Settings { updates: 0.8, invalid: 0.5, ..Settings::default() })
                .starts_with("2 × forward + updates + invalid is 1.3")
        );
    }
}
