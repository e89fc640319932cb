//! Operations that come with their extraction: the same outcomes and the same rows as through a plugin, and caller
//! errors that are named.
//!
//! SAFETY, of every call here: what is handed over lives until the call returns, and is as long as it says.

use std::collections::BTreeMap;

use laneway::abi::{laneway_plugins_options_t, laneway_result_t};
use laneway::exports as c;
use laneway_embedded::{Server, Settings as ServerSettings};
use laneway_model::{Extractor as _, OutcomeKind};
use laneway_plugin::{PluginSettings, Plugins};
use laneway_postgres::deploy;
use laneway_postgres_tools::read_content_lines;
use laneway_sample::{Document, SCHEMAS, Settings, generate};
use laneway_schema::{ApiSchema, Layout, Options, compile_with};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::extraction::{as_from_host, thing};
use crate::host::{Failed, Host, Upsert, call, text};
use crate::need::skip;

pub(crate) fn components() -> Vec<(String, Vec<u8>)> {
    let parsed = SCHEMAS.iter().map(|schema| ApiSchema::parse(schema.file_name, schema.text.as_bytes()).unwrap());
    let options = Options { layout: Layout::PerProject, ..Options::default() };
    let compiled = compile_with(&parsed.collect::<Vec<_>>(), &options).unwrap();
    compiled.into_iter().map(|plugin| (plugin.name, plugin.wasm)).collect()
}

/// The plugins by a handle of the ABI.
pub(crate) fn handle(components: &[(String, Vec<u8>)]) -> u64 {
    load(components, None).unwrap()
}

pub(crate) fn load(
    components: &[(String, Vec<u8>)],
    options: Option<&laneway_plugins_options_t>,
) -> Result<u64, Failed> {
    let names: Vec<_> = components.iter().map(|(name, _)| text(name.as_bytes())).collect();
    let contents: Vec<_> = components.iter().map(|(_, wasm)| text(wasm)).collect();
    let options = options.map_or(std::ptr::null(), std::ptr::from_ref);
    let mut plugins = 0;
    call(|error| unsafe {
        c::laneway_plugins_load(names.as_ptr(), contents.as_ptr(), names.len(), options, &raw mut plugins, error)
    })?;
    Ok(plugins)
}

