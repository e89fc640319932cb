//! The subcommands, one a file: what each takes and does.

pub(crate) mod bench;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod endpoint;
pub(crate) mod extract;
pub(crate) mod generate;
pub(crate) mod grants;
pub(crate) mod load;
pub(crate) mod plugin;
pub(crate) mod replay;
pub(crate) mod store;
