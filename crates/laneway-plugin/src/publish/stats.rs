//! The state of a registry of plugins, in numbers.

use std::sync::atomic::AtomicU64;

/// A look at a registry of plugins. Counts begin with the registry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PluginStats {
    /// The published generation's number: how often plugins have been published.
    pub generation: u64,
    /// Published generations that are still in memory: the one in force, those kept, and any that is just being read.
    pub generations_alive: usize,
    /// Plugins that serve something.
    pub plugins: usize,
    /// Plugins in memory: also those of kept generations, and those that operations accepted earlier still wait for.
    pub plugins_alive: usize,
    /// Components that were compiled.
    pub compiled: u64,
    /// Components whose compiled code came from the cache.
    pub from_cache: u64,
    /// Plugins that failed too often in a row: their documents are refused, but for one now and then that tries again.
    pub quarantined: Vec<String>,
    /// How often a plugin was quarantined for its failures.
    pub quarantines: u64,
    /// Documents that tried a quarantined plugin.
    pub retries: u64,
    /// How often a success ended a quarantine.
    pub recoveries: u64,
}

/// Changes of plugins' health. Relaxed: statistics order nothing.
#[derive(Default)]
pub(crate) struct HealthCounters {
    pub(crate) quarantines: AtomicU64,
    pub(crate) retries: AtomicU64,
    pub(crate) recoveries: AtomicU64,
}
