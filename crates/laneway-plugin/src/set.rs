//! A set of components on its way in: names, bytes and what names the bytes.

use sha2::{Digest as _, Sha256};

/// What names a component's bytes.
pub(crate) type Sha256Digest = [u8; 32];

/// Components that are published together.
#[derive(Clone, Default)]
pub struct PluginSet {
    pub(crate) files: Vec<PluginFile>,
}

/// One component.
#[derive(Clone)]
pub(crate) struct PluginFile {
    /// For messages.
    pub(crate) name: String,
    pub(crate) wasm: Vec<u8>,
}

impl PluginFile {
    /// Reads all of it: computed where many files are looked at on several threads.
    pub(crate) fn sha256(&self) -> Sha256Digest {
        Sha256::digest(&self.wasm).into()
    }
}

impl PluginSet {
    /// How many components it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether it has no component.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl From<Vec<(String, Vec<u8>)>> for PluginSet {
    fn from(components: Vec<(String, Vec<u8>)>) -> Self {
        Self { files: components.into_iter().map(|(name, wasm)| PluginFile { name, wasm }).collect() }
    }
}

impl std::fmt::Debug for PluginSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.files.iter().map(|file| &file.name)).finish()
    }
}
