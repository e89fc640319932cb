//! Watched folders. Every wait is for an event of the watch; nothing sleeps.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use laneway_model::Extractor as _;
use laneway_plugin::{
    CanarySettings, FolderWatch, PluginSet, PluginSettings, Plugins, SET_FILE, SIGNATURE_FILE, SecretKey, Trust,
    WatchEvent, WatchSettings,
};

use crate::folder::{listing, replace, write};
use crate::guest::{self, Guest, other_thing, thing};
use crate::things;

/// Longer than any machine takes: only a hang exceeds it.
const HANG: Duration = Duration::from_secs(60);

fn answering(identity: &'static str) -> Vec<u8> {
    guest::answering(identity).component()
}

fn identity(plugins: &Plugins) -> String {
    let extraction = plugins.worker().extract(&things(plugins), b"{}").expect("an extraction");
    extraction.identity().map(|(_, value)| value.to_owned()).collect()
}

fn none() -> Plugins {
    Plugins::load(Vec::new(), PluginSettings::default()).unwrap()
}

fn watch(plugins: &Plugins, folder: &Path, settings: WatchSettings) -> (FolderWatch, Receiver<WatchEvent>) {
    let (send, events) = channel();
    // A failed send means that the test has seen enough.
    let watch = FolderWatch::start(plugins.clone(), folder, settings, move |event| _ = send.send(event));
    (watch.unwrap(), events)
}

/// No polling within the test: changes are noticed by the system's messages alone.
fn unpolled() -> WatchSettings {
    WatchSettings { poll_interval: HANG * 2, ..WatchSettings::default() }
}

fn listed(set: &PluginSet) -> Option<Vec<u8>> {
    set.listing().map(<[u8]>::to_vec)
}

fn published(events: &Receiver<WatchEvent>) -> (u64, usize) {
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Published { generation, plugins }) => (generation, plugins),
        other => panic!("{other:?}"),
    }
}

/// As [`published`], after the same refusal any number of times: a look may have fallen between two changes.
fn published_at_last(events: &Receiver<WatchEvent>) -> (u64, usize) {
    loop {
        match events.recv_timeout(HANG) {
            Ok(WatchEvent::Published { generation, plugins }) => return (generation, plugins),
            Ok(WatchEvent::Unreadable(_) | WatchEvent::Refused(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_set_is_published_when_its_listing_is_renamed_into_place() {
    let dir = tempfile::tempdir().unwrap();
    let plugins = none();
    let (_watch, events) = watch(&plugins, dir.path(), unpolled());
    write(dir.path(), &[("a", answering("1"))]);
    assert_eq!(published(&events), (2, 1));
    assert_eq!(identity(&plugins), "1");
    let other = Guest::of(other_thing());
    write(dir.path(), &[("a", answering("2")), ("b", other.component())]);
    assert_eq!(published(&events), (3, 2));
    assert_eq!(identity(&plugins), "2");
    write(dir.path(), &[("b", other.component())]);
    assert_eq!(published(&events), (4, 1));
    assert!(plugins.route("test", "things").is_err(), "the set is all there is");
}

/// As large as a component with an interpreter, and some work for the compiler.
fn large(identity: &'static str) -> Vec<u8> {
    let function = |number: usize| {
        let product = format!("(i32.mul (local.get 0) (i32.const {number}))");
        let sum = (0..40).fold(product, |sum, term| format!("(i32.add {sum} (i32.load offset={term} (local.get 0)))"));
        format!("(func (param i32) (result i32) {sum})")
    };
    let functions: String = (0..300).map(function).collect();
    guest::padded(guest::answering(identity).define(&functions).component(), 12_000_000)
}

#[test]
fn documents_are_extracted_while_a_large_component_is_compiled() {
    let dir = tempfile::tempdir().unwrap();
    let plugins = none();
    let (_watch, events) = watch(&plugins, dir.path(), unpolled());
    write(dir.path(), &[("a", answering("1"))]);
    assert_eq!(published(&events), (2, 1));
    let large = large("2");
    write(dir.path(), &[("a", large)]);
    let (mut worker, mut meanwhile, begun) = (plugins.worker(), 0, Instant::now());
    let published = loop {
        // Each document asks for its route anew, as an operation does when it is accepted.
        if worker.extract(&things(&plugins), b"{}").unwrap().identity().all(|(_, value)| value == "1") {
            meanwhile += 1;
        }
        match events.try_recv() {
            Ok(event) => break event,
            Err(TryRecvError::Empty) => assert!(begun.elapsed() < HANG, "it is not published"),
            Err(gone) => panic!("{gone}"),
        }
    };
    assert!(matches!(published, WatchEvent::Published { generation: 3, plugins: 1 }), "{published:?}");
    // Were they to wait for the compiler, it would be the one that was under way.
    assert!(meanwhile > 100, "{meanwhile} documents");
    assert_eq!(identity(&plugins), "2");
}

#[test]
fn an_incomplete_set_is_refused_and_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let plugins = none();
    let (_watch, events) = watch(&plugins, dir.path(), unpolled());
    let set = [("a", answering("1")), ("b", answering("2"))];
    replace(dir.path(), "a.wasm", &set[0].1);
    replace(dir.path(), "b.wasm", &set[1].1[..100]);
    replace(dir.path(), SET_FILE, listing(&set).as_bytes());
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Unreadable(error)) => assert_eq!(error.code(), "differs"),
        other => panic!("{other:?}"),
    }
    assert_eq!(plugins.generation(), 1);
    replace(dir.path(), "b.wasm", &set[1].1);
    assert_eq!(published_at_last(&events), (2, 2));
    replace(dir.path(), SET_FILE, b"{\"plugins\": [");
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Unreadable(error)) => assert_eq!(error.code(), "not-a-set"),
        other => panic!("{other:?}"),
    }
    assert_eq!(identity(&plugins), "2", "what was in force stays");
}

