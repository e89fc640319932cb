//! Resident memory of this process. Linux only; elsewhere there is none.

/// The bytes of this process that are in memory.
pub(super) fn resident() -> Option<u64> {
    parse(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// `VmRSS:      1234 kB`
fn parse(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_found_among_others() {
        assert_eq!(parse("Name:\tlaneway\nVmHWM:\t 9 kB\nVmRSS:\t    1234 kB\nThreads:\t2\n"), Some(1_234 * 1_024));
        assert_eq!(parse("Name:\tlaneway\n"), None);
    }
}
