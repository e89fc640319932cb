//! Memory: a region behind the tables that is used from its start again for every document.

// Circle: the tables are an export like the functions that allocate, and memory begins behind them.
use crate::{Global, exports::TABLES};

/// How many bytes behind an allocation may be read (never written, but for a document's NUL).
pub(crate) const PADDING: usize = 64;

const PAGE_BYTES: usize = 64 * 1024;

/// Allocations begin at multiples of it.
const ALIGN: usize = 16;

/// The first free byte; 0: the region is to be used from its start.
static NEXT: Global<usize> = Global::new(0);

/// `size` bytes, aligned for anything the scanner keeps.
///
/// Traps when memory is at its limit: the host's answer to a document that needs too much.
#[inline(never)]
pub(crate) fn allocate(size: usize) -> *mut u8 {
    // SAFETY: nothing else holds the variable; the header was written before any call.
    unsafe {
        let next = match *NEXT.get() {
            0 => (*TABLES.get()).heap as usize,
            next => next,
        };
        let start = (next + ALIGN - 1) & !(ALIGN - 1);
        let Some(end) = start.checked_add(size).and_then(|end| end.checked_add(PADDING)) else {
            core::arch::wasm32::unreachable()
        };
        let available = core::arch::wasm32::memory_size(0) * PAGE_BYTES;
        if end > available {
            let pages = (end - available).div_ceil(PAGE_BYTES);
            if core::arch::wasm32::memory_grow(0, pages) == usize::MAX {
                core::arch::wasm32::unreachable()
            }
        }
        // Padding is shared with the next allocation, except where it is read as a document's end.
        *NEXT.get() = start + size;
        start as *mut u8
    }
}

/// Everything allocated so far is free for the next call; its content stays until then.
pub(crate) fn reset() {
    // SAFETY: nothing else holds the variable.
    unsafe { *NEXT.get() = 0 }
}

/// The smallest capacity of a list; others are multiples of it.
pub(crate) const CAPACITY_MIN: usize = 32;

/// A list that grows, by doubling. Where it has to move, what it held stays until the next document.
pub(crate) struct List<T> {
    start: *mut T,
    next: *mut T,
    end: *mut T,
}

impl<T: Copy> List<T> {
    pub(crate) const fn new() -> Self {
        Self { start: core::ptr::null_mut(), next: core::ptr::null_mut(), end: core::ptr::null_mut() }
    }

    /// An empty list in fresh memory, for a multiple of [`CAPACITY_MIN`] values.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        const { assert!((CAPACITY_MIN * size_of::<T>()).is_multiple_of(ALIGN)) };
        let start = allocate(capacity * size_of::<T>()).cast::<T>();
        Self { start, next: start, end: start.wrapping_add(capacity) }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, value: T) {
        if self.next == self.end {
            self.grow();
        }
        // SAFETY: `next` is below `end`, inside the allocation.
        unsafe {
            *self.next = value;
            self.next = self.next.add(1);
        }
    }

    fn grow(&mut self) {
        let length = self.len();
        let more = length.max(CAPACITY_MIN);
        self.start = grown(self.start.cast(), length * size_of::<T>(), more * size_of::<T>()).cast();
        self.next = self.start.wrapping_add(length);
        self.end = self.next.wrapping_add(more);
    }

    pub(crate) fn len(&self) -> usize {
        (self.next as usize - self.start as usize) / size_of::<T>()
    }

    pub(crate) fn address(&self) -> u32 {
        self.start as u32
    }

    /// Forgets what lies behind the first `length` values.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.next = self.start.wrapping_add(length);
    }

    /// The values from `from` on.
    pub(crate) fn tail(&mut self, from: usize) -> &mut [T] {
        let length = self.len() - from;
        if length == 0 {
            return &mut [];
        }
        // SAFETY: `start..next` is written, and the list is borrowed for as long as the slice.
        unsafe { core::slice::from_raw_parts_mut(self.start.add(from), length) }
    }
}

/// Memory of `used + more` bytes that begins with the `used` bytes at `old`: the same memory where nothing
/// has been allocated behind it, as is usual for the list that makes a document large.
#[cold]
#[inline(never)]
fn grown(old: *mut u8, used: usize, more: usize) -> *mut u8 {
    let new = allocate(more);
    if new == old.wrapping_add(used) {
        return old;
    }
    // The two allocations lie side by side: sizes are multiples of the alignment.
    allocate(used);
    // SAFETY: the new memory is large enough and overlaps nothing.
    unsafe { core::ptr::copy_nonoverlapping(old, new, used) };
    new
}
