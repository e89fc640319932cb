//! What workers do with texts that stand for dates and numbers, by what a plugin's manifest declares.

use laneway_model::{Extractor as _, Outcome};
use laneway_plugin::{CoercionExtent, PluginSettings, Plugins};

use crate::guest::{Answer, Guest, Resource, Slot, thing};
use crate::{document_fault, things};

/// A resource whose identity is `$.id`, with these slots behind it.
fn resource(slots: &[Slot]) -> Resource {
    let mut resource = thing();
    resource.slots.extend_from_slice(slots);
    resource
}

fn load(guest: &Guest) -> Plugins {
    Plugins::load(vec![("guest".into(), guest.component())], PluginSettings::default()).expect("a guest that loads")
}

fn coerced(plugins: &Plugins, extent: CoercionExtent, document: &str) -> Option<String> {
    let plugins = plugins.clone().coercing(extent);
    let by_worker = plugins.worker().coerce(&things(&plugins), document.as_bytes());
    assert_eq!(plugins.coerced("TEST", "things", document), by_worker, "a worker and its plugins agree");
    by_worker.map(|document| String::from_utf8(document).unwrap())
}

/// The length of the token that the guest points at: `{"id":` has six bytes.
fn pointing(slots: &[Slot], length: u32) -> Guest {
    Guest::of(resource(slots)).spans(&[(0, 6, length)])
}

#[test]
fn a_manifest_says_what_is_coerced() {
    let slots = [
        Slot::new("date", "$.days[*]"),
        Slot::new("date-time", "$.at"),
        Slot::new("boolean", "$.flag"),
        Slot::new("number", "$.count"),
    ];
    let plugins = load(&Guest::of(resource(&slots)));
    let document = r#"{"days":["2/9/2018","x"],"at":"2018-02-09T01:00:00+02:00","flag":"TRUE","count":"7"}"#;
    let dates = r#"{"days":["2018-02-09","x"],"at":"2018-02-08T23:00:00Z","flag":"TRUE","count":"7"}"#;
    let all = r#"{"days":["2018-02-09","x"],"at":"2018-02-08T23:00:00Z","flag":true,"count":7}"#;
    assert_eq!(coerced(&plugins, CoercionExtent::All, document).as_deref(), Some(all));
    assert_eq!(coerced(&plugins, CoercionExtent::Dates, document).as_deref(), Some(dates));
    assert_eq!(coerced(&plugins, CoercionExtent::Nothing, document), None);
    assert_eq!(coerced(&plugins, CoercionExtent::All, all), None, "once is enough");
}

#[test]
fn a_manifest_without_such_slots_coerces_nothing() {
    let plugins = load(&pointing(&[], 10));
    assert_eq!(coerced(&plugins, CoercionExtent::All, r#"{"id":"2/9/2018"}"#), None);
    let extraction = plugins.worker().extract(&things(&plugins), br#"{"id":"2/9/2018"}"#).unwrap();
    assert_eq!(extraction.identity().collect::<Vec<_>>(), [("$.id", "2/9/2018")]);
}

#[test]
fn an_identity_that_is_not_coerced_is_refused_by_name() {
    let document = r#"{"id":"2/9/2018"}"#;
    let plugins = load(&pointing(&[Slot::new("date", "$.id")], 10));
    let (code, message) = document_fault(plugins.worker().extract(&things(&plugins), document.as_bytes()));
    assert_eq!(code, "not-coerced");
    assert!(message.contains("$.id is the text `2/9/2018`, which stands for \"2018-02-09\""), "{message}");

    let as_it_is = plugins.clone().taking_any_identity();
    let extraction = as_it_is.worker().extract(&things(&as_it_is), document.as_bytes()).unwrap();
    assert_eq!(extraction.identity().collect::<Vec<_>>(), [("$.id", "2/9/2018")]);

    // What stands for nothing else is the second form of no other value.
    let plugins = load(&pointing(&[Slot::new("date", "$.id")], 12));
    assert!(plugins.worker().extract(&things(&plugins), br#"{"id":"2018-02-09"}"#).is_ok());
    let plugins = load(&pointing(&[Slot::new("number", "$.id")], 3));
    assert!(plugins.worker().extract(&things(&plugins), br#"{"id":"x"}"#).is_ok());
    assert!(plugins.worker().extract(&things(&plugins), br#"{"id":123}"#).is_ok());
}

#[test]
fn dates_alone_leave_a_number_in_an_identity_refused() {
    let plugins = load(&pointing(&[Slot::new("number", "$.id")], 3)).coercing(CoercionExtent::Dates);
    let (code, message) = document_fault(plugins.worker().extract(&things(&plugins), br#"{"id":"3"}"#));
    assert_eq!(code, "not-coerced");
    assert!(message.contains("stands for 3;"), "{message}");
}

#[test]
fn a_text_that_the_plugin_computed_is_its_own_matter() {
    let answer = Answer { texts: vec![(0, "2/9/2018")], ..Answer::default() };
    let plugins = load(&Guest::of(resource(&[Slot::new("date", "$.id")])).answer(answer));
    assert!(plugins.worker().extract(&things(&plugins), b"{}").is_ok());
}

#[test]
fn what_a_plugin_reports_under_such_a_slot_is_passed_over() {
    let guest = Guest::of(resource(&[Slot::new("number", "$.n")])).spans(&[(0, 6, 1), (1, 6, 1)]);
    let plugins = load(&guest);
    let extraction = plugins.worker().extract(&things(&plugins), br#"{"id":1}"#).unwrap();
    assert_eq!(extraction.identity().collect::<Vec<_>>(), [("$.id", "1")]);
}

#[test]
fn a_location_that_is_no_path_is_refused_at_load() {
    let guest = Guest::of(resource(&[Slot::new("date", "$.a[0]")]));
    let error = Plugins::load(vec![("guest".into(), guest.component())], PluginSettings::default()).unwrap_err();
    assert_eq!(error.code(), "contradictory-manifest");
    assert!(error.to_string().contains("slot 1 of kind `date`"), "{error}");
}

#[test]
fn too_large_a_document_is_not_walked() {
    let settings = PluginSettings { document_bytes_max: 16, ..PluginSettings::default() };
    let guest = pointing(&[Slot::new("date", "$.id")], 10);
    let plugins = Plugins::load(vec![("guest".into(), guest.component())], settings).unwrap();
    let plugins = plugins.coercing(CoercionExtent::All);
    let document = br#"{"id":"2/9/2018"}"#;
    assert_eq!(plugins.worker().coerce(&things(&plugins), document), None);
    let outcome = plugins.worker().extract(&things(&plugins), document);
    assert!(matches!(outcome, Err(Outcome::TooLarge { .. })), "{outcome:?}");
}
