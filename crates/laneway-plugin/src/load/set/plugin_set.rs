//! A set of plugins in memory: its components, and the manifest that was signed.

use sha2::{Digest as _, Sha256};

/// What names a component's bytes.
pub(crate) type Sha256Digest = [u8; 32];

/// Components that are published together.
#[derive(Clone, Default)]
pub struct PluginSet {
    pub(crate) files: Vec<PluginFile>,
    /// Components that lie in the folder and that `plugins.json` does not name.
    pub(crate) unlisted: Vec<String>,
    /// Of a set that was read from a folder.
    pub(crate) manifest: Option<SetManifest>,
}

/// What names the components of a set by their content, and who vouches for it.
#[derive(Clone, PartialEq)]
pub(crate) struct SetManifest {
    /// The bytes of `plugins.json`.
    pub(crate) content: Vec<u8>,
    /// The lines of `plugins.json.sig`.
    pub(crate) signatures: String,
}

/// One component.
#[derive(Clone)]
pub struct PluginFile {
    /// For messages.
    pub name: String,
    /// The component.
    pub wasm: Vec<u8>,
    /// Whether it may have imports. A call of one traps: it costs the document that it was made for.
    pub trap_imports: bool,
}

impl PluginFile {
    /// A component without imports.
    #[must_use]
    pub fn new(name: impl Into<String>, wasm: Vec<u8>) -> Self {
        Self { name: name.into(), wasm, trap_imports: false }
    }

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

    /// The bytes of its `plugins.json`, when it was read from a folder: what is signed.
    #[must_use]
    pub fn listing(&self) -> Option<&[u8]> {
        self.manifest.as_ref().map(|manifest| &*manifest.content)
    }

    /// The names of components (`*.wasm`) that lie in the folder it was read from and that `plugins.json` does not name:
    /// they are not loaded.
    #[must_use]
    pub fn unlisted(&self) -> &[String] {
        &self.unlisted
    }

    /// Whether it has no component.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl From<Vec<(String, Vec<u8>)>> for PluginSet {
    fn from(components: Vec<(String, Vec<u8>)>) -> Self {
        components.into_iter().map(|(name, wasm)| PluginFile::new(name, wasm)).collect::<Vec<_>>().into()
    }
}

impl From<Vec<PluginFile>> for PluginSet {
    fn from(files: Vec<PluginFile>) -> Self {
        Self { files, ..Self::default() }
    }
}

/// The components alone: who vouches for them is forgotten.
impl From<PluginSet> for Vec<PluginFile> {
    fn from(set: PluginSet) -> Self {
        set.files
    }
}

impl std::fmt::Debug for PluginFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PluginFile").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PluginSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.files.iter().map(|file| &file.name)).finish()
    }
}

/// From hexadecimal digits.
pub(crate) fn parse_sha256(text: &str) -> Option<Sha256Digest> {
    let mut digest = Sha256Digest::default();
    let decoded = base16ct::mixed::decode(text, &mut digest).ok()?.len();
    (decoded == digest.len()).then_some(digest)
}
