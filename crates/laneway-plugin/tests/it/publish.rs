//! Generations: what is in force, and for whom.

use laneway_model::{Extractor as _, Outcome};
use laneway_plugin::{PluginSettings, Plugins, Publish};

use crate::guest::{Guest, answering, other_thing};
use crate::{load, load_with, things};

fn identity(plugins: &Plugins, route: &laneway_model::Route) -> String {
    let extraction = plugins.worker().extract(route, b"{}").expect("an extraction");
    extraction.identity().map(|(_, value)| value.to_owned()).collect()
}

#[test]
fn the_newest_claim_wins() {
    let set = [("old", answering("old")), ("new", answering("new"))];
    let set = set.into_iter().map(|(name, guest)| (name.to_owned(), guest.component())).collect();
    let plugins = Plugins::load(set, PluginSettings::default()).unwrap();
    assert_eq!(identity(&plugins, &things(&plugins)), "new");
    assert_eq!(plugins.resources().len(), 1);
}

#[test]
fn a_publish_replaces_what_it_claims_and_keeps_the_rest() {
    let other = Guest { resources: vec![other_thing()], ..answering("other") };
    let set = vec![("things".into(), answering("old").component()), ("others".into(), other.component())];
    let plugins = Plugins::load(set, PluginSettings::default()).unwrap();
    let old = things(&plugins);
    assert_eq!(plugins.publish(vec![("things-2".into(), answering("new").component())]).unwrap(), 2);
    assert_eq!(identity(&plugins, &things(&plugins)), "new");
    assert_eq!(identity(&plugins, &plugins.route("test", "others").unwrap()), "other");
    assert_eq!(identity(&plugins, &old), "old", "what was accepted before ends with its own plugin");
    assert_ne!(old.group, things(&plugins).group);
}

#[test]
fn a_worker_follows_a_publish() {
    let plugins = load(&answering("0"));
    let mut worker = plugins.worker();
    let texts: Vec<&'static str> = vec!["1", "2", "3", "4"];
    for text in texts {
        let old = things(&plugins);
        plugins.publish(vec![("again".into(), answering(text).component())]).unwrap();
        let new = things(&plugins);
        let mut ask = |route| worker.extract(route, b"{}").unwrap();
        let (first, late, again) = (ask(&new), ask(&old), ask(&new));
        assert_eq!(first.identity().next(), Some(("$.id", text)));
        assert_ne!(late.identity().next(), Some(("$.id", text)));
        assert_eq!(again.identity().next(), Some(("$.id", text)));
    }
}

#[test]
fn a_retired_plugin_is_freed_with_its_last_route() {
    let settings = PluginSettings { generations_kept_max: 0, ..PluginSettings::default() };
    let plugins = load_with(&answering("old"), settings);
    let (mut worker, route) = (plugins.worker(), things(&plugins));
    worker.extract(&route, b"{}").unwrap();
    let plugin = std::sync::Arc::downgrade(&route.handle);
    plugins.publish(vec![("new".into(), answering("new").component())]).unwrap();
    worker.extract(&route, b"{}").unwrap();
    assert!(plugin.upgrade().is_some(), "the route keeps it");
    drop(route);
    assert!(plugin.upgrade().is_none(), "nothing else does");
}

#[test]
fn a_publish_may_replace_every_plugin() {
    let other = Guest { resources: vec![other_thing()], ..answering("other") };
    let plugins = load(&answering("old"));
    plugins.publish_set(&vec![("other".into(), other.component())].into(), Publish::Replace).unwrap();
    assert!(plugins.route("test", "things").is_err());
    assert_eq!(identity(&plugins, &plugins.route("test", "others").unwrap()), "other");
}

#[test]
fn a_rollback_brings_back_what_was_in_force() {
    let plugins = load(&answering("1"));
    for text in ["2", "3"] {
        plugins.publish(vec![("again".into(), answering(text).component())]).unwrap();
    }
    let old = things(&plugins);
    for (back_to, number, text) in [(1, 4, "1"), (2, 5, "2"), (4, 6, "1"), (6, 7, "1")] {
        assert_eq!(plugins.rollback(back_to).unwrap(), number);
        assert_eq!(identity(&plugins, &things(&plugins)), text);
    }
    assert_eq!(identity(&plugins, &old), "3", "what was accepted before ends with its own plugin");
    let generations = plugins.generations();
    let numbers: Vec<_> = generations.iter().map(|info| (info.number, info.return_to, info.is_in_force)).collect();
    assert_eq!(
        numbers,
        [(3, None, false), (4, Some(1), false), (5, Some(2), false), (6, Some(1), false), (7, Some(1), true)]
    );
    assert!(generations.iter().all(|info| (info.plugins, info.resources) == (1, 1)));
    assert!(generations.is_sorted_by_key(|info| info.published_at));
}

