//! A caller's arguments: pointers that are vouched for once, where an export makes these types of them, and are read
//! and written without `unsafe` from then on. Knows structs by their sizes alone.

use crate::abi::laneway_text_t;
use crate::failure::Failure;
use crate::versioned::{Versioned, read_over, size_at, view, write_sized};

/// What is written as a whole, unlike a struct that states its size.
pub(crate) trait Plain: Copy {}
impl Plain for i32 {}
impl Plain for u64 {}
impl Plain for usize {}

/// A struct that the caller hands over.
pub(crate) struct In<T>(*const T);

impl<T: Versioned> In<T> {
    /// # Safety
    /// `struct_at` is null, or points to a struct of as many readable bytes as its first field states, for as long as
    /// this lives.
    pub(crate) unsafe fn new(struct_at: *const T) -> Self {
        Self(struct_at)
    }

    /// The struct; what an older caller does not know is as in `base`.
    pub(crate) fn read_over(&self, base: T) -> Result<T, Failure> {
        // SAFETY: `new` was promised it.
        unsafe { read_over(base, self.0) }
    }

    /// As [`Self::read_over`], or `base` itself where the caller hands NULL over.
    pub(crate) fn read_or(&self, base: T) -> Result<T, Failure> {
        if self.0.is_null() { Ok(base) } else { self.read_over(base) }
    }
}

/// A value or struct that the caller wants written.
pub(crate) struct Out<T>(*mut T);

impl<T> Out<T> {
    /// # Safety
    /// `value_at` is null or, for as long as this lives, points to a writable value, which for a struct that states its
    /// size means that many bytes.
    pub(crate) unsafe fn new(value_at: *mut T) -> Self {
        Self(value_at)
    }
}

impl<T: Plain> Out<T> {
    /// Writes the value; `name` names it in the error.
    pub(crate) fn put(&self, value: T, name: &str) -> Result<(), Failure> {
        if self.0.is_null() {
            return Err(Failure::argument(format!("{name} is NULL")));
        }
        self.put_if_wanted(value);
        Ok(())
    }

    /// Writes the value unless the caller handed NULL over.
    pub(crate) fn put_if_wanted(&self, value: T) {
        if !self.0.is_null() {
            // SAFETY: `new` was promised a writable value.
            unsafe { self.0.write(value) };
        }
    }
}

impl Out<u64> {
    /// Adds to the caller's value; `name` names it in the error.
    pub(crate) fn add(&self, more: u64, name: &str) -> Result<(), Failure> {
        // SAFETY: `new` was promised a value unless it is null; `put` refuses that.
        let before = if self.0.is_null() { 0 } else { unsafe { self.0.read() } };
        self.put(before.saturating_add(more), name)
    }
}

impl<T: Versioned> Out<T> {
    /// The struct as the caller has filled it in.
    pub(crate) fn read_over(&self, base: T) -> Result<T, Failure> {
        // SAFETY: `new` was promised it.
        unsafe { read_over(base, self.0) }
    }

    /// Writes the struct as far as the caller's goes, and zeros into what is left of that.
    pub(crate) fn write(&self, value: &T) -> Result<(), Failure> {
        // SAFETY: `new` was promised it.
        let size = unsafe { size_at(self.0) }?;
        // SAFETY: the struct has that many writable bytes.
        unsafe { write_sized(value, self.0, size, size) };
        Ok(())
    }
}

/// A text, or bytes, that the caller hands over.
#[repr(transparent)]
pub(crate) struct Text(laneway_text_t);

impl Text {
    /// # Safety
    /// `text.ptr` is null, or points to `text.len` bytes that stay unchanged for as long as this lives.
    pub(crate) unsafe fn of(text: &laneway_text_t) -> &Self {
        // SAFETY: a `Text` is laid out as what it wraps.
        unsafe { &*std::ptr::from_ref(text).cast() }
    }

    /// The bytes; `name` names them in the error.
    pub(crate) fn bytes(&self, name: &str) -> Result<&[u8], Failure> {
        // SAFETY: `of` was promised it.
        unsafe { slice(self.0.ptr, self.0.len) }.ok_or_else(|| Failure::argument(format!("{name}.ptr is NULL")))
    }

    /// The text; `name` names it in the error.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Failure> {
        std::str::from_utf8(self.bytes(name)?).map_err(|_| Failure::argument(format!("{name} is not UTF-8")))
    }
}

/// Texts that the caller hands over.
pub(crate) struct Texts {
    first: *const laneway_text_t,
    count: usize,
}

impl Texts {
    /// # Safety
    /// `first` is null, or points to `count` texts, each as for [`Text::of`].
    pub(crate) unsafe fn new(first: *const laneway_text_t, count: usize) -> Self {
        Self { first, count }
    }

    /// The texts; `name` names the array in the error.
    pub(crate) fn get(&self, name: &str) -> Result<&[Text], Failure> {
        // SAFETY: `new` was promised it; a `Text` is laid out as what it wraps.
        unsafe { slice(self.first.cast::<Text>(), self.count) }
            .ok_or_else(|| Failure::argument(format!("{name} is NULL")))
    }
}

/// A slice of the caller's memory; `None` where that is null and not empty.
///
/// # Safety
/// `first` is null, or points to `count` values that stay unchanged for as long as the slice lives.
unsafe fn slice<'a, T>(first: *const T, count: usize) -> Option<&'a [T]> {
    match (first.is_null(), count) {
        (_, 0) => Some(&[]),
        (true, _) => None,
        // SAFETY: the caller's.
        (false, count) => Some(unsafe { std::slice::from_raw_parts(first, count) }),
    }
}

