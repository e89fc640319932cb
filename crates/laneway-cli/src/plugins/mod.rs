//! Plugins as the command line names them: compiled from schemas, or a folder that `plugin compile` wrote.
//! Knows files; what a component is, `laneway-schema` and `laneway-plugin` know.

mod code_cache;
mod folder;
mod source;

pub(crate) use code_cache::keep_code_in;
pub(crate) use folder::write;
pub(crate) use source::{PluginArgs, compile, load};
