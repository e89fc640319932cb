//! What a host gets where the system gives less than usual, and in a process that was forked.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns, and is as long as it says.

use std::process::Command;

use laneway::abi::{laneway_result_t, laneway_runtime_options_t};
use laneway::exports as c;

use crate::confined::{command, is_inside, itself, output};
use crate::host::{Failed, Host, Upsert, call, sized, text};
use crate::host_extraction::{components, load};
use crate::need::skip;

/// More threads than anything below needs.
const THREADS: usize = 64;

fn create(workers: u32) -> Result<u64, Failed> {
    let mut options: laneway_runtime_options_t = sized();
    call(|error| unsafe { c::laneway_runtime_options_default(&raw mut options, error) }).unwrap();
    options.worker_threads = workers;
    let mut runtime = 0;
    call(|error| unsafe { c::laneway_runtime_create(&raw const options, &raw mut runtime, error) })?;
    Ok(runtime)
}

/// A user whom nothing else runs as, and whom the system does not exempt from bounds; `None` where this process may not
/// become another user.
fn ordinary_user() -> Option<Vec<String>> {
    let id = 100_000 + std::process::id();
    let user = ["setpriv".into(), format!("--reuid={id}"), format!("--regid={id}"), "--clear-groups".into()];
    let may = Command::new(&user[0]).args(&user[1..]).arg("true").output().is_ok_and(|output| output.status.success());
    may.then(|| user.to_vec())
}

/// A copy of this binary that every user may run, whoever may look into the folder that it was built in.
fn for_every_user(folder: &std::path::Path) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let copy = folder.join("it");
    if std::fs::hard_link(itself(), &copy).is_err() {
        std::fs::copy(itself(), &copy).unwrap();
    }
    // The folder is that user's temporary one, too.
    for (path, mode) in [(folder, 0o777), (&copy, 0o755)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    copy
}