/// An array of structs that the caller hands over, of whatever version: `stride` is the size of each.
pub(crate) struct Elements<T> {
    first: *const T,
    count: usize,
    stride: usize,
}

impl<T: Versioned> Elements<T> {
    /// # Safety
    /// `first` is null, or points to `count` structs of `stride` readable bytes each, which stay unchanged for as
    /// long as this lives.
    pub(crate) unsafe fn new(first: *const T, count: usize, stride: usize) -> Self {
        Self { first, count, stride }
    }

    /// How many there are, once the array is found to be one; `name` names it in the error.
    pub(crate) fn count(&self, name: &str) -> Result<usize, Failure> {
        check_stride::<T>(self.stride)?;
        if self.first.is_null() && self.count > 0 {
            return Err(Failure::argument(format!("{name} is NULL")));
        }
        Ok(self.count)
    }

    /// One of them: itself where it is of this version, else read over `base` into `kept`.
    pub(crate) fn get<'a>(&'a self, at: usize, base: &T, kept: &'a mut Option<T>) -> Result<&'a T, Failure> {
        assert!(at < self.count, "an element beyond the end");
        // SAFETY: `new` was promised `count` of them.
        unsafe { view(base, kept, self.first.wrapping_byte_add(at * self.stride)) }
    }
}

/// An array of structs that the caller wants filled, of whatever version.
pub(crate) struct Slots<T> {
    first: *mut T,
    count: usize,
    stride: usize,
}

impl<T: Versioned> Slots<T> {
    /// # Safety
    /// `first` is null, or points to room for `count` structs of `stride` writable bytes each, for as long as this
    /// lives.
    pub(crate) unsafe fn new(first: *mut T, count: usize, stride: usize) -> Self {
        Self { first, count: if first.is_null() { 0 } else { count }, stride }
    }

    /// How many there is room for, once the array is found to be one.
    pub(crate) fn count(&self) -> Result<usize, Failure> {
        check_stride::<T>(self.stride).map(|()| self.count)
    }

    /// Writes one of them, and into it the size that was written.
    pub(crate) fn put(&self, at: usize, value: &T) {
        assert!(at < self.count, "a slot beyond the end");
        let slot = self.first.wrapping_byte_add(at * self.stride);
        // SAFETY: `new` was promised room for `count` of them.
        unsafe { write_sized(value, slot, self.stride, self.stride.min(size_of::<T>())) };
    }
}

fn check_stride<T: Versioned>(stride: usize) -> Result<(), Failure> {
    if stride < T::SIZE_MIN {
        let what = format!("elem_size of {} is {stride}, at least {} is needed", T::NAME, T::SIZE_MIN);
        return Err(Failure::abi(what));
    }
    Ok(())
}

/// Bytes that the caller wants written.
pub(crate) struct Buffer {
    first: *mut u8,
    size: usize,
}

impl Buffer {
    /// # Safety
    /// `first` is null, or points to `size` writable bytes, for as long as this lives.
    pub(crate) unsafe fn new(first: *mut u8, size: usize) -> Self {
        Self { first, size: if first.is_null() { 0 } else { size } }
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        assert!(at <= self.size && bytes.len() <= self.size - at, "bytes beyond the end");
        if !bytes.is_empty() {
            // SAFETY: `new` was promised `size` bytes, and these are within.
            let target = unsafe { self.first.add(at) };
            // SAFETY: as above; our bytes are not the caller's.
            unsafe { target.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        }
    }

    /// Writes a text with a NUL at its end, and the bytes that it needs into `needed`.
    pub(crate) fn put_text(&self, text: &str, needed: &Out<usize>) -> Result<(), Failure> {
        needed.put(text.len() + 1, "needed")?;
        if self.size <= text.len() {
            return Err(Failure::too_small("buffer", self.size, text.len() + 1));
        }
        self.write(0, text.as_bytes());
        self.write(text.len(), &[0]);
        Ok(())
    }
}

/// An array and a buffer that are filled together: records, and the part of each whose size varies.
pub(crate) struct Sink<T> {
    slots: Slots<T>,
    buffer: Buffer,
    /// How many records have been written.
    pub(crate) written: usize,
    /// How many bytes of the buffer.
    used: usize,
}

impl<T: Versioned> Sink<T> {
    /// Refuses an array without room.
    pub(crate) fn new(slots: Slots<T>, buffer: Buffer) -> Result<Self, Failure> {
        if slots.count()? == 0 {
            return Err(Failure::argument("records is NULL or has no room"));
        }
        Ok(Self { slots, buffer, written: 0, used: 0 })
    }

    /// The buffer's size.
    pub(crate) fn buffer_size(&self) -> usize {
        self.buffer.size
    }

    /// Writes a record and its variable part, if there is room for both. `record` gets the offset of that part.
    pub(crate) fn push(&mut self, parts: &[&[u8]], record: impl FnOnce(u64) -> T) -> bool {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        if self.written == self.slots.count || self.buffer.size - self.used < len {
            return false;
        }
        self.slots.put(self.written, &record(if len == 0 { 0 } else { self.used as u64 }));
        for part in parts {
            self.buffer.write(self.used, part);
            self.used += part.len();
        }
        self.written += 1;
        true
    }
}
