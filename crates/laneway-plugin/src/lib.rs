//! The plugin host: loads components of `laneway:resource@1`, runs them under limits, and turns what they
//! point at into extractions. Knows wasmtime; knows neither schemas nor the database.

mod answer;
mod assemble;
mod budget;
mod description;
mod engine;
mod error;
mod fault;
#[cfg(test)]
mod fuzz;
mod generation;
mod guard;
mod health;
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
mod settings;
mod slot_kind;
mod slots;
mod text;
mod ticker;
mod token;
mod v1;
mod worker;

pub use description::{DescribedResource, DescribedSlot, Description};
pub use error::PluginError;
pub use registry::Plugins;
pub use settings::PluginSettings;
