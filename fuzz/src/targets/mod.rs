//! One file a target. Each holds what is promised of one kind of input.

pub(crate) mod body;
pub(crate) mod component;
pub(crate) mod json;
pub(crate) mod output;
pub(crate) mod passwords;
pub(crate) mod plugin_set;
pub(crate) mod scanner;
pub(crate) mod schema;
pub(crate) mod settings;
