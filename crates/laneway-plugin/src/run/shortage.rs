//! Whether an error of the engine is that the system has no memory, as where address space or a container is bounded.

/// Whether it is.
pub(crate) fn is_shortage(error: &wasmtime::Error) -> bool {
    error.downcast_ref::<wasmtime::error::OutOfMemory>().is_some() || is_of_system(error)
}

#[cfg(unix)]
fn is_of_system(error: &wasmtime::Error) -> bool {
    error.downcast_ref::<rustix::io::Errno>() == Some(&rustix::io::Errno::NOMEM)
}

#[cfg(not(unix))]
fn is_of_system(error: &wasmtime::Error) -> bool {
    /// ERROR_COMMITMENT_LIMIT, for which std has no kind.
    const COMMITMENT_LIMIT: i32 = 1455;
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| {
        error.kind() == std::io::ErrorKind::OutOfMemory || error.raw_os_error() == Some(COMMITMENT_LIMIT)
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_a_lack_of_memory_is_a_shortage() {
        let error =
            |errno: rustix::io::Errno| wasmtime::Error::from(errno).context("mmap failed to reserve 0x4000000 bytes");
        assert!(is_shortage(&error(rustix::io::Errno::NOMEM)));
        assert!(!is_shortage(&error(rustix::io::Errno::INVAL)));
        assert!(!is_shortage(&wasmtime::Error::msg("memory growth exceeds memory type's limits")));
    }
}
