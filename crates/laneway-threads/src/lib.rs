//! Whether the system still gives threads, for those who use a library that takes its threads for granted: it panics or
//! hangs where a container's bound is reached. Knows no such library.

#![forbid(unsafe_code)]

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// What to do where a thread is refused.
const REMEDY: &str = "raise the bound on the user's or the container's processes (ulimit -u, pids.max) or on address space \
                      (ulimit -v)";

/// The error of a thread that the system did not give; `purpose` is what it was for, as in "to read documents with".
pub fn refused(purpose: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("the system gives no thread {purpose} ({error}); {REMEDY}"))
}

/// Returns when the system has given as many threads as are `needed`, all at the same time; they have ended.
///
/// # Errors
/// When it gives fewer; the message says how many, and what bounds them.
pub fn spare(needed: usize) -> io::Result<()> {
    // Twice as many: a thread that has ended counts for a moment more, so that as many again are refused until then.
    spare_by(2 * needed, |run| Builder::new().name("laneway-spare".into()).spawn(run))
}

fn spare_by(count: usize, spawn: impl Fn(Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>>) -> io::Result<()> {
    let gate = Arc::new(Gate::default());
    let mut held = Vec::with_capacity(count);
    let refused = (0..count).find_map(|_| {
        let gate = Arc::clone(&gate);
        spawn(Box::new(move || gate.wait())).map(|thread| held.push(thread)).err()
    });
    gate.open();
    let given = held.len();
    for thread in held {
        // It does nothing that could panic.
        let _ = thread.join();
    }
    refused.map_or(Ok(()), |error| Err(io::Error::new(error.kind(), sentence(given, count, &error))))
}

fn sentence(given: usize, count: usize, error: &io::Error) -> String {
    format!(
        "the system still gives {given} of the {count} threads that are needed ({error}); {REMEDY}, or ask for fewer threads"
    )
}

/// Holds threads until it is opened.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn wait(&self) {
        let is_open = self.is_open.lock().unwrap_or_else(PoisonError::into_inner);
        let _open = self.opened.wait_while(is_open, |is_open| !*is_open).unwrap_or_else(PoisonError::into_inner);
    }

    fn open(&self) {
        *self.is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.opened.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn threads_that_can_be_had_are_let_go_again() {
        spare(3).unwrap();
    }

    #[test]
    fn a_refusal_says_what_the_thread_was_for_and_which_bounds_to_raise() {
        let error = refused("to read with", &io::ErrorKind::WouldBlock.into());
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        let message = error.to_string();
        assert!(
            message.starts_with("the system gives no thread to read with (") && message.contains("pids.max"),
            "{message}"
        );
    }

    #[test]
    fn the_first_refusal_ends_the_threads_before_it_and_says_how_many_there_were() {
        let given = AtomicUsize::new(0);
        let spawn = |run: Box<dyn FnOnce() + Send>| match given.fetch_add(1, Ordering::SeqCst) {
            0..3 => Ok(std::thread::spawn(run)),
            _ => Err(io::ErrorKind::WouldBlock.into()),
        };
        let error = spare_by(8, spawn).unwrap_err();
        assert_eq!((given.into_inner(), error.kind()), (4, io::ErrorKind::WouldBlock));
        assert!(error.to_string().contains("still gives 3 of the 8 threads"), "{error}");
    }
}