#[test]
fn a_set_that_cannot_be_taken_leaves_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let plugins = none();
    write(dir.path(), &[("a", answering("1"))]);
    let (_watch, events) = watch(&plugins, dir.path(), unpolled());
    assert_eq!(published(&events), (2, 1), "what is there already counts");
    write(dir.path(), &[("a", Guest::of(thing()).describe("unreachable").component())]);
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Refused(error)) => assert_eq!((error.code(), error.plugin()), ("describe-failed", "a")),
        other => panic!("{other:?}"),
    }
    assert_eq!(identity(&plugins), "1");
    write(dir.path(), &[("a", answering("3"))]);
    assert_eq!(published(&events), (3, 1));
}

#[test]
fn a_folder_that_appears_later_is_found_by_polling() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("later");
    let plugins = none();
    // The folder is not there, so the system sends no message of it.
    let settings = WatchSettings { poll_interval: Duration::from_millis(5), ..WatchSettings::default() };
    let (_watch, events) = watch(&plugins, &folder, settings);
    for round in [2, 3] {
        fs::create_dir(&folder).unwrap();
        write(&folder, &[("a", if round == 2 { answering("1") } else { answering("2") })]);
        assert_eq!(published(&events), (round, 1));
        fs::remove_dir_all(&folder).unwrap();
    }
    assert_eq!(identity(&plugins), "2", "a folder that goes takes nothing with it");
}

#[test]
fn the_set_in_force_is_not_published_again() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("a", answering("1"))]);
    let set = PluginSet::read(dir.path()).unwrap();
    let plugins = Plugins::load_set(&set, PluginSettings::default()).unwrap();
    let (watch, events) = watch(&plugins, dir.path(), WatchSettings { in_force: listed(&set), ..unpolled() });
    replace(dir.path(), "unrelated", b"x");
    write(dir.path(), &[("a", answering("1"))]);
    write(dir.path(), &[("a", answering("2"))]);
    assert_eq!(published(&events), (2, 1));
    drop(watch);
    assert!(events.recv_timeout(HANG).is_err_and(|error| error == RecvTimeoutError::Disconnected), "nothing else came");
}

#[test]
fn a_signature_may_come_behind_the_set() {
    let dir = tempfile::tempdir().unwrap();
    let key = SecretKey::generate().unwrap();
    let (first, second) = ([("a", answering("1"))], [("a", answering("2"))]);
    let sign =
        |set: &[(&str, Vec<u8>)]| replace(dir.path(), SIGNATURE_FILE, key.sign(listing(set).as_bytes()).as_bytes());
    write(dir.path(), &first);
    sign(&first);
    let trust = Trust { signers: vec![key.public()], ..Trust::default() };
    let set = PluginSet::read(dir.path()).unwrap();
    let plugins = Plugins::load_set(&set, PluginSettings { trust, ..PluginSettings::default() }).unwrap();
    let (_watch, events) = watch(&plugins, dir.path(), WatchSettings { in_force: listed(&set), ..unpolled() });
    write(dir.path(), &second);
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Refused(error)) => assert_eq!(error.code(), "wrong-signature"),
        other => panic!("{other:?}"),
    }
    sign(&second);
    assert_eq!(published_at_last(&events), (2, 1));
}

