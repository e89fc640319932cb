//! Structs that grow: how one of another version is read and written. Every struct begins with its size; fields are
//! only ever added at the end.

use crate::abi::{laneway_result_t, laneway_text_t};
use crate::failure::Failure;

/// A struct of the C ABI.
///
/// # Safety
/// `repr(C)`, begins with a `u32` that is its size, without padding, and any bytes make a value of it.
pub(crate) unsafe trait Versioned: Copy {
    /// The struct's name in C.
    const NAME: &'static str;
    /// The size that its first version had: the least that a caller may state.
    const SIZE_MIN: usize;
}

/// A struct that states its size, all else zero.
pub(crate) const fn sized<T: Versioned>() -> T {
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    // SAFETY: every struct begins with its size, and any bytes make a value (the trait's promise).
    unsafe {
        value.as_mut_ptr().cast::<u32>().write(size_of::<T>() as u32);
        value.assume_init()
    }
}

/// Reads the struct at `place` over `base`: what an older caller does not know stays as in `base`.
///
/// # Safety
/// `place` is null, or points to a struct of as many readable bytes as its first field says.
pub(crate) unsafe fn read_over<T: Versioned>(base: T, place: *const T) -> Result<T, Failure> {
    if place.is_null() {
        return Err(Failure::argument(format!("{} is NULL", T::NAME)));
    }
    // SAFETY: every struct begins with its size, and `place` points to one; its alignment is not relied upon.
    let size = unsafe { place.cast::<u32>().read_unaligned() } as usize;
    if size < T::SIZE_MIN {
        return Err(Failure::abi(format!("{}.struct_size is {size}, at least {} is needed", T::NAME, T::SIZE_MIN)));
    }
    let known = size.min(size_of::<T>());
    // SAFETY: the caller vouches for `size` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(place.cast::<u8>(), size) };
    if bytes[known..].iter().any(|byte| *byte != 0) {
        let what = format!("{} has fields that this version ({known} bytes) does not know", T::NAME);
        return Err(Failure::abi(what));
    }
    let mut value = base;
    // SAFETY: `known` is at most the size of `value`, and any bytes make a value (the trait's promise).
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), (&raw mut value).cast::<u8>(), known) };
    Ok(value)
}

/// The struct at `place`: itself where it is of this version, else read over `base` into `kept`.
///
/// # Safety
/// As for [`read_over`]; nobody changes it meanwhile.
pub(crate) unsafe fn view<'a, T: Versioned>(
    base: &T,
    kept: &'a mut Option<T>,
    place: *const T,
) -> Result<&'a T, Failure> {
    if !place.is_null() && place.is_aligned() {
        // SAFETY: every struct begins with its size, and `place` points to one.
        let size = unsafe { place.cast::<u32>().read() } as usize;
        if size == size_of::<T>() {
            // SAFETY: the caller vouches for all of it, and any bytes make a value (the trait's promise).
            return Ok(unsafe { &*place });
        }
    }
    // SAFETY: the caller's.
    Ok(kept.insert(unsafe { read_over(*base, place)? }))
}

/// Writes `value` to `place` as far as the struct there goes, and the rest of that with zeros.
///
/// # Safety
/// `place` is null, or points to a struct of as many writable bytes as its first field says.
pub(crate) unsafe fn write<T: Versioned>(value: &T, place: *mut T) -> Result<(), Failure> {
    if place.is_null() {
        return Err(Failure::argument(format!("{} is NULL", T::NAME)));
    }
    // SAFETY: as in `read_over`.
    let size = unsafe { place.cast::<u32>().read_unaligned() } as usize;
    if size < T::SIZE_MIN {
        return Err(Failure::abi(format!("{}.struct_size is {size}, at least {} is needed", T::NAME, T::SIZE_MIN)));
    }
    // SAFETY: the caller vouches for `size` bytes.
    unsafe { write_sized(value, place.cast(), size) };
    // SAFETY: as above; the caller's own statement stays.
    unsafe { place.cast::<u32>().write_unaligned(u32::try_from(size).unwrap_or(u32::MAX)) };
    Ok(())
}

