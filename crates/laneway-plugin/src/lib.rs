//! The plugin host: loads components of `laneway:resource@1`, runs them under limits, and turns what they
//! point at into extractions. Knows wasmtime; knows neither schemas nor the database.

mod answer;
mod assemble;
mod budget;
mod canary;
mod code_cache;
mod description;
mod difference;
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
mod trust;
mod v1;
mod watch;
mod worker;

pub use canary::{Canary, CanaryRefusal, CanaryReport, CanarySettings};
pub use code_cache::{CODE_CACHE_BYTES_MAX, CodeCache, CodeCacheError};
pub use description::{DescribedResource, DescribedSlot, Description};
pub use error::{NotKept, PluginError};
pub use history::GenerationInfo;
pub use registry::{Plugins, Publish};
pub use set::{PluginSet, SET_FILE, SIGNATURE_FILE, SetError};
pub use settings::PluginSettings;
pub use stats::PluginStats;
pub use trust::{AllowListError, KeyError, PublicKey, SecretKey, Trust};
pub use watch::{FolderWatch, WatchEvent, WatchSettings};