#[test]
fn a_watched_set_is_published_after_its_canary() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[("a", answering("1"))]);
    let set = PluginSet::read(dir.path()).unwrap();
    let plugins = Plugins::load_set(&set, PluginSettings::default()).unwrap();
    let canary = Some(CanarySettings { documents_min: 3, ..CanarySettings::default() });
    let (watch, events) = watch(&plugins, dir.path(), WatchSettings { in_force: listed(&set), canary, ..unpolled() });
    write(dir.path(), &[("a", answering("2"))]);
    let (mut worker, route) = (plugins.worker(), things(&plugins));
    let start = Instant::now();
    let event = loop {
        worker.extract(&route, b"{}").unwrap();
        if let Ok(event) = events.try_recv() {
            break event;
        }
        assert!(start.elapsed() < HANG, "the canary has no end");
    };
    assert!(matches!(&event, WatchEvent::Failed(refusal) if refusal.to_string().contains("identity")), "{event:?}");
    // A canary without documents ends with the watch.
    write(dir.path(), &[("a", answering("3"))]);
    drop(watch);
    assert_eq!(plugins.generation(), 1);
}

/// Looks often, as links elsewhere send no message.
fn polled() -> WatchSettings {
    WatchSettings { poll_interval: Duration::from_millis(5), ..WatchSettings::default() }
}

#[test]
fn a_component_that_no_listing_names_is_reported_once() {
    let dir = tempfile::tempdir().unwrap();
    let plugins = none();
    write(dir.path(), &[("a", answering("1"))]);
    let (_watch, events) = watch(&plugins, dir.path(), polled());
    assert_eq!(published(&events), (2, 1));
    replace(dir.path(), "copied.wasm", &answering("2"));
    let unlisted = |events: &Receiver<WatchEvent>| match events.recv_timeout(HANG) {
        Ok(WatchEvent::Unlisted { files }) => files,
        other => panic!("{other:?}"),
    };
    assert_eq!(unlisted(&events), ["copied.wasm"]);
    fs::remove_file(dir.path().join("copied.wasm")).unwrap();
    assert!(unlisted(&events).is_empty(), "once when it comes, once when it goes");
}

#[cfg(unix)]
#[test]
fn a_link_to_another_release_is_followed() {
    use std::os::unix::fs::symlink;

    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("plugins");
    fs::create_dir(&folder).unwrap();
    for (release, identity) in [("rel-1", "1"), ("rel-2", "2")] {
        fs::create_dir(dir.path().join(release)).unwrap();
        write(&dir.path().join(release), &[("a", answering(identity))]);
    }
    symlink("rel-1", dir.path().join("current")).unwrap();
    symlink("../current/plugins.json", folder.join(SET_FILE)).unwrap();
    let plugins = none();
    let (_watch, events) = watch(&plugins, &folder, polled());
    assert_eq!(published(&events), (2, 1));
    assert_eq!(identity(&plugins), "1");
    // As `ln -sfn` does it, at once.
    symlink("rel-2", dir.path().join("next")).unwrap();
    fs::rename(dir.path().join("next"), dir.path().join("current")).unwrap();
    assert_eq!(published(&events), (3, 1));
    assert_eq!(identity(&plugins), "2");
}

/// As Kubernetes mounts a ConfigMap: files are links into `..data`, itself a link that is replaced.
#[cfg(unix)]
#[test]
fn a_mounted_volume_that_is_replaced_is_published() {
    use std::os::unix::fs::symlink;

    let dir = tempfile::tempdir().unwrap();
    for (version, identity) in [("..v1", "1"), ("..v2", "2")] {
        fs::create_dir(dir.path().join(version)).unwrap();
        write(&dir.path().join(version), &[("a", answering(identity))]);
    }
    symlink("..v1", dir.path().join("..data")).unwrap();
    for name in [SET_FILE, "a.wasm"] {
        symlink(format!("..data/{name}"), dir.path().join(name)).unwrap();
    }
    let plugins = none();
    // Its replacement is a message in the folder itself.
    let (_watch, events) = watch(&plugins, dir.path(), unpolled());
    assert_eq!(published(&events), (2, 1));
    symlink("..v2", dir.path().join("..data_tmp")).unwrap();
    fs::rename(dir.path().join("..data_tmp"), dir.path().join("..data")).unwrap();
    assert_eq!(published_at_last(&events), (3, 1));
    assert_eq!(identity(&plugins), "2");
}
