//! Structs that grow: how one of another version is read and written. Every struct begins with its size; fields are
//! only ever added at the end.

use crate::abi::{
    laneway_completion_t, laneway_error_t, laneway_generation_t, laneway_limits_t, laneway_log_t, laneway_operation_t,
    laneway_plugins_options_t, laneway_runtime_options_t, laneway_stats_t, laneway_store_options_t, laneway_strategy_t,
};
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

/// Implements [`Versioned`]; the size of the first version is the present one where it is not given.
macro_rules! versioned {
    ($($name:ident $(: $size_min:expr)?;)*) => {$(
        // SAFETY: `repr(C)` with `struct_size` first, only integers and pointers, and the sizes of the fields add up
        // (tests of the layout find padding).
        unsafe impl Versioned for $name {
            const NAME: &'static str = stringify!($name);
            const SIZE_MIN: usize = [$($size_min,)? size_of::<$name>()][0];
        }
    )*};
}
versioned! {
    laneway_error_t; laneway_completion_t; laneway_log_t; laneway_strategy_t; laneway_limits_t;
    laneway_runtime_options_t; laneway_store_options_t; laneway_plugins_options_t; laneway_stats_t;
    laneway_generation_t; laneway_operation_t: std::mem::offset_of!(laneway_operation_t, extraction);
}

/// A struct that states its size, all else zero.
pub(crate) const fn sized<T: Versioned>() -> T {
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    // SAFETY: every struct begins with its size (the trait's promise).
    unsafe { value.as_mut_ptr().cast::<u32>().write(size_of::<T>() as u32) };
    // SAFETY: any bytes make a value (the trait's promise).
    unsafe { value.assume_init() }
}

/// The size that the struct at `struct_at` states.
///
/// # Safety
/// `struct_at` is null, or points to a struct that states its size.
pub(crate) unsafe fn size_at<T: Versioned>(struct_at: *const T) -> Result<usize, Failure> {
    if struct_at.is_null() {
        return Err(Failure::argument(format!("{} is NULL", T::NAME)));
    }
    // SAFETY: every struct begins with its size; nothing is known of its alignment.
    let size = unsafe { struct_at.cast::<u32>().read_unaligned() } as usize;
    if size < T::SIZE_MIN {
        return Err(Failure::abi(format!("{}.struct_size is {size}, at least {} is needed", T::NAME, T::SIZE_MIN)));
    }
    Ok(size)
}

/// Reads the struct at `struct_at` over `base`: what an older caller does not know stays as in `base`. Refuses a newer
/// caller's that asks for something that is not known here.
///
/// # Safety
/// `struct_at` is null, or points to a struct of as many readable bytes as its first field states.
pub(crate) unsafe fn read_over<T: Versioned>(base: T, struct_at: *const T) -> Result<T, Failure> {
    // SAFETY: the caller's.
    let size = unsafe { size_at(struct_at) }?;
    let known = size.min(size_of::<T>());
    // SAFETY: the caller vouches for `size` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(struct_at.cast::<u8>(), size) };
    if bytes[known..].iter().any(|byte| *byte != 0) {
        let what = format!("{} has fields that this version ({known} bytes) does not know", T::NAME);
        return Err(Failure::abi(what));
    }
    let mut value = base;
    // SAFETY: `known` is at most the size of `value`, and any bytes make a value (the trait's promise).
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), (&raw mut value).cast::<u8>(), known) };
    Ok(value)
}

/// The struct at `struct_at`: itself where it is of this version, since most are and copying costs, else read over
/// `base` into `kept`.
///
/// # Safety
/// As for [`read_over`]; it stays unchanged for as long as the reference lives.
pub(crate) unsafe fn view<'a, T: Versioned>(
    base: &T,
    kept: &'a mut Option<T>,
    struct_at: *const T,
) -> Result<&'a T, Failure> {
    // SAFETY: the caller's.
    if struct_at.is_aligned() && unsafe { size_at(struct_at) }? == size_of::<T>() {
        // SAFETY: the caller vouches for all of it, and any bytes make a value (the trait's promise).
        return Ok(unsafe { &*struct_at });
    }
    // SAFETY: the caller's.
    Ok(kept.insert(unsafe { read_over(*base, struct_at)? }))
}

/// Writes as much of `value` as `size` bytes hold, zeros behind it, and `stated` as its size.
///
/// # Safety
/// `struct_at` points to `size` writable bytes, which are enough for the struct's first version.
pub(crate) unsafe fn write_sized<T: Versioned>(value: &T, struct_at: *mut T, size: usize, stated: usize) {
    let known = size.min(size_of::<T>());
    let target = struct_at.cast::<u8>();
    // SAFETY: `known` is at most the size of either.
    unsafe { std::ptr::copy_nonoverlapping((&raw const *value).cast::<u8>(), target, known) };
    // SAFETY: within `size`.
    let rest = unsafe { target.add(known) };
    // SAFETY: the rest is within `size`.
    unsafe { rest.write_bytes(0, size - known) };
    // SAFETY: every struct begins with its size.
    unsafe { target.cast::<u32>().write_unaligned(u32::try_from(stated).unwrap_or(u32::MAX)) };
}
