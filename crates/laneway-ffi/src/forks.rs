//! How often this process was forked on the way from the one that loaded the library. A child has all of its parent's
//! memory and only the thread that forked: whatever waits for another thread would wait for ever.

#[cfg(unix)]
mod unix {
    use std::sync::Once;
    use std::sync::atomic::{AtomicU32, Ordering};

    static FORKS: AtomicU32 = AtomicU32::new(0);

    unsafe extern "C" {
        // In every libc; the crate `libc` leaves it out for Linux.
        fn pthread_atfork(
            before: Option<unsafe extern "C" fn()>,
            in_parent: Option<unsafe extern "C" fn()>,
            in_child: Option<unsafe extern "C" fn()>,
        ) -> i32;
    }

    unsafe extern "C" fn count() {
        // Relaxed: the child has one thread.
        FORKS.fetch_add(1, Ordering::Relaxed);
    }

    /// How many forks there were since the first call.
    pub(crate) fn forks() -> u32 {
        static COUNTED: Once = Once::new();
        COUNTED.call_once(|| {
            // SAFETY: `count` changes one atomic, which a child may do. It fails for want of memory alone; then forks go
            // unnoticed, as they would without it.
            let _ = unsafe { pthread_atfork(None, None, Some(count)) };
        });
        FORKS.load(Ordering::Relaxed)
    }
}

#[cfg(not(unix))]
mod other {
    /// None: there is no fork.
    pub(crate) fn forks() -> u32 {
        0
    }
}

#[cfg(not(unix))]
pub(crate) use other::forks;
#[cfg(unix)]
pub(crate) use unix::forks;
