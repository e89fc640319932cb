//! What this process takes of the machine, as Linux counts it. Knows nothing of what it does.

/// What it takes at a moment.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Process {
    pub(crate) resident_mib: u64,
    pub(crate) threads: u64,
    pub(crate) descriptors: u64,
}

impl Process {
    /// Now; zeros where there is no `/proc`.
    pub(crate) fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        let descriptors = std::fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64);
        Self { resident_mib: number("VmRSS:") / 1024, threads: number("Threads:"), descriptors }
    }
}