/// Runs a test inside, with fewer and fewer threads to be had; what it printed each time, from one thread on.
fn with_few_threads(test: &str) -> Option<Vec<String>> {
    let Some(user) = ordinary_user() else {
        skip("bounds on threads: this process may not become another user");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let program = for_every_user(folder.path());
    let with = |threads: usize| {
        let wrapper = [&user[..], &["prlimit".into(), format!("--nproc={threads}")]].concat();
        output(command(&wrapper, &program, test).env("TMPDIR", folder.path()))
    };
    Some([1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, THREADS].map(with).into())
}

#[test]
fn a_runtime_whose_threads_cannot_be_had_is_refused_with_a_sentence() {
    if is_inside() {
        return match create(8) {
            Ok(_) => println!("created"),
            Err(failed) => {
                assert_eq!(failed.code, laneway_result_t::LANEWAY_E_SYSTEM);
                assert!(failed.message.contains("of the 20 threads"), "{}", failed.message);
                assert!(failed.message.contains("ulimit -u"), "{}", failed.message);
            }
        };
    }
    let test = "system::a_runtime_whose_threads_cannot_be_had_is_refused_with_a_sentence";
    let Some(printed) = with_few_threads(test) else { return };
    let created: Vec<_> = printed.iter().map(|output| output.contains("created")).collect();
    assert!(!created[0] && !created[7] && created[created.len() - 1], "{created:?}");
}

#[test]
fn a_watch_whose_threads_cannot_be_had_is_refused_or_polls() {
    if is_inside() {
        let refused = |failed: Failed| {
            assert_eq!(failed.code, laneway_result_t::LANEWAY_E_SYSTEM, "{}", failed.message);
            println!("refused");
        };
        let runtime = match create(1) {
            Ok(runtime) => runtime,
            Err(failed) => return refused(failed),
        };
        let plugins = match load(&components(), None) {
            Ok(plugins) => plugins,
            Err(failed) => return refused(failed),
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().as_bytes();
        let watch = |path| call(|error| unsafe { c::laneway_plugins_watch(plugins, runtime, text(path), 0, error) });
        match watch(path) {
            Ok(()) => println!("watched"),
            Err(failed) => return refused(failed),
        }
        // Ends the first, which has looked at the folder by then, and with it asked for messages of changes.
        call(|error| unsafe { c::laneway_plugins_unwatch(plugins, error) }).unwrap();
        return;
    }
    let Some(printed) = with_few_threads("system::a_watch_whose_threads_cannot_be_had_is_refused_or_polls") else {
        return;
    };
    assert!(printed[0].contains("refused"), "{printed:?}");
    assert!(printed[printed.len() - 1].contains("watched"), "{printed:?}");
}

/// What every call in a child gets for its parent's handles.
fn is_refused(name: &str, result: Result<(), Failed>) {
    let failed = result.expect_err(name);
    assert_eq!(failed.code, laneway_result_t::LANEWAY_E_HANDLE, "{name}: {}", failed.message);
    assert!(failed.message.contains("forked"), "{name}: {}", failed.message);
}

fn in_child(host: &Host, store: u64, plugins: u64) {
    let runtime = host.runtime();
    let (mut taken, mut descriptor) = (0, 0);
    let none: *mut u8 = std::ptr::null_mut();
    is_refused("submit", {
        let mut operation: laneway::abi::laneway_operation_t = sized();
        operation.endpoint = text(b"inserted");
        let size = size_of_val(&operation);
        call(|error| unsafe { c::laneway_store_submit(store, &raw const operation, 1, size, &raw mut taken, error) })
    });
    is_refused("wait", {
        let mut record: laneway::abi::laneway_completion_t = sized();
        let (record, size) = (&raw mut record, size_of_val(&record));
        call(|error| unsafe {
            c::laneway_completions_wait(runtime, record, 1, size, none, 0, -1, &raw mut taken, none.cast(), error)
        })
    });
    is_refused("wake", call(|error| unsafe { c::laneway_completions_wake(runtime, error) }));
    is_refused("descriptor", {
        call(|error| unsafe { c::laneway_completions_get_descriptor(runtime, &raw mut descriptor, error) })
    });
    is_refused("cancel", call(|error| unsafe { c::laneway_store_cancel(store, 1, error) }));
    is_refused("checkpoint", call(|error| unsafe { c::laneway_store_checkpoint(store, 1, error) }));
    is_refused("set batching", call(|error| unsafe { c::laneway_store_set_batching(store, 1, error) }));
    is_refused("stats", host.read_stats(store, &mut sized()).map(drop));
    is_refused("close store", call(|error| unsafe { c::laneway_store_close(store, 0, error) }));
    is_refused("destroy store", call(|error| unsafe { c::laneway_store_destroy(store, error) }));
    is_refused("open", {
        let mut opened = 0;
        call(|error| unsafe { c::laneway_store_open_echo(runtime, std::ptr::null(), &raw mut opened, error) })
    });
    is_refused("roll back", {
        let mut generation = 0;
        call(|error| unsafe { c::laneway_plugins_roll_back(plugins, 1, &raw mut generation, error) })
    });
    is_refused("destroy plugins", call(|error| unsafe { c::laneway_plugins_destroy(plugins, error) }));
    is_refused("close", call(|error| unsafe { c::laneway_runtime_close(runtime, 0, error) }));
    is_refused("destroy", call(|error| unsafe { c::laneway_runtime_destroy(runtime, error) }));
    is_refused("abandon", call(|error| unsafe { c::laneway_runtime_abandon(runtime, error) }));
    let mut own = Host::new();
    assert_ne!(own.runtime(), runtime);
    let echo = own.echo();
    assert!(upsert(&mut own, echo));
    load(&components(), None).unwrap();
}

fn upsert(host: &mut Host, store: u64) -> bool {
    let upsert = Upsert { endpoint: "inserted".into(), document: "{}".into(), ..Upsert::default() };
    host.upsert(store, &upsert).is_stored()
}

#[test]
fn a_forked_process_is_refused_its_parents_handles_and_may_have_a_runtime_of_its_own() {
    if !is_inside() {
        // Where there are no threads of other tests, whose locks a child would find locked.
        let test = "system::a_forked_process_is_refused_its_parents_handles_and_may_have_a_runtime_of_its_own";
        output(&mut command::<&str>(&[], &itself(), test));
        return;
    }
    let mut host = Host::new();
    let (store, plugins) = (host.echo(), load(&components(), None).unwrap());
    assert!(upsert(&mut host, store));
    // SAFETY: the child calls what it may call and ends without what stands on the stack.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no process could be forked");
    if child == 0 {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| in_child(&host, store, plugins)));
        // SAFETY: as above.
        unsafe { libc::_exit(i32::from(outcome.is_err())) };
    }
    let mut status = 0;
    // SAFETY: it writes to `status`.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child failed");
    assert!(upsert(&mut host, store), "the parent goes on");
}
