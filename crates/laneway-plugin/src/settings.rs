//! The limits under which plugins are loaded and run.

use std::time::Duration;

use crate::{CodeCache, Trust};

/// What a plugin may cost. Every field is a bound; no plugin can exceed one.
#[derive(Clone, PartialEq, Debug)]
pub struct PluginSettings {
    /// The largest component that is looked at: reading and compiling take time in proportion. One with an interpreter in
    /// it (Python, JavaScript) has 2 to 18 MiB.
    pub component_bytes_max: usize,
    /// The most that the linear memories of one instance have together: one, or one for each component that it is composed
    /// of. Address space of this size is reserved for each (not memory), since a memory never moves.
    pub memory_bytes_max: usize,
    /// An instance whose memory grew by more than this is thrown away after the document: one large document
    /// must not be paid for forever. What a plugin's tables take from the start is no growth.
    pub memory_bytes_kept_max: usize,
    /// The most stack that a plugin's functions may use on the worker's thread.
    pub stack_bytes_max: usize,
    /// The largest document that is handed to a plugin. It must fit into the plugin's memory, several times.
    pub document_bytes_max: usize,
    /// The most bytes that a plugin may answer with, counted as the host's memory for it (a span takes 12).
    pub result_bytes_max: usize,
    /// The most bytes of text that a plugin may point at in one document, counted as often as it points at them.
    pub text_bytes_max: usize,
    /// The CPU time that a document of any size may take.
    pub call_cpu_max: Duration,
    /// The CPU time that each MiB of document may take beyond that.
    pub call_cpu_per_mib_max: Duration,
    /// The CPU time for instantiating a plugin and for its `describe`.
    pub load_cpu_max: Duration,
    /// The bound behind the CPU times: how long a call may take by the ticker, which a paused machine stops.
    pub call_wall_max: Duration,
    /// How many failures of one plugin in a row take it out: its documents are refused.
    pub failures_in_a_row_max: u32,
    /// How long after that one document tries the plugin again, if possible one that has not failed before. A success
    /// lets all in again; a failure doubles the pause. A publish lets all in as well.
    pub retry_pause: Duration,
    /// The longest pause between retries.
    pub retry_pause_max: Duration,
    /// How many plugins are compiled at a time; each takes one CPU.
    pub compile_threads_max: usize,
    /// How many generations before the one in force are kept to be returned to. What they do not share with it, they
    /// hold in memory, compiled.
    pub generations_kept_max: usize,
    /// Who must vouch for components.
    pub trust: Trust,
    /// Where compiled code is kept for the next start, if anywhere.
    pub code_cache: Option<CodeCache>,
}

impl Default for PluginSettings {
    fn default() -> Self {
        Self {
            component_bytes_max: 32 << 20,
            memory_bytes_max: 64 << 20,
            memory_bytes_kept_max: 1 << 20,
            stack_bytes_max: 256 << 10,
            document_bytes_max: 16 << 20,
            result_bytes_max: 32 << 20,
            text_bytes_max: 128 << 20,
            call_cpu_max: Duration::from_millis(10),
            call_cpu_per_mib_max: Duration::from_millis(40),
            load_cpu_max: Duration::from_secs(1),
            call_wall_max: Duration::from_secs(5),
            failures_in_a_row_max: 20,
            retry_pause: Duration::from_secs(1),
            retry_pause_max: Duration::from_secs(60),
            compile_threads_max: std::thread::available_parallelism().map_or(1, usize::from),
            generations_kept_max: 4,
            trust: Trust::default(),
            code_cache: None,
        }
    }
}

impl PluginSettings {
    /// The CPU time that a document of `bytes` bytes may take.
    pub(crate) fn call_cpu(&self, bytes: usize) -> Duration {
        // Below a MiB the proportional part is noise, and this runs for each document.
        match bytes >> 20 {
            0 => self.call_cpu_max,
            mib => self.call_cpu_max + self.call_cpu_per_mib_max * u32::try_from(mib + 1).unwrap_or(u32::MAX),
        }
    }
}
