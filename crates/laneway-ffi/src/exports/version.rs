//! What was built, and whether the caller was built for it.

use std::ffi::c_char;

use crate::layout;

/// The version of the ABI: major × 65536 + minor. Another major: do not call anything else. A higher minor only adds.
// 1.0 is the first release; what changes before it is not counted.
pub const LANEWAY_ABI_VERSION: u32 = 0x0001_0000;

/// The version of the ABI that the library implements; compare its upper half with LANEWAY_ABI_VERSION's.
/// Safe to call from several threads; cannot fail.
#[unsafe(no_mangle)]
pub extern "C" fn laneway_abi_version() -> u32 {
    LANEWAY_ABI_VERSION
}

/// A hash of the names, offsets and sizes of all fields of all structs. A generated binding knows the one that it was
/// generated from, and refuses a library that has another. Safe to call from several threads; cannot fail.
#[unsafe(no_mangle)]
pub extern "C" fn laneway_layout_hash() -> u64 {
    layout::HASH
}

/// The library's version and target, for messages: a text that lives as long as the library.
/// Safe to call from several threads; cannot fail.
#[unsafe(no_mangle)]
pub extern "C" fn laneway_build_info() -> *const c_char {
    const INFO: &str = concat!("laneway ", env!("CARGO_PKG_VERSION"), " ", env!("LANEWAY_TARGET"), "\0");
    INFO.as_ptr().cast()
}
