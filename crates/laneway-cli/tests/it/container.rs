//! The program where a container gives it little: few descriptors and threads, nothing to write to, no home, no `/proc`, and
//! whatever time zone and locale. Each load stores every document, or the program says in a sentence what is missing.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

use laneway_tests::need;

use crate::program::{Data, RunResult, laneway, store};

const DOCUMENTS: u32 = 300;
/// The longest that a load runs, in seconds; only one that hangs runs for longer.
const SECONDS_MAX: &str = "600";
/// Variables that lead to a home.
const HOMES: [&str; 3] = ["HOME", "XDG_CACHE_HOME", "LANEWAY_CODE_CACHE"];

/// Runs a load of generated documents behind `wrapper`, as `change` makes it. `None` where there is no server.
fn load(wrapper: &[&str], change: impl FnOnce(&mut Command)) -> Option<RunResult> {
    let store = store()?;
    let data = Data::of(DOCUMENTS);
    let mut command = Command::new("timeout");
    command.arg(SECONDS_MAX).args(wrapper).arg(env!("CARGO_BIN_EXE_laneway"));
    command.args(["load", "--json", "--url", store.url()]).args(data.schemas()).arg(data.documents());
    command.env("LANEWAY_CODE_CACHE", "off");
    change(&mut command);
    Some(command.output().unwrap().into())
}

#[track_caller]
fn stores_everything(result: &RunResult) {
    assert_eq!(result.code, Some(0), "{}{}", result.out, result.err);
    let object = result.object();
    let stored = object["inserted"].as_u64().zip(object["updated"].as_u64()).map(|(new, again)| new + again);
    assert_eq!((stored, &object["failed"]), (Some(DOCUMENTS.into()), &0.into()), "{object}");
}

/// A wrapper that runs a shell's `setup` in a mount namespace of its own, and then the program.
fn in_namespace(setup: &str) -> Option<[String; 6]> {
    let may = Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|output| output.status.success());
    if !may {
        return need::skip("a mount namespace: this process may not have one");
    }
    let script = format!("set -e; {setup}; exec \"$@\"");
    Some(["unshare".into(), "--mount".into(), "sh".into(), "-c".into(), script, "sh".into()])
}

#[test]
fn a_load_needs_no_more_than_64_descriptors() {
    let Some(result) = load(&["prlimit", "--nofile=64"], |_| {}) else { return };
    stores_everything(&result);
}

#[test]
fn a_load_needs_no_home() {
    // Nor can root make one there.
    let file = tempfile::NamedTempFile::new().unwrap();
    let Some(result) = load(&[], |command| {
        for name in HOMES {
            command.env_remove(name);
        }
        command.env("HOME", file.path().join("home"));
    }) else {
        return;
    };
    stores_everything(&result);
}

#[test]
fn time_zone_and_locale_do_not_matter() {
    for (zone, locale) in [("America/Chicago", "C"), ("Nowhere/Nothing", "POSIX"), (":", "tr_TR.UTF-8")] {
        let Some(result) = load(&[], |command| {
            command.env("TZ", zone).env("LC_ALL", locale).env("LANG", locale);
        }) else {
            return;
        };
        stores_everything(&result);
    }
}

#[test]
fn a_load_writes_to_the_temporary_folder_alone() {
    // What was mounted elsewhere keeps its own rights; the repository and the home lie in the root.
    let setup = "mount --bind \"$TMPDIR\" \"$TMPDIR\"; mount -o remount,bind,ro /; ! touch /laneway-test 2>/dev/null; \
                 touch \"$TMPDIR/may\"";
    let Some(wrapper) = in_namespace(setup) else { return };
    let wrapper = wrapper.each_ref().map(String::as_str);
    let temporary = tempfile::tempdir().unwrap();
    let Some(result) = load(&wrapper, |command| {
        command.env("TMPDIR", temporary.path()).env_remove("LANEWAY_CODE_CACHE");
    }) else {
        return;
    };
    stores_everything(&result);
}

