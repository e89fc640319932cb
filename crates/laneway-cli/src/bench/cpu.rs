//! Processor time of this process and of a server on the same machine: the steadier measure where a machine is shared. Linux
//! only; elsewhere, and for a server elsewhere, there is none.

use std::path::Path;
use std::time::Duration;

use laneway_pgconfig::Config;

/// A tick of `/proc/PID/stat`: the kernel shows a hundred a second to programs on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Usage {
    parent: u32,
    own: u64,
    /// Of its children that have ended.
    ended: u64,
}

/// A server's processes.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerCpu {
    postmaster: u32,
}

impl ServerCpu {
    /// Of the server of `config`, a database whose name no other has; `None` when it does not run on this machine.
    pub(super) async fn of(config: &Config) -> Option<Self> {
        let client = config.connect().await.ok()?;
        let backend: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.ok()?.try_get(0).ok()?;
        let process = u32::try_from(backend).ok()?;
        // A server elsewhere has processes of the same numbers; none of ours has this title.
        let title = std::fs::read_to_string(format!("/proc/{process}/cmdline")).ok()?;
        title.contains(config.database()?).then_some(Self { postmaster: usage(process)?.parent })
    }

    /// Used by all of its processes, those that have ended included.
    pub(super) fn used(self) -> Duration {
        let Some(postmaster) = usage(self.postmaster) else { return Duration::ZERO };
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let children = processes
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(usage)
            .filter(|child| child.parent == self.postmaster)
            .map(|child| child.own + child.ended);
        ticks(postmaster.own + postmaster.ended + children.sum::<u64>())
    }
}

/// Used by this process.
pub(super) fn own() -> Duration {
    usage(std::process::id()).map_or(Duration::ZERO, |usage| ticks(usage.own))
}

fn ticks(ticks: u64) -> Duration {
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

fn usage(process: u32) -> Option<Usage> {
    parse(&std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).ok()?)
}

/// `pid (name) state ppid …`: the name may hold blanks and parentheses.
fn parse(stat: &str) -> Option<Usage> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Usage {
        parent: u32::try_from(number(1)?).ok()?,
        own: number(11)? + number(12)?,
        ended: number(13)? + number(14)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let stat = "17 (a ) b) S 4 17 17 0 -1 4194560 1 2 0 0 10 20 30 40 20 0 1 0 5 6 7";
        assert_eq!(parse(stat), Some(Usage { parent: 4, own: 30, ended: 70 }));
        assert_eq!(parse("17 (a"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_used_some_time() {
        let begun = own();
        let mut spun = 0_u64;
        while own() == begun && spun < 1 << 40 {
            spun += 1;
        }
        assert!(own() > begun);
    }
}
