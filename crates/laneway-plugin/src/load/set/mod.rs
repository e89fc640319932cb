//! A set of components on its way in: names, bytes and what names the bytes.

mod folder;
mod plugin_set;

pub(crate) use folder::read_manifest;
pub use folder::{SET_FILE, SIGNATURE_FILE, SetEntry, SetError, SetListing};
pub use plugin_set::PluginSet;
pub(crate) use plugin_set::{PluginFile, SetManifest, Sha256Digest, parse_sha256};
