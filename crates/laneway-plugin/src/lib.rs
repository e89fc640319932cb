//! The plugin host: loads components of `laneway:resource@1`, runs them under limits, and turns what they
//! point at into extractions. Knows wasmtime; knows neither schemas nor the database.

mod answer;
mod assemble;
mod budget;
mod code_cache;
mod engine;
mod error;
mod fault;
#[cfg(test)]
mod fuzz;
mod generation;
mod guard;
mod health;
mod history;
mod id_memo;
mod inspect;
mod instance;
mod kept;
mod load;
mod manifest;
mod plan;
mod plugin;
mod reading;
mod registry;
mod set;
mod settings;
mod slot_kind;
mod slots;
mod stats;
mod text;
mod ticker;
mod token;
mod v1;
mod worker;

pub use code_cache::{CODE_CACHE_BYTES_MAX, CodeCache, CodeCacheError};
pub use error::{NotKept, PluginError};
pub use history::GenerationInfo;
pub use registry::{Plugins, Publish};
pub use set::PluginSet;
pub use settings::PluginSettings;
pub use stats::PluginStats;
