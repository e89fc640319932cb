//! The key of a folder: drawn at random, in a file that only this user may read.

use std::io::Write as _;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::folder::{self, NEW_PREFIX};

/// The key's file.
const FILE: &str = "key";
/// Bytes of an HMAC-SHA256.
pub(super) const TAG_BYTES: usize = 32;
/// As long as the hash: more would not be stronger.
const BYTES: usize = 32;

/// What entries are sealed with.
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    /// The folder's key, which is drawn when there is none.
    pub(super) fn of(folder: &Path) -> Result<Self, String> {
        let path = folder.join(FILE);
        if !path.exists() {
            draw(folder, &path).map_err(|error| format!("its key cannot be written: {error}"))?;
        }
        let bytes = folder::read_own(&path, BYTES as u64).filter(|bytes| bytes.len() == BYTES).ok_or_else(|| {
            format!("its file `{FILE}` is not a key of this user's; remove the folder, which is only a cache")
        })?;
        Self::new(&bytes).ok_or_else(|| "its key has no possible length".to_owned())
    }

    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(bytes).ok().map(Self)
    }

    pub(super) fn tag(&self, parts: [&[u8]; 3]) -> [u8; TAG_BYTES] {
        self.mac(parts).finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub(super) fn is_tag_of(&self, tag: &[u8], parts: [&[u8]; 3]) -> bool {
        self.mac(parts).verify_slice(tag).is_ok()
    }

    fn mac(&self, parts: [&[u8]; 3]) -> Hmac<Sha256> {
        parts.iter().fold(self.0.clone(), |mac, part| mac.chain_update(part))
    }
}

/// Writes a new key unless another process was faster; then its key is the folder's.
fn draw(folder: &Path, path: &Path) -> std::io::Result<()> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    let mut file = tempfile::Builder::new().prefix(NEW_PREFIX).tempfile_in(folder)?;
    file.write_all(&bytes)?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}
