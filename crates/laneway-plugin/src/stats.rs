//! What there is of plugins, in numbers.

/// A look at a registry of plugins.
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
    /// Components that were compiled since the start.
    pub compiled: u64,
    /// Components whose compiled code came from the cache since the start.
    pub from_cache: u64,
    /// Plugins that failed too often in a row and are not asked until something is published.
    pub quarantined: Vec<String>,
}
