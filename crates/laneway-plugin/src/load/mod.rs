//! From bytes to plugins: sets and their folders, who vouches for them, what compiled code is kept, what a component
//! declares. Refuses to know which plugins are in force.

pub(crate) mod code_cache;
pub(crate) mod description;
pub(crate) mod engine;
pub(crate) mod inspect;
pub(crate) mod loader;
pub(crate) mod plugin;
pub(crate) mod plugin_manifest;
pub(crate) mod set;
pub(crate) mod slot_kind;
pub(crate) mod trust;
