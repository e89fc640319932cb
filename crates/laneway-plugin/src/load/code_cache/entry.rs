//! One entry: its name, and its bytes sealed and opened. Pure.
//!
//! ```text
//! | "laneway code 1\n" and a NUL: 16 bytes | HMAC-SHA256 of head, name and code: 32 bytes | code |
//! ```

use sha2::{Digest as _, Sha256};

use super::key::{Key, TAG_BYTES};
use crate::load::set::Sha256Digest;

/// How an entry begins.
const HEAD: [u8; 16] = *b"laneway code 1\n\0";

/// What an entry is called: the hash of what was compiled and by what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct EntryName([u8; 32]);

impl EntryName {
    pub(super) fn of(engine: &Sha256Digest, component: &Sha256Digest) -> Self {
        // Both have one length, so no two pairs are one text.
        Self(Sha256::new().chain_update(engine).chain_update(component).finalize().into())
    }
}

impl std::fmt::Display for EntryName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}", base16ct::HexDisplay(&self.0))
    }
}

/// What goes before the code.
pub(super) fn seal(key: &Key, name: &EntryName, code: &[u8]) -> [Vec<u8>; 2] {
    [HEAD.to_vec(), key.tag([&HEAD, &name.0, code]).to_vec()]
}

/// The code, if the entry is what was sealed under this key and name.
pub(super) fn open(key: &Key, name: &EntryName, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let (head, rest) = sealed.split_at_checked(HEAD.len())?;
    let (tag, code) = rest.split_at_checked(TAG_BYTES)?;
    if head != HEAD || !key.is_tag_of(tag, [&HEAD, &name.0, code]) {
        return None;
    }
    sealed.drain(..HEAD.len() + TAG_BYTES);
    Some(sealed)
}
