//! A set of components on its way in: names, bytes and what names the bytes.

mod folder;
mod plugin_set;

pub use folder::{SET_FILE, SIGNATURE_FILE, SetEntry, SetError, SetListing};
pub(crate) use folder::{SetFolder, read_manifest};
pub use plugin_set::{PluginFile, PluginSet};
pub(crate) use plugin_set::{SetManifest, Sha256Digest, parse_sha256};
