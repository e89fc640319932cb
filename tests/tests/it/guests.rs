//! Plugins that people write: the examples through the real host and the store, and the SDK's reader beside the
//! scanner.

use std::sync::OnceLock;

use laneway_model::{Extraction, Extractor as _, Outcome, ReferentialId};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_plugin_sdk::testing::Host;
use laneway_plugin_sdk::{Manifest, Plugin, Resource, Slot};
use laneway_schema::{ApiSchema, CoercedKind, Layout, ResourceManifest, SlotKind, manifests};
use laneway_tests::{guests, mutation, need};
use serde_json::Value;

use super::extraction::{self, Compiled};

/// Both examples, in the real host.
fn examples() -> Option<Plugins> {
    let set = ["rooms", "bookings"].map(|name| Some((name.to_owned(), guests::example(name)?)));
    let set = set.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Plugins::load(set, PluginSettings::default()).expect("the examples load"))
}

fn extract(plugins: &Plugins, endpoint: &str, body: &str) -> Result<Extraction, Outcome> {
    let route = plugins.route("campus", endpoint)?;
    plugins.worker().extract(&route, body.as_bytes())
}

fn code(outcome: Result<Extraction, Outcome>) -> String {
    match outcome {
        Err(Outcome::InvalidDocument { code, .. }) => code,
        other => panic!("the document should have been refused: {other:?}"),
    }
}

