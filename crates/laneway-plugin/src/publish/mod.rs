//! Which plugins are in force: generations, trials, watched folders, and which plugins are taken out for their failures.

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
pub(crate) mod trial;
pub(crate) mod verdict;
pub(crate) mod watch;
