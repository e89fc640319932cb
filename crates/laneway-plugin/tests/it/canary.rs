//! Canaries: asked, compared, never used before they are published.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use laneway_model::Extractor as _;
use laneway_plugin::{Canary, CanaryRefusal, CanaryRefusalKind, CanarySettings, PluginErrorKind, Plugins, Publish};

use crate::guest::{Guest, answering, other_thing};
use crate::{load, things};

fn settings(documents_min: u64) -> CanarySettings {
    CanarySettings { documents_min, ..CanarySettings::default() }
}

fn try_set(plugins: &Plugins, guest: &Guest, settings: CanarySettings) -> Canary {
    plugins.canary(&vec![("tried".into(), guest.component())].into(), Publish::Add, settings).unwrap()
}

/// Decides while documents go through the published plugins, all of which answer `expected`.
fn decide(plugins: &Plugins, canary: Canary, expected: &str) -> Result<u64, CanaryRefusal> {
    let decided = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut worker = plugins.worker();
            let route = things(plugins);
            while !decided.load(Ordering::SeqCst) {
                let extraction = worker.extract(&route, b"{}").expect("the published plugin answers");
                assert_eq!(extraction.identity().next().map(|(_, value)| value), Some(expected));
            }
        });
        let verdict = canary.decide();
        decided.store(true, Ordering::SeqCst);
        verdict
    })
}

#[test]
fn a_set_that_answers_alike_is_published() {
    let plugins = load(&answering("same"));
    let canary = try_set(&plugins, &Guest { version: "2", ..answering("same") }, settings(50));
    assert_eq!(plugins.generation(), 1, "not yet");
    assert_eq!(decide(&plugins, canary, "same"), Ok(2));
}

#[test]
fn a_set_that_answers_otherwise_is_not_published() {
    let plugins = load(&answering("old"));
    match decide(&plugins, try_set(&plugins, &answering("new"), settings(50)), "old") {
        Err(refusal) => {
            assert_eq!(refusal.kind(), CanaryRefusalKind::Differs);
            let message = refusal.to_string();
            assert!(message.contains("come out differently: test/things: identity ("), "{message}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(plugins.generation(), 1);
    assert_eq!(plugins.stats().plugins_alive, 1, "nothing is left of it");
}

#[test]
fn a_set_that_fails_costs_no_document() {
    let plugins = load(&answering("good"));
    let canary = try_set(&plugins, &answering("good").extract("unreachable"), settings(50));
    match decide(&plugins, canary, "good") {
        Err(refusal) => {
            assert_eq!(refusal.kind(), CanaryRefusalKind::Differs);
            assert_eq!(refusal.report().differences.keys().collect::<Vec<_>>(), ["test/things: plugin_failed"]);
        }
        other => panic!("{other:?}"),
    }
    assert!(plugins.stats().quarantined.is_empty());
}

#[test]
fn a_share_of_differences_may_be_allowed() {
    let plugins = load(&answering("old"));
    let canary = try_set(&plugins, &answering("new"), CanarySettings { difference_share_max: 1.0, ..settings(20) });
    assert_eq!(decide(&plugins, canary, "old"), Ok(2));
}

#[test]
fn a_set_without_documents_to_try_is_not_published() {
    let plugins = load(&answering("old"));
    let canary = try_set(&plugins, &answering("new"), CanarySettings { time_max: Duration::ZERO, ..settings(1) });
    let message = canary.decide().unwrap_err().to_string();
    assert_eq!(message, "only 0 documents were compared in the time of the canary");
    let canary = try_set(&plugins, &answering("new"), settings(1));
    let refusal = canary.decide_unless(&AtomicBool::new(true)).unwrap_err();
    assert_eq!(refusal.kind(), CanaryRefusalKind::CalledOff, "{refusal}");
}

#[test]
fn a_second_canary_is_refused_and_a_promotion_ends_the_first() {
    let plugins = load(&answering("old"));
    let canary = try_set(&plugins, &answering("new"), settings(1));
    let other = vec![("other".into(), answering("other").component())].into();
    let error = plugins.canary(&other, Publish::Add, settings(1)).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("canary-under-way", PluginErrorKind::CanaryUnderWay));
    assert_eq!(
        plugins.publish(vec![("third".into(), answering("third").component())]).unwrap(),
        2,
        "publishing goes on"
    );
    assert_eq!(canary.promote(), 3);
    let extraction = plugins.worker().extract(&things(&plugins), b"{}").unwrap();
    assert_eq!(extraction.identity().next(), Some(("$.id", "new")));
    drop(try_set(&plugins, &answering("old"), settings(1)));
    assert_eq!(plugins.generation(), 3);
}

#[test]
fn only_what_changes_is_tried() {
    let other = Guest { resources: vec![other_thing()], ..answering("x") };
    let plugins = load(&answering("old"));
    let canary = try_set(&plugins, &other, settings(1));
    plugins.worker().extract(&things(&plugins), b"{}").unwrap();
    assert_eq!(canary.report().compared + canary.report().skipped, 0);
    drop(canary);
    // A set that is all there is, and lacks a resource.
    let set = vec![("other".into(), other.component())].into();
    let canary = plugins.canary(&set, Publish::Replace, settings(50)).unwrap();
    let refusal = decide(&plugins, canary, "old").unwrap_err();
    assert!(refusal.to_string().contains("test/things: unknown_resource"), "{refusal}");
}
