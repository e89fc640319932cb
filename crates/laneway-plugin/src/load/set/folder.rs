//! A folder with a set: components, and `plugins.json`, which names them with their SHA-256 and is written last.
//! What is read is checked against it, so that nothing half-written gets by, whoever writes meanwhile.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plugin_set::{PluginFile, PluginSet, SetManifest, parse_sha256};

/// The file that makes a set complete.
pub const SET_FILE: &str = "plugins.json";
/// Signatures over it, if it has any.
pub const SIGNATURE_FILE: &str = "plugins.json.sig";
/// The largest `plugins.json`: a data standard's has some 60 KiB.
const SET_FILE_BYTES_MAX: u64 = 8 << 20;
/// The largest signature file.
const SIGNATURE_FILE_BYTES_MAX: u64 = 4 << 10;
/// The largest component that is read; the settings bound it further.
const COMPONENT_BYTES_MAX: u64 = 64 << 20;
/// The most bytes that the components of a set have together.
const COMPONENTS_BYTES_MAX: u64 = 1 << 30;

/// Why a folder is not a set of plugins.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SetError(#[from] Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error("cannot read {}: {source}; `laneway plugin compile` writes such folders", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} has more than {bytes_max} bytes", .path.display())]
    TooLarge { path: PathBuf, bytes_max: u64 },
    #[error("{} is not a set of plugins: {source}", .path.display())]
    NotASet { path: PathBuf, source: serde_json::Error },
    #[error("{SET_FILE} in {} names a file outside the folder: {file}", .folder.display())]
    Outside { folder: PathBuf, file: String },
    #[error("{} is not the component that {SET_FILE} names (its SHA-256 differs)", .path.display())]
    Differs { path: PathBuf },
}

impl SetError {
    /// A word for machines, one for each way in which a folder can be wrong.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.0 {
            Cause::Unreadable { .. } => "unreadable",
            Cause::TooLarge { .. } => "too-large",
            Cause::NotASet { .. } => "not-a-set",
            Cause::Outside { .. } => "outside-the-folder",
            Cause::Differs { .. } => "differs",
        }
    }
}

/// What `plugins.json` lists.
#[derive(Default, Serialize, Deserialize, Debug)]
pub struct SetListing {
    /// The components. Where two claim a resource, the later one has it.
    pub plugins: Vec<SetEntry>,
}

/// A component of a set.
#[derive(Serialize, Deserialize, Debug)]
pub struct SetEntry {
    /// The plugin's name, for messages.
    pub name: String,
    /// The file's name in the folder.
    pub file: String,
    /// The file's SHA-256, in hexadecimal digits.
    pub sha256: String,
}

impl PluginSet {
    /// Reads the set in a folder whole: every component is the one that `plugins.json` names.
    ///
    /// # Errors
    /// When the folder is not a set, or not yet.
    pub fn read(folder: &Path) -> Result<Self, SetError> {
        Self::read_listed(folder, read_manifest(folder)?)
    }

    /// Reads what a `plugins.json` of these bytes names.
    pub(crate) fn read_listed(folder: &Path, manifest: SetManifest) -> Result<Self, SetError> {
        let listing: SetListing = serde_json::from_slice(&manifest.content)
            .map_err(|source| Cause::NotASet { path: folder.join(SET_FILE), source })?;
        let mut left = COMPONENTS_BYTES_MAX;
        let files: Result<_, SetError> =
            listing.plugins.into_iter().map(|entry| component(folder, entry, &mut left)).collect();
        Ok(Self { files: files?, manifest: Some(manifest) })
    }
}

/// A folder's manifest and its signatures, before any component is read.
pub(crate) fn read_manifest(folder: &Path) -> Result<SetManifest, SetError> {
    let content = read(&folder.join(SET_FILE), SET_FILE_BYTES_MAX)?;
    let signatures = match read(&folder.join(SIGNATURE_FILE), SIGNATURE_FILE_BYTES_MAX) {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(Cause::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(kind) => return Err(kind.into()),
    };
    Ok(SetManifest { content, signatures })
}

fn component(folder: &Path, entry: SetEntry, left: &mut u64) -> Result<PluginFile, SetError> {
    if Path::new(&entry.file).file_name() != Some(entry.file.as_ref()) {
        return Err(Cause::Outside { folder: folder.to_owned(), file: entry.file }.into());
    }
    let path = folder.join(&entry.file);
    let file = PluginFile { name: entry.name, wasm: read(&path, COMPONENT_BYTES_MAX.min(*left))? };
    *left -= file.wasm.len() as u64;
    if parse_sha256(&entry.sha256) != Some(file.sha256()) {
        return Err(Cause::Differs { path }.into());
    }
    Ok(file)
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Cause> {
    let unreadable = |source| Cause::Unreadable { path: path.to_owned(), source };
    // Something else than a file could be waited for without end.
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(std::io::Error::other("it is not a file")));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Cause::TooLarge { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}