#[test]
fn only_so_many_generations_are_kept() {
    let settings = PluginSettings { generations_kept_max: 2, ..PluginSettings::default() };
    let plugins = load_with(&answering("1"), settings);
    for text in ["2", "3", "4", "5"] {
        plugins.publish(vec![("again".into(), answering(text).component())]).unwrap();
    }
    let message = plugins.rollback(2).unwrap_err().to_string();
    assert_eq!(message, "generation 2 is not kept; those that can be returned to are 3, 4, 5");
    assert_eq!(plugins.generation(), 5);
    let stats = plugins.stats();
    assert_eq!((stats.plugins, stats.plugins_alive, stats.generations_alive), (1, 3, 3));
    assert_eq!(plugins.rollback(3).unwrap(), 6);
    assert_eq!(identity(&plugins, &things(&plugins)), "3");
}

#[test]
fn a_loaded_component_is_not_loaded_again() {
    let plugins = load(&answering("1"));
    let first = things(&plugins).group;
    let publish = |name: &str, text| plugins.publish(vec![(name.into(), answering(text).component())]).unwrap();
    publish("guest", "1");
    assert_eq!(things(&plugins).group, first);
    publish("guest", "2");
    assert_ne!(things(&plugins).group, first);
    publish("guest", "1");
    assert_eq!(things(&plugins).group, first, "a kept generation has it, and the newest claim wins");
    assert_eq!(identity(&plugins, &things(&plugins)), "1");
    publish("other", "1");
    assert_ne!(things(&plugins).group, first, "messages name it otherwise");
}

#[test]
fn a_thousand_publishes_leave_nothing_behind() {
    let plugins = load(&answering("0"));
    let mut worker = plugins.worker();
    let components = ["1", "2", "3"].map(|text| answering(text).component());
    // More contents than generations are kept, so that each publish has something to load.
    let settings = PluginSettings::default();
    let names: Vec<String> = (0..=settings.generations_kept_max + 2).map(|number| format!("guest-{number}")).collect();
    for number in 0..1_000 {
        let (name, component) = (&names[number % names.len()], &components[number % components.len()]);
        plugins.publish(vec![(name.clone(), component.clone())]).unwrap();
        worker.extract(&things(&plugins), b"{}").expect("an extraction");
    }
    let (stats, kept) = (plugins.stats(), settings.generations_kept_max + 1);
    assert_eq!((stats.generation, stats.generations_alive, stats.plugins_alive), (1_001, kept, kept));
}

#[test]
fn names_match_without_case_and_unknown_ones_have_a_code_each() {
    let plugins = load(&answering("x"));
    for (project, endpoint) in [("test", "things"), ("TEST", "THINGS"), ("Test", "tHings")] {
        assert!(plugins.route(project, endpoint).is_ok());
    }
    let long = "x".repeat(500);
    for (project, endpoint, code) in [
        ("nope", "things", "unknown-project"),
        ("", "things", "unknown-project"),
        ("tést", "things", "unknown-project"),
        ("test", "thing", "unknown-endpoint"),
        ("test", "", "unknown-endpoint"),
        ("test", &*long, "unknown-endpoint"),
    ] {
        match plugins.route(project, endpoint) {
            Err(error) => {
                assert_eq!(error.code(), code);
                assert!(error.to_string().len() < 200, "{error}");
            }
            other => panic!("{project}/{endpoint}: {other:?}"),
        }
    }
}

#[test]
fn no_plugins_at_all_serve_nothing() {
    let plugins = Plugins::load(Vec::new(), PluginSettings::default()).unwrap();
    assert!(plugins.route("test", "things").is_err());
    assert!(plugins.resources().is_empty());
}

#[test]
fn a_route_of_another_host_is_refused() {
    let (one, other) = (load(&answering("one")), load(&answering("other")));
    let mut foreign = things(&other);
    foreign.handle = std::sync::Arc::new(7_u32);
    let outcome = one.worker().extract(&foreign, b"{}").unwrap_err();
    assert!(matches!(outcome, Outcome::PluginFailed { .. }), "{outcome:?}");
}

#[test]
fn no_document_fails_because_of_a_publish() {
    const PUBLISHES: u64 = 30;
    let plugins = load(&answering("0"));
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut worker = plugins.worker();
                let mut documents = 0_u64;
                while !done.load(std::sync::atomic::Ordering::SeqCst) || documents == 0 {
                    let route = things(&plugins);
                    worker.extract(&route, b"{}").expect("every document is extracted");
                    documents += 1;
                }
            });
        }
        let component = answering("1").component();
        for number in 2..PUBLISHES + 2 {
            assert_eq!(plugins.publish(vec![("again".into(), component.clone())]).unwrap(), number);
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    assert_eq!(plugins.generation(), PUBLISHES + 1);
}
