//! Which plugins are in force: generations, canaries, watched folders, and which plugins are quarantined for their
//! failures.

pub(crate) mod active_canary;
pub(crate) mod canary;
pub(crate) mod difference;
pub(crate) mod generation;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod plugins;
mod quarantine;
pub(crate) mod registry;
pub(crate) mod slots;
pub(crate) mod stats;
pub(crate) mod verdict;
pub(crate) mod watch;
