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
    /// Whether the component may have imports, whose calls trap. Whoever writes or signs the file allows it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trap_imports: bool,
}

/// A folder, and where its set really lies: a link may stand for `plugins.json`, and lead to another folder tomorrow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SetFolder {
    named: PathBuf,
    /// Where the link leads; all of a set is read there, so that it is of one time.
    real: Option<PathBuf>,
}

impl SetFolder {
    pub(crate) fn of(folder: &Path) -> Self {
        let set_file = folder.join(SET_FILE);
        let is_link = std::fs::symlink_metadata(&set_file).is_ok_and(|metadata| metadata.is_symlink());
        let real = is_link.then(|| set_file.canonicalize().ok()?.parent().map(Path::to_owned)).flatten();
        Self { named: folder.to_owned(), real }
    }

    /// The folders that its files are in.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(&*self.named).chain(self.real.as_deref())
    }

    /// A file of the set: beside the real `plugins.json`, else where the folder itself has it.
    fn file(&self, name: &str) -> PathBuf {
        let real = self.real.as_ref().map(|real| real.join(name)).filter(|path| path.exists());
        real.unwrap_or_else(|| self.named.join(name))
    }

    /// Components that the folder has and `listing` does not name.
    pub(crate) fn unlisted(&self, listing: &SetListing) -> Vec<String> {
        let is_listed = |name: &String| listing.plugins.iter().any(|entry| entry.file == *name);
        let files = self.all().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
        let names = files.filter_map(|file| file.file_name().into_string().ok());
        let mut names: Vec<_> = names
            // Hidden ones are on their way in.
            .filter(|name| name.ends_with(".wasm") && !name.starts_with('.') && !is_listed(name))
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

impl PluginSet {
    /// Reads the set in a folder whole: every component is the one that `plugins.json` names.
    ///
    /// # Errors
    /// When the folder is not a set, or not yet.
    pub fn read(folder: &Path) -> Result<Self, SetError> {
        let folder = SetFolder::of(folder);
        let manifest = read_manifest(&folder)?;
        Self::read_listed(&folder, manifest)
    }

    /// Reads what a `plugins.json` of these bytes names.
    pub(crate) fn read_listed(folder: &SetFolder, manifest: SetManifest) -> Result<Self, SetError> {
        let listing: SetListing = serde_json::from_slice(&manifest.content)
            .map_err(|source| Cause::NotASet { path: folder.file(SET_FILE), source })?;
        let unlisted = folder.unlisted(&listing);
        let mut left = COMPONENTS_BYTES_MAX;
        let files: Result<_, SetError> =
            listing.plugins.into_iter().map(|entry| component(folder, entry, &mut left)).collect();
        Ok(Self { files: files?, unlisted, manifest: Some(manifest) })
    }
}

/// A folder's manifest and its signatures, before any component is read.
pub(crate) fn read_manifest(folder: &SetFolder) -> Result<SetManifest, SetError> {
    let content = read(&folder.file(SET_FILE), SET_FILE_BYTES_MAX)?;
    let signatures = match read(&folder.file(SIGNATURE_FILE), SIGNATURE_FILE_BYTES_MAX) {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(Cause::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(kind) => return Err(kind.into()),
    };
    Ok(SetManifest { content, signatures })
}

fn component(folder: &SetFolder, entry: SetEntry, left: &mut u64) -> Result<PluginFile, SetError> {
    if Path::new(&entry.file).file_name() != Some(entry.file.as_ref()) {
        return Err(Cause::Outside { folder: folder.named.clone(), file: entry.file }.into());
    }
    let path = folder.file(&entry.file);
    let wasm = read(&path, COMPONENT_BYTES_MAX.min(*left))?;
    let file = PluginFile { name: entry.name, wasm, trap_imports: entry.trap_imports };
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