/// Writes as many bytes of `value` as `size` allows, and zeros behind them.
///
/// # Safety
/// `place` points to `size` writable bytes.
pub(crate) unsafe fn write_sized<T: Versioned>(value: &T, place: *mut u8, size: usize) {
    let known = size.min(size_of::<T>());
    // SAFETY: `known` is at most the size of either; the rest is within `size`.
    unsafe {
        std::ptr::copy_nonoverlapping((&raw const *value).cast::<u8>(), place, known);
        std::ptr::write_bytes(place.add(known), 0, size - known);
    }
}

/// The place of an element in an array whose elements have the size that its caller states.
pub(crate) fn check_stride<T: Versioned>(elem_size: usize) -> Result<(), Failure> {
    if elem_size < T::SIZE_MIN {
        let what = format!("elem_size of {} is {elem_size}, at least {} is needed", T::NAME, T::SIZE_MIN);
        return Err(Failure::abi(what));
    }
    Ok(())
}

impl laneway_text_t {
    /// The bytes.
    ///
    /// # Safety
    /// `ptr` is null, or points to `len` readable bytes that nobody changes meanwhile.
    pub(crate) unsafe fn bytes<'a>(self) -> Option<&'a [u8]> {
        match (self.ptr.is_null(), self.len) {
            (true, 0) => Some(&[]),
            (true, _) => None,
            // SAFETY: the caller's.
            (false, len) => Some(unsafe { std::slice::from_raw_parts(self.ptr, len) }),
        }
    }

    /// The text; `what` names it in the error.
    ///
    /// # Safety
    /// As for [`Self::bytes`].
    pub(crate) unsafe fn text<'a>(self, what: &str) -> Result<&'a str, Failure> {
        // SAFETY: the caller's.
        let bytes = unsafe { self.bytes() }.ok_or_else(|| Failure::argument(format!("{what}.ptr is NULL")))?;
        std::str::from_utf8(bytes).map_err(|_| Failure::argument(format!("{what} is not UTF-8")))
    }
}

/// A slice of a caller's array.
///
/// # Safety
/// `ptr` is null, or points to `count` readable elements.
pub(crate) unsafe fn slice<'a, T>(ptr: *const T, count: usize, what: &str) -> Result<&'a [T], Failure> {
    match (ptr.is_null(), count) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Failure::argument(format!("{what} is NULL"))),
        // SAFETY: the caller's.
        (false, count) => Ok(unsafe { std::slice::from_raw_parts(ptr, count) }),
    }
}

/// Writes one value.
///
/// # Safety
/// `place` is null, or writable.
pub(crate) unsafe fn put<T>(place: *mut T, value: T, what: &str) -> Result<(), Failure> {
    if place.is_null() {
        return Err(Failure::argument(format!("{what} is NULL")));
    }
    // SAFETY: the caller's.
    unsafe { place.write(value) };
    Ok(())
}

/// Writes `text` into a caller's buffer, ended by a NUL, and what it needs with the NUL into `needed`.
///
/// # Safety
/// `buffer` is null or points to `capacity` writable bytes; `needed` is writable.
pub(crate) unsafe fn put_text(text: &str, buffer: *mut u8, capacity: usize, needed: *mut usize) -> Result<(), Failure> {
    // SAFETY: the caller's.
    unsafe { put(needed, text.len() + 1, "needed")? };
    if buffer.is_null() || capacity <= text.len() {
        return Err(Failure::new(
            laneway_result_t::LANEWAY_E_BUFFER_TOO_SMALL,
            format!("the buffer has {capacity} bytes, {} are needed", text.len() + 1),
        ));
    }
    // SAFETY: there is room for the text and the NUL.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), buffer, text.len());
        buffer.add(text.len()).write(0);
    }
    Ok(())
}
