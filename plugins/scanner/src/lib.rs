//! The scanner: reads a JSON document once, checks that it is JSON, and reports where the values lie that
//! its tables ask for. It refuses to know what the values mean, what a schema is, or how many resource
//! types share its code: all that is in the tables that the compiler appends (`format`).
//!
//! Inside WebAssembly a wild pointer can only corrupt this instance, never the host. So the code trades
//! bounds checks for speed and keeps two promises instead: a document is followed by a NUL byte, which
//! ends every token, and by [`memory::PADDING`] readable bytes, which is the furthest that any read goes.

#![no_std]

mod exports;
mod fault;
mod format;
mod memory;
mod names;
mod output;
mod position;
mod scan;
mod text;

use core::cell::UnsafeCell;

/// A variable of the instance. There is one thread and no re-entrance in a guest.
struct Global<T>(UnsafeCell<T>);

// SAFETY: a guest has one thread.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    #[inline(always)]
    const fn get(&self) -> *mut T {
        self.0.get()
    }
}

/// A panic is a trap: the host throws the instance away. No message, so that no path of a build machine
/// gets into the module.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
