//! The plugin host: loads components of `laneway:resource@1`, runs them under limits, and turns what they
//! point at into extractions. Knows wasmtime; knows neither schemas nor the database.
#![doc = include_str!("../README.md")]

mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod load;
mod publish;
mod read;
mod run;
mod settings;
#[allow(missing_docs, reason = "generated, and reachable where fuzzing is on")]
mod v1;

pub use error::{PluginError, PluginErrorKind, UnknownGeneration};
pub use load::code_cache::{CODE_CACHE_BYTES_MAX, CodeCache, CodeCacheError};
pub use load::description::{DescribedResource, DescribedSlot, Description};
pub use load::set::{PluginFile, PluginSet, SET_FILE, SIGNATURE_FILE, SetEntry, SetError, SetListing};
pub use load::trust::{AllowListError, KeyError, PublicKey, SecretKey, Trust};
pub use publish::canary::Canary;
pub use publish::history::GenerationInfo;
pub use publish::plugins::Plugins;
pub use publish::registry::Publish;
pub use publish::stats::PluginStats;
pub use publish::verdict::{CanaryRefusal, CanaryRefusalKind, CanaryReport, CanarySettings};
pub use publish::watch::{FolderWatch, WatchEvent, WatchSettings};
pub use read::bodies::CoercionExtent;
pub use settings::PluginSettings;
