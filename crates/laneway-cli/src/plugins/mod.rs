//! Plugins as the command line names them: compiled from schemas, a folder that `plugin compile` wrote, components.
//! Knows files; what a component is, `laneway-schema` and `laneway-plugin` know.

mod code_cache;
mod compile;
mod folder;
mod open;
mod runner;
mod samples;
mod source;
mod trust;

pub(crate) use code_cache::keep_code_in;
pub(crate) use compile::{compile, compile_with};
pub(crate) use folder::{add, sha256, write};
pub(crate) use open::open;
pub(crate) use runner::Runner;
pub(crate) use samples::{Sample, imagined, read as read_samples};
pub(crate) use source::{PluginArgs, endpoints, extent, load, settings};
use trust::TrustArgs;
