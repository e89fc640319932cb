//! ReferentialIds that a worker has computed of late: documents refer to the same few descriptors, schools
//! and students again and again, and a hash costs some ten times a look here.

use std::hash::Hasher as _;

use laneway_model::{ReferentialId, ReferentialIdBuilder};
use rustc_hash::FxHasher;

/// Entries; a power of two. With [`Entry`] this is 256 KiB, which a core's own cache holds.
const ENTRIES: usize = 1 << 11;
/// The longest key that is remembered; longer identities are hashed each time.
const KEY_BYTES_MAX: usize = 111;

/// Identities of one kind: how their ReferentialIds begin, and what distinguishes them from other kinds.
#[derive(Clone)]
pub(crate) struct IdKind {
    begun: ReferentialIdBuilder,
    /// The hash of everything but the values, so that equal kinds of different plugins share entries.
    name: [u8; 16],
}

/// A direct-mapped memo: each identity has one entry, and the last one written stays.
pub(crate) struct IdMemo {
    entries: Box<[Entry]>,
}

/// Two cache lines.
#[derive(Clone)]
struct Entry {
    id: ReferentialId,
    /// 0: empty. No key is empty, since each has its kind's name.
    key_bytes: u8,
    key: [u8; KEY_BYTES_MAX],
}

impl IdKind {
    /// Identities that begin with `begun` and have values under `paths`.
    pub(crate) fn new<'a>(begun: ReferentialIdBuilder, paths: impl IntoIterator<Item = &'a str>) -> Self {
        let mut name = begun.clone();
        for path in paths {
            name.element(path, "");
        }
        Self { begun, name: name.finish().0.into_bytes() }
    }

    /// The ReferentialId of the identity with these (path, value) elements, computed.
    pub(crate) fn id<'a>(&self, elements: impl Iterator<Item = (&'a str, &'a str)>) -> ReferentialId {
        let mut id = self.begun.clone();
        for (path, value) in elements {
            id.element(path, value);
        }
        id.finish()
    }
}

impl IdMemo {
    pub(crate) fn new() -> Self {
        let id = ReferentialId(ReferentialId::NAMESPACE);
        Self { entries: vec![Entry { id, key_bytes: 0, key: [0; KEY_BYTES_MAX] }; ENTRIES].into() }
    }

    /// The ReferentialId of the identity with these (path, value) elements, remembered or computed.
    pub(crate) fn id<'a>(
        &mut self,
        kind: &IdKind,
        elements: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) -> ReferentialId {
        let mut key = [0; KEY_BYTES_MAX];
        let Some(length) = write_key(&mut key, kind, elements.clone()) else { return kind.id(elements) };
        let mut hasher = FxHasher::default();
        hasher.write(&key[..length]);
        // The hash's upper bits are its best.
        let entry = &mut self.entries[(hasher.finish() >> (u64::BITS - ENTRIES.ilog2())) as usize];
        if usize::from(entry.key_bytes) != length || entry.key[..length] != key[..length] {
            // KEY_BYTES_MAX is below 256.
            let key_bytes = u8::try_from(length).unwrap_or(0);
            *entry = Entry { id: kind.id(elements), key_bytes, key };
        }
        entry.id
    }
}

/// The kind's name, then each value with its length before it, so that no two identities have one key.
fn write_key<'a>(
    key: &mut [u8; KEY_BYTES_MAX],
    kind: &IdKind,
    elements: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<usize> {
    key[..16].copy_from_slice(&kind.name);
    let mut at = 16;
    for (_, value) in elements {
        *key.get_mut(at)? = u8::try_from(value.len()).ok()?;
        let end = at + 1 + value.len();
        key.get_mut(at + 1..end)?.copy_from_slice(value.as_bytes());
        at = end;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(resource: &str, paths: &[&str]) -> IdKind {
        IdKind::new(ReferentialId::builder("P", resource), paths.iter().copied())
    }

    #[test]
    fn equal_values_of_different_kinds_are_different_identities() {
        let mut memo = IdMemo::new();
        for (resource, paths) in [("A", &["$.a"]), ("B", &["$.a"]), ("A", &["$.b"])] {
            let elements = [(paths[0], "1")];
            for _ in 0..2 {
                let id = memo.id(&kind(resource, paths), elements.into_iter());
                assert_eq!(id, ReferentialId::of("P", resource, elements));
            }
        }
    }

    #[test]
    fn values_that_join_alike_are_different_identities() {
        let (mut memo, kind) = (IdMemo::new(), kind("A", &["$.a", "$.b"]));
        for (a, b) in [("12", "3"), ("1", "23"), ("", "123"), ("123", "")] {
            let elements = [("$.a", a), ("$.b", b)];
            assert_eq!(memo.id(&kind, elements.into_iter()), ReferentialId::of("P", "A", elements));
        }
    }

    #[test]
    fn identities_that_share_an_entry_replace_each_other() {
        let (mut memo, kind) = (IdMemo::new(), kind("A", &["$.a"]));
        for number in 0..3 * ENTRIES {
            // The one just asked for, its predecessor, and one that may have gone long ago.
            for number in [number, number, number.saturating_sub(1), number / 2] {
                let value = number.to_string();
                let elements = [("$.a", &*value)];
                assert_eq!(memo.id(&kind, elements.into_iter()), ReferentialId::of("P", "A", elements));
            }
        }
    }

    #[test]
    fn identities_that_are_too_long_are_hashed_each_time() {
        let (mut memo, kind) = (IdMemo::new(), kind("A", &["$.a", "$.b"]));
        for length in [0, 1, KEY_BYTES_MAX - 19, KEY_BYTES_MAX - 18, KEY_BYTES_MAX - 17, 255, 256, 1_000] {
            let value = "x".repeat(length);
            for elements in [[("$.a", &*value), ("$.b", "")], [("$.a", ""), ("$.b", &*value)]] {
                assert_eq!(memo.id(&kind, elements.into_iter()), ReferentialId::of("P", "A", elements));
            }
        }
    }
}
