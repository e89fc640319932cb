//! A descriptor for event loops: readable while there is something to take. Linux has eventfd; elsewhere there is none.

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};

    /// An eventfd.
    pub(crate) struct Signal(OwnedFd);

    impl Signal {
        pub(crate) fn new() -> Option<Self> {
            // SAFETY: it takes two numbers.
            let descriptor = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
            // SAFETY: a descriptor that nothing else owns.
            (descriptor >= 0).then(|| Self(unsafe { OwnedFd::from_raw_fd(descriptor) }))
        }

        pub(crate) fn set(&self) {
            let one = 1u64;
            // Full (2^64 - 2 times) it is readable too.
            // SAFETY: eight bytes of ours are read.
            let _ = unsafe { libc::write(self.descriptor(), (&raw const one).cast(), size_of::<u64>()) };
        }

        pub(crate) fn clear(&self) {
            let mut count = 0u64;
            // Nothing to read: it is clear.
            // SAFETY: eight bytes of ours are written.
            let _ = unsafe { libc::read(self.descriptor(), (&raw mut count).cast(), size_of::<u64>()) };
        }

        pub(crate) fn descriptor(&self) -> i32 {
            self.0.as_raw_fd()
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    /// Never there.
    pub(crate) enum Signal {}

    impl Signal {
        pub(crate) fn new() -> Option<Self> {
            None
        }

        pub(crate) fn set(&self) {
            match *self {}
        }

        pub(crate) fn clear(&self) {
            match *self {}
        }

        pub(crate) fn descriptor(&self) -> i32 {
            match *self {}
        }
    }
}

#[cfg(target_os = "linux")]
pub(crate) use linux::Signal;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::Signal;
