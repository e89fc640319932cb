//! Why a call failed, on its way into the caller's struct.

use laneway_plugin::{PluginError, PluginErrorKind};

use crate::abi::{laneway_error_t, laneway_result_t};
use crate::handles::Unknown;

/// A call that did not work.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) code: laneway_result_t,
    pub(crate) message: String,
    pub(crate) retry_after_ms: u64,
}

impl Failure {
    pub(crate) fn new(code: laneway_result_t, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_ms: 0 }
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self::new(laneway_result_t::LANEWAY_E_ARGUMENT, message)
    }

    pub(crate) fn abi(message: String) -> Self {
        Self::new(laneway_result_t::LANEWAY_E_ABI, message + "; include/laneway.h and the library differ in version")
    }

    pub(crate) fn handle(what: &str, handle: u64, unknown: Unknown) -> Self {
        match unknown {
            Unknown::Never => {
                Self::new(laneway_result_t::LANEWAY_E_HANDLE, format!("{handle:#x} is the handle of no {what}"))
            }
            Unknown::Forked => Self::new(
                laneway_result_t::LANEWAY_E_HANDLE,
                format!(
                    "the {what} is the parent process's: its threads are not in a process that was forked from it; \
                     create a runtime in this one"
                ),
            ),
            Unknown::Destroyed => Self::new(laneway_result_t::LANEWAY_E_CLOSED, format!("the {what} was destroyed")),
        }
    }

    /// Threads that the system did not give; the error says which bounds to raise.
    pub(crate) fn threads(error: &std::io::Error) -> Self {
        Self::new(laneway_result_t::LANEWAY_E_SYSTEM, error.to_string())
    }

    /// Plugins that were refused, or what they come from.
    pub(crate) fn plugin(what: impl std::fmt::Display) -> Self {
        Self::new(laneway_result_t::LANEWAY_E_PLUGIN, what.to_string())
    }

    /// Plugins that were not loaded.
    pub(crate) fn load(error: &PluginError) -> Self {
        match error.kind() {
            PluginErrorKind::System => Self::new(laneway_result_t::LANEWAY_E_SYSTEM, error.to_string()),
            _ => Self::plugin(error),
        }
    }

    pub(crate) fn closed(what: &str) -> Self {
        Self::new(laneway_result_t::LANEWAY_E_CLOSED, format!("the {what} is closed"))
    }

    pub(crate) fn queue_full(what: &str) -> Self {
        Self::new(laneway_result_t::LANEWAY_E_QUEUE_FULL, what)
    }

    /// A buffer of the caller's has no room for what it is to hold.
    pub(crate) fn too_small(buffer: &str, has: usize, needed: usize) -> Self {
        let what = format!("{buffer} has room for {has}, {needed} are needed");
        Self::new(laneway_result_t::LANEWAY_E_BUFFER_TOO_SMALL, what)
    }

    pub(crate) fn too_many(what: &str) -> Self {
        Self::new(laneway_result_t::LANEWAY_E_SYSTEM, format!("there are too many of them: {what}"))
    }

    /// Whether it is that something has been closed or destroyed.
    pub(crate) fn is_closed(&self) -> bool {
        self.code == laneway_result_t::LANEWAY_E_CLOSED
    }

    /// Whether the same call may succeed later.
    fn retriable(&self) -> bool {
        use laneway_result_t::{LANEWAY_E_BUSY, LANEWAY_E_DATABASE, LANEWAY_E_QUEUE_FULL, LANEWAY_E_SYSTEM};
        matches!(self.code, LANEWAY_E_QUEUE_FULL | LANEWAY_E_BUSY | LANEWAY_E_DATABASE | LANEWAY_E_SYSTEM)
    }

    /// The failure as the caller reads it.
    pub(crate) fn to_c(&self) -> laneway_error_t {
        let mut message = [0; 512];
        let mut end = self.message.len().min(message.len() - 1);
        while !self.message.is_char_boundary(end) {
            end -= 1;
        }
        message[..end].copy_from_slice(&self.message.as_bytes()[..end]);
        laneway_error_t {
            struct_size: size_of::<laneway_error_t>() as u32,
            code: self.code as i32,
            retriable: self.retriable().into(),
            message_len: u32::try_from(self.message.len()).unwrap_or(u32::MAX),
            retry_after_ms: self.retry_after_ms,
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_between_characters_and_its_length_reported() {
        let error = Failure::argument("é".repeat(400)).to_c();
        let text = std::ffi::CStr::from_bytes_until_nul(&error.message).unwrap().to_str().unwrap();
        assert_eq!((text.len(), error.message_len), (510, 800));
    }
}
