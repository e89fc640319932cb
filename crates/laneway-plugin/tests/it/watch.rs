//! Watched folders. Every wait is for an event of the watch; nothing sleeps.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use laneway_model::Extractor as _;
use laneway_plugin::{
    CanarySettings, FolderWatch, PluginSet, PluginSettings, Plugins, SET_FILE, SIGNATURE_FILE, SecretKey, Trust,
    WatchEvent, WatchSettings,
};

use crate::folder::{listing, replace, write};
use crate::guest::{Answer, Guest, Resource, thing};
use crate::things;

/// Longer than any machine takes: only a hang exceeds it.
const HANG: Duration = Duration::from_secs(60);

fn says(identity: &'static str) -> Vec<u8> {
    Guest::of(thing()).answer(Answer { texts: vec![(0, identity)], ..Answer::default() }).component()
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

/// Told by the system alone.
fn told() -> WatchSettings {
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

#[test]
fn a_set_is_published_when_its_listing_is_renamed_into_place() {
    let place = tempfile::tempdir().unwrap();
    let plugins = none();
    let (_watch, events) = watch(&plugins, place.path(), told());
    write(place.path(), &[("a", says("1"))]);
    assert_eq!(published(&events), (2, 1));
    assert_eq!(identity(&plugins), "1");
    let other = Guest {
        resources: vec![Resource { endpoint: "others", resource_name: "Other", ..thing() }],
        ..Guest::of(thing())
    };
    write(place.path(), &[("a", says("2")), ("b", other.component())]);
    assert_eq!(published(&events), (3, 2));
    assert_eq!(identity(&plugins), "2");
    write(place.path(), &[("b", other.component())]);
    assert_eq!(published(&events), (4, 1));
    assert!(plugins.route("test", "things").is_err(), "the set is all there is");
}

#[test]
fn what_is_not_whole_is_refused_and_tried_again() {
    let place = tempfile::tempdir().unwrap();
    let plugins = none();
    let (_watch, events) = watch(&plugins, place.path(), told());
    let set = [("a", says("1")), ("b", says("2"))];
    replace(place.path(), "a.wasm", &set[0].1);
    replace(place.path(), "b.wasm", &set[1].1[..100]);
    replace(place.path(), SET_FILE, listing(&set).as_bytes());
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Unreadable(error)) => assert_eq!(error.code(), "differs"),
        other => panic!("{other:?}"),
    }
    assert_eq!(plugins.generation(), 1);
    replace(place.path(), "b.wasm", &set[1].1);
    // The same trouble may be told more than once, if the look fell between two changes.
    let event = events.iter().find(|event| matches!(event, WatchEvent::Published { .. }));
    assert!(matches!(event, Some(WatchEvent::Published { generation: 2, plugins: 2 })), "{event:?}");
    replace(place.path(), SET_FILE, b"{\"plugins\": [");
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Unreadable(error)) => assert_eq!(error.code(), "not-a-set"),
        other => panic!("{other:?}"),
    }
    assert_eq!(identity(&plugins), "2", "what was in force stays");
}

#[test]
fn a_set_that_cannot_be_taken_leaves_the_old_one() {
    let place = tempfile::tempdir().unwrap();
    let plugins = none();
    write(place.path(), &[("a", says("1"))]);
    let (_watch, events) = watch(&plugins, place.path(), told());
    assert_eq!(published(&events), (2, 1), "what is there already counts");
    write(place.path(), &[("a", Guest::of(thing()).describe("unreachable").component())]);
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Refused(error)) => assert_eq!((error.code(), error.plugin()), ("describe-failed", "a")),
        other => panic!("{other:?}"),
    }
    assert_eq!(identity(&plugins), "1");
    write(place.path(), &[("a", says("3"))]);
    assert_eq!(published(&events), (3, 1));
}

#[test]
fn a_folder_is_found_by_looking_when_nobody_tells() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("later");
    let plugins = none();
    // The folder is not there, so the system cannot tell of it.
    let settings = WatchSettings { poll_interval: Duration::from_millis(5), ..WatchSettings::default() };
    let (_watch, events) = watch(&plugins, &folder, settings);
    for round in [2, 3] {
        fs::create_dir(&folder).unwrap();
        write(&folder, &[("a", if round == 2 { says("1") } else { says("2") })]);
        assert_eq!(published(&events), (round, 1));
        fs::remove_dir_all(&folder).unwrap();
    }
    assert_eq!(identity(&plugins), "2", "a folder that goes takes nothing with it");
}

#[test]
fn what_is_in_force_is_not_published_again() {
    let place = tempfile::tempdir().unwrap();
    write(place.path(), &[("a", says("1"))]);
    let set = PluginSet::read(place.path()).unwrap();
    let plugins = Plugins::load_set(&set, PluginSettings::default()).unwrap();
    let (watch, events) = watch(&plugins, place.path(), WatchSettings { in_force: listed(&set), ..told() });
    replace(place.path(), "unrelated", b"x");
    write(place.path(), &[("a", says("1"))]);
    write(place.path(), &[("a", says("2"))]);
    assert_eq!(published(&events), (2, 1));
    drop(watch);
    assert!(events.recv().is_err(), "nothing else was told, and the thread has ended");
}

#[test]
fn a_signature_may_come_behind_the_set() {
    let place = tempfile::tempdir().unwrap();
    let key = SecretKey::generate().unwrap();
    let (first, second) = ([("a", says("1"))], [("a", says("2"))]);
    let sign =
        |set: &[(&str, Vec<u8>)]| replace(place.path(), SIGNATURE_FILE, key.sign(listing(set).as_bytes()).as_bytes());
    write(place.path(), &first);
    sign(&first);
    let trust = Trust { signers: vec![key.public()], ..Trust::default() };
    let set = PluginSet::read(place.path()).unwrap();
    let plugins = Plugins::load_set(&set, PluginSettings { trust, ..PluginSettings::default() }).unwrap();
    let (_watch, events) = watch(&plugins, place.path(), WatchSettings { in_force: listed(&set), ..told() });
    write(place.path(), &second);
    match events.recv_timeout(HANG) {
        Ok(WatchEvent::Refused(error)) => assert_eq!(error.code(), "wrong-signature"),
        other => panic!("{other:?}"),
    }
    sign(&second);
    let event = events.iter().find(|event| matches!(event, WatchEvent::Published { .. }));
    assert!(matches!(event, Some(WatchEvent::Published { generation: 2, .. })), "{event:?}");
}

#[test]
fn a_trial_may_come_before() {
    let place = tempfile::tempdir().unwrap();
    write(place.path(), &[("a", says("1"))]);
    let set = PluginSet::read(place.path()).unwrap();
    let plugins = Plugins::load_set(&set, PluginSettings::default()).unwrap();
    let canary = Some(CanarySettings { documents_min: 3, ..CanarySettings::default() });
    let (watch, events) = watch(&plugins, place.path(), WatchSettings { in_force: listed(&set), canary, ..told() });
    write(place.path(), &[("a", says("2"))]);
    let (mut worker, route) = (plugins.worker(), things(&plugins));
    let event = loop {
        worker.extract(&route, b"{}").unwrap();
        if let Ok(event) = events.try_recv() {
            break event;
        }
    };
    assert!(matches!(&event, WatchEvent::Failed(refusal) if refusal.to_string().contains("identity")), "{event:?}");
    // A trial that nobody asks ends with the watch.
    write(place.path(), &[("a", says("3"))]);
    drop(watch);
    assert_eq!(plugins.generation(), 1);
}
