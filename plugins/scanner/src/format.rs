//! How the compiler's tables lie in the scanner's memory. This file belongs to both: the scanner reads
//! such tables, the compiler (`laneway-schema`, which includes this file) writes them.
//! It knows nothing about schemas: tables are an automaton over member names and array items.
//!
//! All numbers are little-endian. An *address* is a byte position in the guest's memory; 0 means none.
//!
//! ```text
//! Header ─► [address of the root State of each resource]
//!        └► the manifest, as the canonical ABI returns it
//! State  ─► Slot, Slot, …            what a value in this state is reported as
//!        ├► State                    of an array's items, and of members that have no entry
//!        ├► Member, Member, …  ─► `"name":`  and the State of its value
//!        └► buckets: u16, u16, …     hash of a name ─► number of its Member + 1
//! ```

/// Where everything begins. The scanner's module has room for one, exported as `LANEWAY_TABLES`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    /// Address of the manifest in the form that `describe` returns.
    pub(crate) manifest: u32,
    /// Address of the root states' addresses, one for each resource.
    pub(crate) roots: u32,
    /// How many resources there are.
    pub(crate) root_count: u32,
    /// Address of the first byte behind the tables: documents and results go there.
    pub(crate) heap: u32,
}

/// What is known about a value from the path that led to it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    /// Address of the slots that the value is reported for.
    pub(crate) slots: u32,
    /// How many they are.
    pub(crate) slot_count: u32,
    /// The state of an array's items, and of an object's members that have no entry. Never 0.
    pub(crate) item: u32,
    /// Address of the members.
    pub(crate) members: u32,
    /// Address of the buckets.
    pub(crate) buckets: u32,
    /// Number of buckets, a power of two, less one.
    pub(crate) bucket_mask: u32,
    /// 1: a path goes on by `[*]`, so the names of an object's members may become steps.
    pub(crate) has_star: u32,
    /// Address of the member that is expected first, or 0. The scanner keeps it up to date: documents of
    /// one resource tend to look alike. It changes how fast a document is read, never what is found.
    pub(crate) guess: u32,
}

/// A member that the schema names.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Which member of its object it is, as a bit; 0 for those beyond the 64th, which are never guessed.
    pub(crate) seen: u64,
    /// Address of the text `"name":`.
    pub(crate) text: u32,
    /// The text's length in bytes, quotes and colon included.
    pub(crate) length: u32,
    /// The state of its value. Never 0.
    pub(crate) state: u32,
    /// Address of the member that is expected behind this one, or 0; see [`State::guess`].
    pub(crate) guess: u32,
}

/// One meaning of a value.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// The slot's number in the manifest.
    pub(crate) slot: u32,
    /// Bit *n* is set when the path's *n*-th segment is a `[*]` for which a step is reported.
    pub(crate) steps: u32,
}

/// How many of an object's members have a bit in [`Member::seen`].
#[allow(dead_code, reason = "the compiler numbers the bits")]
pub(crate) const SEEN_MAX: usize = 64;

/// How many segments a path may have when its steps are reported: the bits of [`Slot::steps`].
#[allow(dead_code, reason = "the compiler checks paths")]
pub(crate) const STEP_SEGMENTS_MAX: usize = 32;

/// How many bytes beyond a text in the tables the scanner may read: one vector.
#[allow(dead_code, reason = "the compiler lays texts out")]
pub(crate) const TEXT_PADDING: usize = 16;

/// The hash of a member's name (unescaped). It only has to spread; each hit is checked.
#[must_use]
#[inline]
pub(crate) fn hash(name: &[u8]) -> u32 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = (name.len() as u64).wrapping_mul(MIX);
    for chunk in name.chunks(8) {
        let word = chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        hash = (hash ^ word).wrapping_mul(MIX);
        hash ^= hash >> 32;
    }
    hash as u32
}