#[test]
fn a_load_needs_no_proc() {
    let Some(wrapper) = in_namespace("umount -l /proc; test ! -e /proc/self") else { return };
    let Some(result) = load(&wrapper.each_ref().map(String::as_str), |_| {}) else { return };
    stores_everything(&result);
}

#[test]
fn too_few_threads_are_a_sentence_and_no_panic() {
    let id = (200_000 + std::process::id()).to_string();
    // Of root's rights only that to open what belongs to others: the test's files, and the server's socket.
    let user = ["setpriv", "--reuid", &id, "--regid", &id, "--clear-groups"];
    let user = [&user[..], &["--inh-caps=-all,+dac_override", "--ambient-caps=+dac_override"]].concat();
    let output = Command::new(user[0]).args(&user[1..]).args([env!("CARGO_BIN_EXE_laneway"), "--version"]).output();
    if !output.is_ok_and(|output| output.status.success()) {
        let _: Option<()> = need::skip("bounds on threads: this process may not become another user");
        return;
    }
    let mut stored = Vec::new();
    for threads in [1, 3, 5, 7, 9, 12, 64] {
        let bound = format!("--nproc={threads}");
        let wrapper = [&user[..], &["prlimit", &bound]].concat();
        let Some(result) = load(&wrapper, |_| {}) else { return };
        assert!(!result.err.contains("panicked"), "with {threads}: {}", result.err);
        match result.code {
            Some(0) => stores_everything(&result),
            code => {
                assert!(matches!(code, Some(1..=3)), "with {threads}: {code:?} {}", result.err);
                assert!(result.err.contains("thread"), "with {threads}: {}", result.err);
            }
        }
        stored.push(result.code == Some(0));
    }
    assert!(!stored[0] && stored[stored.len() - 1], "{stored:?}");
}

/// A group of processes with so much memory; the folder goes with it.
struct MemoryGroup(PathBuf);

impl MemoryGroup {
    /// `None` where this process may make none.
    fn of(bytes: u64) -> Option<Self> {
        let name = format!("laneway-test-{}", std::process::id());
        let (first, second) = ("/sys/fs/cgroup/memory", "/sys/fs/cgroup");
        let of = |root: &str, bound: &str| {
            let folder = Path::new(root).join(&name);
            std::fs::create_dir(&folder).ok()?;
            let group = Self(folder);
            std::fs::write(group.0.join(bound), bytes.to_string()).ok().map(|()| group)
        };
        of(first, "memory.limit_in_bytes").or_else(|| of(second, "memory.max"))
    }

    /// The most that was in use; `None` where the system does not say.
    fn peak(&self) -> Option<u64> {
        let read = |name| std::fs::read_to_string(self.0.join(name)).ok()?.trim().parse().ok();
        read("memory.max_usage_in_bytes").or_else(|| read("memory.peak"))
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn all_plugins_and_ten_thousand_queued_documents_fit_into_256_mib() {
    const BYTES: u64 = 256 << 20;
    let (Some(data), Some(store)) = (need::data(), store()) else { return };
    let Some(group) = MemoryGroup::of(BYTES) else {
        let _: Option<()> = need::skip("a bound on memory: this process may make no group of processes");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    let compiled = laneway(&["plugin", "compile", "--output"])
        .arg(&plugins)
        .arg(data.join("schemas/ds-5.2.apischema.json"))
        .output()
        .unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let enter = format!("echo $$ > {}/cgroup.procs; exec \"$@\"", group.0.display());
    let mut load = Command::new("timeout");
    load.arg(SECONDS_MAX).args(["sh", "-c", &enter, "sh", env!("CARGO_BIN_EXE_laneway"), "load", "--json", "--url"]);
    load.arg(store.url()).args(["--concurrency", "10000", "--plugins"]).arg(&plugins).arg(data.join("documents"));
    load.env("LANEWAY_CODE_CACHE", "off");
    let result = RunResult::from(load.output().unwrap());
    assert_eq!(result.code, Some(0), "{}{}", result.out, result.err);
    let object = result.object();
    assert!(object["documents"].as_u64() > Some(10_000) && object["failed"] == 0, "{object}");
    if let Some(peak) = group.peak() {
        assert!(peak <= BYTES, "{peak}");
    }
}