#[test]
fn the_examples_run_in_the_host() {
    let Some(plugins) = examples() else { return };
    let body = r#"{"building":"Main Hall","floor":2,"number":"7","schoolReference":{"schoolId":255901001}}"#;
    let room = extract(&plugins, "rooms", body).unwrap();
    let id = ReferentialId::of("Campus", "Room", [("$.roomKey", "MH-2.07")]);
    assert_eq!(room.referential_id, id);
    assert_eq!(room.references[0].id, ReferentialId::of("Ed-Fi", "School", [("$.schoolId", "255901001")]));
    assert_eq!(room.security.education_organizations[0].id, 255_901_001);
    for written in ["MH-2.07", "mh 2.7", r" mh - 2.\u0037"] {
        let body = format!(r#"{{"begin":"2026-11-24","roomReference":{{"roomKey":"{written}"}},"_etag":"5"}}"#);
        let booking = extract(&plugins, "bookings", &body).unwrap();
        assert_eq!(booking.references[0].id, id, "{written}");
        assert_eq!(booking.etag.map(|etag| booking.text(etag)), Some("5"));
    }
    let nowhere = extract(&plugins, "bookings", r#"{"begin":"x","roomReference":{"roomKey":"nowhere"}}"#);
    assert_eq!(code(nowhere), "not-a-room-key");
    assert_eq!(code(extract(&plugins, "rooms", r#"{"building":"A","floor":1}"#)), "identity-missing");
    // As deep as documents may be, on the small stack that guests have.
    let deep = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        extract(&plugins, "rooms", &format!(r#"{{"building":"A","floor":1,"number":1,"x":{open}{close}}}"#))
    };
    deep(63).unwrap();
    assert_eq!(code(deep(64)), "invalid-json");
    let large = format!(r#"{{"building":"A","floor":1,"number":1,"x":"{}"}}"#, "é".repeat(4 << 20));
    extract(&plugins, "rooms", &large).unwrap();
}

#[test]
fn an_instance_of_an_example_answers_thousands_of_documents_the_same() {
    let Some(plugins) = examples() else { return };
    let (mut worker, route) = (plugins.worker(), plugins.route("campus", "rooms").unwrap());
    let mut random = fastrand::Rng::with_seed(8);
    let document = r#"{"building":"Main Hall","floor":2,"number":"7","schoolReference":{"schoolId":255901001}}"#;
    for _ in 0..5_000 {
        let body = mutation::mutate(document, &mut random);
        let (warm, fresh) =
            (worker.extract(&route, body.as_bytes()), plugins.worker().extract(&route, body.as_bytes()));
        match (warm, fresh) {
            (Ok(warm), Ok(fresh)) => assert_eq!(warm.referential_id, fresh.referential_id, "{body}"),
            (Err(warm @ Outcome::InvalidDocument { .. }), Err(fresh)) => assert_eq!(warm, fresh, "{body}"),
            (warm, fresh) => panic!("{body}: {warm:?}, {fresh:?}"),
        }
    }
}

/// The resources of a schema, as an author would write them down.
struct ByHand;

static MANIFEST: OnceLock<Manifest> = OnceLock::new();

impl Plugin for ByHand {
    fn manifest() -> Manifest {
        MANIFEST.get().expect("set before it is asked for").clone()
    }
}

fn written_down(manifests: &[ResourceManifest]) -> Manifest {
    manifests.iter().fold(Manifest::new("by hand", "1"), |manifest, described| {
        let names = [&described.project_name, &described.project_endpoint, &described.resource_name];
        let [project, project_endpoint, name] = names.map(String::as_str);
        let resource = Resource::new(project, project_endpoint, name, &described.endpoint, &described.resource_version);
        manifest.resource(described.slots.iter().fold(resource, |resource, slot| {
            let location = slot.location.text();
            resource.slot(match &slot.kind {
                SlotKind::Identity => Slot::identity(location),
                SlotKind::DescriptorNamespace => Slot::descriptor_namespace(),
                SlotKind::DescriptorCodeValue => Slot::descriptor_code_value(),
                SlotKind::Reference { target, group, path } => {
                    let target = &described.targets[*target as usize];
                    Slot::reference(*group, &target.project_name, &target.resource_name, path.text(), location)
                }
                SlotKind::Descriptor { target } => {
                    let target = &described.targets[*target as usize];
                    Slot::descriptor(&target.project_name, &target.resource_name, location)
                }
                SlotKind::Coerced(CoercedKind::Date) => Slot::date(location),
                SlotKind::Coerced(CoercedKind::DateTime) => Slot::date_time(location),
                SlotKind::Coerced(CoercedKind::Boolean) => Slot::boolean(location),
                SlotKind::Coerced(CoercedKind::Number) => Slot::number(location),
                SlotKind::Namespace => Slot::namespace(location),
                SlotKind::Student => Slot::student(location),
                SlotKind::Contact => Slot::contact(location),
                SlotKind::Staff => Slot::staff(location),
                SlotKind::EducationOrganization { name } => Slot::education_organization(name, location),
                SlotKind::ParentEducationOrganization => Slot::parent_education_organization(location),
                SlotKind::Etag => Slot::etag(),
            })
        }))
    })
}

/// Identity and references in the form of the recorded cases, without ids.
fn recorded_form(found: &Value) -> (Value, Vec<(Value, Value)>) {
    let references = found["documentReferences"].as_array().expect("a list").iter();
    let references = references.map(|reference| (reference["resourceName"].clone(), reference["identity"].clone()));
    (found["identity"].clone(), references.collect())
}

/// The SDK reads JSON by itself, so that authors can test without WebAssembly: it must find what the scanner finds,
/// and refuse what it refuses.
#[test]
fn the_sdk_s_reader_agrees_with_the_scanner() {
    const DOCUMENTS: usize = 20_000;
    let Some(data) = need::data() else { return };
    let schemas = extraction::schemas(&data, &["ds-5.2".to_owned()]);
    let parsed = ApiSchema::parse("ds-5.2", &schemas[0]).unwrap();
    let described: Vec<_> =
        manifests(&[parsed]).unwrap().into_iter().filter(|manifest| !manifest.is_descriptor).collect();
    MANIFEST.get_or_init(|| written_down(&described));
    let (host, mut compiled) = (Host::<ByHand>::new(), Compiled::new(&schemas, Layout::PerProject));
    let mut random = fastrand::Rng::with_seed(0x5d4);
    let groups = extraction::documents(&data);
    let served = |endpoint: &str| described.iter().any(|manifest| manifest.endpoint == endpoint);
    let groups: Vec<_> = groups.iter().filter(|group| served(&group[0].endpoint)).collect();
    let (mut differences, mut valid) = (Vec::new(), 0);
    for number in 0..DOCUMENTS {
        let group = *random.choice(&groups).expect("documents");
        let case = random.choice(group).expect("a document");
        let whole = number % 4 == 0;
        let body = if whole { case.body.clone() } else { mutation::mutate(&case.body, &mut random) };
        let found = compiled.extract(&case.project, &case.endpoint, &body);
        let by_hand = host.extract(&case.endpoint, &body);
        let agrees = match (&found["error"], &by_hand) {
            (Value::Null, Ok(extracted)) => {
                valid += 1;
                let pairs = |parts: &[(String, String)]| -> Value {
                    parts.iter().map(|(path, text)| Value::from(vec![path.as_str(), text])).collect()
                };
                let references = extracted.references.iter();
                let references =
                    references.map(|reference| (reference.resource.as_str().into(), pairs(&reference.identity)));
                recorded_form(&found) == (pairs(&extracted.identity), references.collect())
            }
            // What is wrong with a value comes in the host's order; whose grammar is wrong, in the reader's.
            (Value::String(code), Err(refusal)) => {
                let of_values =
                    ["not-a-scalar", "lone-surrogate", "identity-missing", "unequal-slices", "not-an-int64"];
                *code == refusal.code || of_values.contains(&&**code) && of_values.contains(&&*refusal.code)
            }
            // The host for tests does not read organizations' numbers.
            (Value::String(code), Ok(_)) => code == "not-an-int64",
            _ => false,
        };
        if !agrees {
            differences.push(format!("{} {body:?}: scanner {found}, SDK {by_hand:?}", case.endpoint));
        }
    }
    extraction::assert_none(&differences, DOCUMENTS);
    assert!(valid > DOCUMENTS / 4, "only {valid} were valid");
}
