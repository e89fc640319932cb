//! The generations that can be returned to, and the count of those still in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use crate::load::plugin::LoadedPlugin;
use crate::publish::generation::Generation;

/// A published set of plugins that is in force or can be returned to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GenerationInfo {
    /// Counts publishes; what [`Plugins::rollback`](crate::Plugins::rollback) takes.
    pub number: u64,
    /// Whether it is the published one.
    pub is_in_force: bool,
    /// The generation whose plugins these are, when it came about by a rollback.
    pub return_to: Option<u64>,
    /// When it was published.
    pub published_at: SystemTime,
    /// The plugins that serve something in it.
    pub plugins: usize,
    /// The resource types that are served.
    pub resources: usize,
}

/// Generations, the oldest first; the last one is in force.
#[derive(Default)]
pub(crate) struct History {
    kept: VecDeque<Arc<Generation>>,
    /// Every generation that was published and is still in memory.
    alive: Vec<Weak<Generation>>,
}

impl History {
    /// Adds the generation that is in force from now on, and forgets the oldest beyond `kept_max` before it.
    pub(crate) fn push(&mut self, generation: Arc<Generation>, kept_max: usize) {
        self.alive.retain(|generation| generation.strong_count() > 0);
        self.alive.push(Arc::downgrade(&generation));
        self.kept.push_back(generation);
        while self.kept.len() > kept_max.saturating_add(1) {
            self.kept.pop_front();
        }
    }

    /// A generation that is kept.
    pub(crate) fn get(&self, number: u64) -> Option<Arc<Generation>> {
        self.kept.iter().find(|generation| generation.number == number).cloned()
    }

    /// The plugins of all kept generations, the newest generation's first; a plugin may come several times.
    pub(crate) fn plugins(&self) -> impl Iterator<Item = &Arc<LoadedPlugin>> {
        self.kept.iter().rev().flat_map(|generation| &generation.plugins)
    }

    /// What is kept, the oldest first.
    pub(crate) fn infos(&self) -> Vec<GenerationInfo> {
        let newest = self.kept.back().map(|generation| generation.number);
        let info = |generation: &Arc<Generation>| GenerationInfo {
            number: generation.number,
            is_in_force: Some(generation.number) == newest,
            return_to: generation.return_to,
            published_at: generation.published_at.unwrap_or(SystemTime::UNIX_EPOCH),
            plugins: generation.plugins.len(),
            resources: generation.routes().count(),
        };
        self.kept.iter().map(info).collect()
    }

    /// How many published generations are still in memory.
    pub(crate) fn alive(&self) -> usize {
        self.alive.iter().filter(|generation| generation.strong_count() > 0).count()
    }
}
