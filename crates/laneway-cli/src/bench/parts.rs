//! How long each part of a load took: whether a store slows down as it fills. Knows numbers of documents only.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A load in parts of as many documents each.
#[derive(Debug)]
pub(super) struct Parts {
    documents: usize,
    parts: NonZeroUsize,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    settled: usize,
    ends: Vec<Instant>,
    begun: Instant,
}

impl Parts {
    /// Of so many documents, from now on.
    pub(super) fn start(documents: usize, parts: NonZeroUsize) -> Self {
        let progress = Progress { settled: 0, ends: Vec::with_capacity(parts.get()), begun: Instant::now() };
        Self { documents, parts, progress: Mutex::new(progress) }
    }

    /// So many more are settled.
    pub(super) fn add(&self, documents: usize) {
        let Ok(mut progress) = self.progress.lock() else { return };
        progress.settled += documents;
        while progress.ends.len() < self.parts.get()
            && progress.settled * self.parts.get() >= (progress.ends.len() + 1) * self.documents
        {
            progress.ends.push(Instant::now());
        }
    }

    /// How long each part took that is over.
    pub(super) fn times(&self) -> Vec<Duration> {
        let Ok(progress) = self.progress.lock() else { return Vec::new() };
        let begins = std::iter::once(&progress.begun).chain(&progress.ends);
        progress.ends.iter().zip(begins).map(|(end, begin)| *end - *begin).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_with_its_last_document() {
        let parts = Parts::start(10, NonZeroUsize::new(4).unwrap());
        let ended = |more| {
            parts.add(more);
            parts.times().len()
        };
        // Of ten documents quarters end with the third, the fifth, the eighth and the last.
        assert_eq!([2, 1, 1, 1, 3, 1, 1, 5].map(ended), [0, 1, 1, 2, 3, 3, 4, 4]);
        let all: Duration = parts.times().iter().sum();
        assert!(all <= parts.progress.lock().unwrap().begun.elapsed());
    }
}
