//! Which components are let in, whatever they do: an allow-list by content, signatures over a set.

mod key;

use std::collections::BTreeSet;

use crate::error::Refusal;
use crate::load::set::{PluginSet, Sha256Digest};

pub use key::{KeyError, PublicKey, SecretKey};

/// The most signatures that are looked at: each costs time.
const SIGNATURES_MAX: usize = 16;

/// Who must vouch for components. By default no one.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Trust {
    /// The SHA-256 of each component that may be loaded. `None`: any.
    pub allowed: Option<BTreeSet<[u8; 32]>>,
    /// Keys of which one must have signed the set. None at all: sets need no signature.
    pub signers: Vec<PublicKey>,
}

/// A line of an allow-list that is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line} of the allow-list begins with no SHA-256; write them as `sha256sum *.wasm` does")]
pub struct AllowListError {
    line: usize,
}

impl Trust {
    /// Reads an allow-list: lines that begin with a SHA-256 in hexadecimal digits, as `sha256sum` writes them; empty
    /// lines and those that begin with `#` are comments.
    ///
    /// # Errors
    /// When a line begins otherwise.
    pub fn parse_allow_list(text: &str) -> Result<BTreeSet<[u8; 32]>, AllowListError> {
        let lines = (1..).zip(text.lines().map(str::trim));
        lines
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(line, text)| {
                let word = text.split_ascii_whitespace().next().unwrap_or_default();
                crate::load::set::parse_sha256(word).ok_or(AllowListError { line })
            })
            .collect()
    }

    /// Refuses a component that is not on the list.
    pub(crate) fn check_component(&self, sha256: &Sha256Digest) -> Result<(), Refusal> {
        match &self.allowed {
            Some(allowed) if !allowed.contains(sha256) => {
                Err(Refusal::NotAllowed(base16ct::lower::encode_string(sha256)))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a set that none of the keys has signed.
    pub(crate) fn check_set(&self, set: &PluginSet) -> Result<(), Refusal> {
        if self.signers.is_empty() {
            return Ok(());
        }
        let Some(manifest) = &set.manifest else { return Err(Refusal::NotSigned) };
        let signatures =
            manifest.signatures.lines().map(str::trim).filter(|line| !line.is_empty()).take(SIGNATURES_MAX);
        let mut signatures = signatures.peekable();
        if signatures.peek().is_none() {
            return Err(Refusal::NotSigned);
        }
        let is_good = |line: &str| self.signers.iter().any(|signer| signer.has_signed(&manifest.content, line));
        if signatures.any(is_good) { Ok(()) } else { Err(Refusal::WrongSignature) }
    }
}
