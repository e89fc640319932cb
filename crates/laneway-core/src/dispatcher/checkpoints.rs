//! Checkpoints: when all that was accepted before a moment has settled. Counts, no ids.

use std::collections::VecDeque;

/// Unsettled operations counted by epoch; each checkpoint ends one.
#[derive(Debug)]
pub(super) struct Checkpoints {
    epochs: VecDeque<Epoch>,
    /// The number of the first in `epochs`.
    first: u64,
}

#[derive(Default, Debug)]
struct Epoch {
    unsettled: usize,
    /// The checkpoint at the end of it; `None` for the epoch that goes on.
    key: Option<u64>,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self { epochs: VecDeque::from([Epoch::default()]), first: 0 }
    }
}

impl Checkpoints {
    /// Counts an operation accepted now; its epoch.
    pub(super) fn accepted(&mut self) -> u64 {
        let last = self.epochs.len() - 1;
        self.epochs[last].unsettled += 1;
        self.first + last as u64
    }

    /// Counts an operation of that epoch as settled.
    pub(super) fn settled(&mut self, epoch: u64) {
        let at = usize::try_from(epoch - self.first).expect("as many epochs as fit into memory");
        self.epochs[at].unsettled -= 1;
    }

    /// Asks for the end of all accepted up to now.
    pub(super) fn ask(&mut self, key: u64) {
        let last = self.epochs.len() - 1;
        self.epochs[last].key = Some(key);
        self.epochs.push_back(Epoch::default());
    }

    /// Whether a checkpoint is waited for.
    pub(super) fn any_open(&self) -> bool {
        self.epochs.len() > 1
    }

    /// The next checkpoint that has been reached.
    pub(super) fn pop_reached(&mut self) -> Option<u64> {
        let epoch = self.epochs.front()?;
        if epoch.unsettled > 0 {
            return None;
        }
        let key = epoch.key?;
        self.epochs.pop_front();
        self.first += 1;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_reached_when_all_before_it_have_settled_whatever_came_later() {
        let mut checkpoints = Checkpoints::default();
        let (one, two) = (checkpoints.accepted(), checkpoints.accepted());
        checkpoints.ask(7);
        let later = checkpoints.accepted();
        checkpoints.settled(one);
        assert_eq!(checkpoints.pop_reached(), None);
        checkpoints.settled(two);
        assert_eq!(checkpoints.pop_reached(), Some(7));
        assert!(!checkpoints.any_open());
        checkpoints.settled(later);
        assert_eq!(checkpoints.pop_reached(), None);
    }

    #[test]
    fn one_asked_for_with_nothing_unsettled_is_reached_at_once() {
        let mut checkpoints = Checkpoints::default();
        checkpoints.ask(1);
        checkpoints.ask(2);
        assert_eq!((checkpoints.pop_reached(), checkpoints.pop_reached()), (Some(1), Some(2)));
    }
}
