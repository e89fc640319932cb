//! The parts of a case that a batch may be cut from: the upserts between two deletes.

use crate::prepared::Prepared;

/// A part of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// One step.
    Delete(usize),
    /// The steps of the upserts up to the next delete, without those that extraction has refused.
    Upserts(Vec<usize>),
}

pub(crate) fn parts(steps: &[Prepared]) -> Vec<Part> {
    let mut parts = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        match (step, parts.last_mut()) {
            (Prepared::Refused(_), _) => {}
            (Prepared::Delete(_), _) => parts.push(Part::Delete(index)),
            (Prepared::Upsert(_), Some(Part::Upserts(span))) => span.push(index),
            (Prepared::Upsert(_), _) => parts.push(Part::Upserts(vec![index])),
        }
    }
    parts
}