/// Updates, documents ahead of what they refer to, and faults of every kind, in one.
fn mixed() -> Vec<Document> {
    let seed = std::env::var("LANEWAY_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand_seed);
    eprintln!("replay with LANEWAY_SEED={seed}");
    let settings = Settings { documents: 600, seed, updates: 0.2, invalid: 0.1, ..Settings::default() };
    generate(&settings).unwrap().collect()
}

fn rand_seed() -> u64 {
    // The random half of it.
    Uuid::now_v7().as_u64_pair().1
}

/// Each document in turn through a plugin into one store, and with its extraction into another that has none.
#[test]
fn the_same_rows_and_outcomes_as_through_a_plugin() {
    let server = match Server::start(&ServerSettings::for_tests()) {
        Ok(server) => server,
        Err(error) => return skip(&format!("no server: {error}")),
    };
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let database = || {
        threads.block_on(async {
            let database = server.create_database("laneway_test").await.unwrap();
            deploy(database.config()).await.unwrap();
            database
        })
    };
    let (raw, extracted) = (database(), database());
    let components = components();
    let plugins = Plugins::load(components.clone(), PluginSettings::default()).unwrap();
    let mut worker = plugins.worker();
    let mut host = Host::new();
    let raw_store = host.open(raw.url(), handle(&components), |_| {}).unwrap();
    let extracted_store = host.open(extracted.url(), 0, |_| {}).unwrap();

    let mut compared: BTreeMap<u32, usize> = BTreeMap::new();
    for Document { project, endpoint, body, .. } in mixed() {
        let Ok(route) = plugins.route(project, endpoint) else { continue };
        let Ok(extraction) = worker.extract(&route, body.as_bytes()) else { continue };
        let upsert = Upsert {
            project: project.into(),
            endpoint: endpoint.into(),
            document: body,
            document_uuid: *Uuid::now_v7().as_bytes(),
            extraction: String::new(),
        };
        let by_plugin = host.upsert(raw_store, &upsert);
        let upsert = Upsert { extraction: as_from_host(&extraction).to_string(), ..upsert };
        let by_host = host.upsert(extracted_store, &upsert);
        assert_eq!(by_host, by_plugin, "{endpoint} {}", upsert.document);
        *compared.entry(by_plugin.outcome).or_default() += 1;
    }
    let (stored, all) = (compared.get(&1).copied().unwrap_or(0), compared.values().sum::<usize>());
    assert!(all > 450 && stored > 300, "documents of the sample were compared: {compared:?}");
    assert!(compared.len() >= 4, "outcomes of several kinds: {compared:?}");
    assert_eq!(lines(&threads, &extracted), lines(&threads, &raw));
}

/// All rows of a store in canonical form, which leaves out what depends on the clock and on sequences.
fn lines(threads: &tokio::runtime::Runtime, database: &laneway_embedded::Database) -> Vec<String> {
    let mut lines = Vec::new();
    threads
        .block_on(read_content_lines(database.config(), |table, line| lines.push(format!("{table} {line}"))))
        .unwrap();
    assert!(lines.len() > 500);
    lines
}

/// What is wrong, how it comes about, and what the message names.
type Malformed = (&'static str, fn(&mut Value), &'static str);

/// Every way of being wrong that the form has.
#[test]
fn a_wrong_extraction_is_refused_by_the_name_of_its_field() {
    let mut host = Host::new();
    let store = host.echo();
    let good = thing(1, &[2]);
    let cases: [Malformed; 10] = [
        ("a field is missing", |form| drop(form.as_object_mut().unwrap().remove("version")), "version"),
        ("a field is unknown", |form| form["verison"] = json!("1"), "verison"),
        ("no identity", |form| form["identity"] = json!([]), "identity"),
        ("a path of many values", |form| form["identity"][0][0] = json!("$.a[*].b"), "$.a[*].b"),
        ("no path at all", |form| form["identity"][0][0] = json!("thingId"), "thingId"),
        ("a value that is none", |form| form["identity"][0][1] = json!(null), "$.thingId"),
        (
            "a superclass of other values",
            |form| {
                form["superclass"] = json!({"projectName": "P", "resourceName": "R", "identity": [["$.id", "other"]]});
            },
            "superclass",
        ),
        ("a key that is none", |form| form["securableKeys"] = json!(["Pupil"]), "Pupil"),
        (
            "a descriptor without a path",
            |form| {
                let identity = json!([["$.descriptor", "uri://x#y"]]);
                form["descriptorReferences"] = json!([{"projectName": "P", "resourceName": "D", "identity": identity}]);
            },
            "descriptorReferences",
        ),
        (
            "an association without paths",
            |form| {
                (form["projectName"], form["resourceName"]) = (json!("Ed-Fi"), json!("StudentSchoolAssociation"));
                drop(form["documentReferences"][0].as_object_mut().unwrap().remove("path"));
            },
            "association",
        ),
    ];
    for (what, change, named) in cases {
        let mut form = good.clone();
        change(&mut form);
        let failed = host.submit(store, &upsert(&form, "{}")).expect_err(what);
        assert_eq!(failed.code, laneway_result_t::LANEWAY_E_ARGUMENT, "{what}");
        assert!(failed.message.starts_with("extraction: ") && failed.message.contains(named), "{what}: {failed:?}");
    }
    assert_eq!(host.stats(store).accepted, 0);
    assert_eq!(host.upsert(store, &upsert(&good, "{}")).outcome, OutcomeKind::Inserted as u32 + 1);
}

/// An extraction with every object that has a ReferentialId, by their pointers in the JSON and their names in messages.
fn with_all_ids() -> (Value, [(&'static str, &'static str); 4]) {
    let mut form = thing(1, &[2]);
    form["superclass"] = json!({"projectName": "P", "resourceName": "R", "identity": [["$.id", "1"]]});
    let identity = json!([["$.descriptor", "uri://x#Y"]]);
    form["descriptorReferences"] =
        json!([{"projectName": "P", "resourceName": "D", "identity": identity, "path": "$.xDescriptor"}]);
    let objects = [
        ("", "identity"),
        ("/superclass", "superclass"),
        ("/documentReferences/0", "documentReferences"),
        ("/descriptorReferences/0", "descriptorReferences"),
    ];
    (form, objects)
}

#[test]
fn a_referential_id_of_the_host_must_be_the_one_that_is_computed() {
    let mut host = Host::new();
    let store = host.echo();
    let (mut form, objects) = with_all_ids();
    for (object, name) in objects {
        let set = |form: &mut Value, id: &str| form.pointer_mut(object).unwrap()["referentialId"] = json!(id);
        let other = Uuid::nil().to_string();
        set(&mut form, &other);
        let failed = host.submit(store, &upsert(&form, "{}")).expect_err(name);
        assert_eq!(failed.code, laneway_result_t::LANEWAY_E_ARGUMENT, "{name}");
        let message = format!("extraction: {name}: referentialId is {other}, and by the identity it is ");
        let computed = failed.message.strip_prefix(&message).unwrap_or_else(|| panic!("{}", failed.message));
        // In the other case too; then the next object's is looked at.
        set(&mut form, &computed.to_uppercase());
        assert_eq!(host.upsert(store, &upsert(&form, "{}")).outcome, OutcomeKind::Inserted as u32 + 1, "{name}");
    }
}

#[test]
fn a_document_that_cannot_be_stored_is_an_outcome_and_no_caller_error() {
    let mut host = Host::new();
    let store = host.echo();
    for document in ["", "[]", "{", "{\"a\":\u{1}}"] {
        let end = host.upsert(store, &upsert(&thing(1, &[]), document));
        assert_eq!(end.outcome, OutcomeKind::InvalidDocument as u32 + 1, "{document}: {end:?}");
    }
}

fn upsert(form: &Value, document: &str) -> Upsert {
    Upsert {
        project: "made-up".into(),
        endpoint: "things".into(),
        document: document.into(),
        extraction: form.to_string(),
        ..Upsert::default()
    }
}
