//! What is to happen to connections, and what has: shared by all connections of a proxy. Knows no bytes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

use super::fault::{Disturbance, Fault, Side};
use super::statements::Statements;

/// The plan of one proxy.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) statements: Statements,
    /// Whether nothing passes at all.
    pub(super) silent: watch::Sender<bool>,
    /// When the first fault happened.
    pub(super) first: watch::Sender<Option<Instant>>,
    state: Mutex<State>,
}

#[derive(Default, Debug)]
struct State {
    armed: Vec<Fault>,
    seen: BTreeMap<String, usize>,
}

impl Plan {
    pub(super) fn new() -> Self {
        Self {
            statements: Statements::read(),
            silent: watch::Sender::new(false),
            first: watch::Sender::new(None),
            state: Mutex::default(),
        }
    }

    pub(super) fn arm(&self, fault: Fault) {
        self.state().armed.push(fault);
    }

    /// How often each step has come.
    pub(super) fn seen(&self) -> BTreeMap<String, usize> {
        self.state().seen.clone()
    }

    /// What happens at a step that comes now.
    pub(super) fn meet(&self, step: &str, side: Side) -> Option<Disturbance> {
        let mut state = self.state();
        if side == Side::Statement {
            *state.seen.entry(step.to_owned()).or_default() += 1;
        }
        let met = state.armed.iter_mut().find_map(|fault| fault.meet(step, side))?;
        self.first.send_if_modified(|first| first.is_none() && first.replace(Instant::now()).is_none());
        Some(met)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
