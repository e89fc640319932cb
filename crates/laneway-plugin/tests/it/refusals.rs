//! What is not let in, each with a message of its own.

use std::time::Duration;

use laneway_model::Extractor as _;
use laneway_plugin::{PluginError, PluginSettings, Plugins};

use crate::guest::{self, Guest, Resource, Slot, thing};

fn refusal_with(wasm: Vec<u8>, settings: PluginSettings) -> PluginError {
    Plugins::load(vec![("bad".into(), wasm)], settings).expect_err("this must not load")
}

#[track_caller]
fn check_wasm(wasm: Vec<u8>, code: &str, words: &[&str]) {
    check_error(&refusal_with(wasm, PluginSettings::default()), code, words);
}

#[track_caller]
fn check_error(error: &PluginError, code: &str, words: &[&str]) {
    let message = error.to_string();
    assert_eq!(error.code(), code, "{message}");
    assert_eq!(error.plugin(), "bad");
    for word in ["`bad`"].iter().chain(words) {
        assert!(message.contains(word), "`{word}` is not in: {message}");
    }
}

#[track_caller]
fn check_guest(guest: &Guest, code: &str, words: &[&str]) {
    check_wasm(guest.component(), code, words);
}

#[test]
fn a_file_that_is_not_webassembly_is_refused() {
    check_wasm(b"\x7fELF".to_vec(), "not-webassembly", &[]);
    check_wasm(Vec::new(), "not-webassembly", &[]);
    let mut cut = Guest::of(thing()).component();
    cut.truncate(cut.len() / 2);
    check_wasm(cut, "not-webassembly", &[]);
}

#[test]
fn core_modules_are_refused() {
    check_wasm(Guest::of(thing()).module("1.0.0"), "not-a-component", &["laneway plugin pack"]);
}

#[test]
fn invalid_code_is_refused() {
    // The function's body is checked only by the compiler.
    let text = r#"(component (core module (func (result i32) i64.const 1))
        (component) (instance (instantiate 0)) (export "laneway:resource/extractor@1.0.0" (instance 0)))"#;
    check_wasm(wat::parse_str(text).unwrap(), "not-compilable", &[]);
}

#[test]
fn async_functions_are_refused_with_what_leaves_them_out() {
    let text = r#"(component (core func (canon task.cancel))
        (component) (instance (instantiate 0)) (export "laneway:resource/extractor@1.0.0" (instance 0)))"#;
    check_wasm(wat::parse_str(text).unwrap(), "not-compilable", &["async", "--sync", "--backend-qjs-disable-async"]);
}

#[test]
fn imports_are_named() {
    let component = guest::importing(&Guest::of(thing()));
    check_wasm(
        component,
        "imports",
        &["`random`", "wasm32-unknown-unknown", "--stub-wasi", "--disable all", "--trap-imports"],
    );
}

#[test]
fn components_of_another_world_are_refused() {
    check_wasm(
        wat::parse_str(r#"(component)"#).unwrap(),
        "wrong-world",
        &["exports nothing", "laneway:resource/extractor@1.0.0"],
    );
    let empty = r#"(component (component) (instance (instantiate 0)) (export "laneway:resource/extractor@1.0.0" (instance 0)))"#;
    check_wasm(wat::parse_str(empty).unwrap(), "wrong-world", &["describe"]);
}

#[test]
fn functions_of_other_types_are_refused() {
    let wit = guest::WIT.replace("describe: func() -> manifest;", "describe: func() -> string;");
    assert_ne!(wit, guest::WIT);
    let component = guest::component(Guest::of(thing()).module("1.0.0"), &wit);
    check_wasm(component, "wrong-world", &["type mismatch", "found `string`"]);
}

#[test]
fn another_major_version_is_refused() {
    check_wasm(Guest::of(thing()).component_of_version("2.0.0"), "unknown-version", &["2.0.0", "version 1"]);
    check_wasm(Guest::of(thing()).component_of_version("0.9.0"), "unknown-version", &["0.9.0"]);
}

#[test]
fn later_minor_versions_load() {
    for version in ["1.0.0", "1.0.7", "1.3.0"] {
        let wasm = Guest::of(thing()).component_of_version(version);
        Plugins::load(vec![("good".into(), wasm)], PluginSettings::default()).expect(version);
    }
}

#[test]
fn components_that_are_too_large_are_refused() {
    let wasm = Guest::of(thing()).component();
    let settings = PluginSettings { component_bytes_max: wasm.len() - 1, ..PluginSettings::default() };
    let (bytes, bytes_max) = (wasm.len().to_string(), (wasm.len() - 1).to_string());
    check_error(&refusal_with(wasm, settings), "too-large", &[&bytes, &bytes_max]);
}

#[test]
fn too_much_memory_to_begin_with_is_refused() {
    let guest = Guest { memory_pages: 2_000, ..Guest::of(thing()) };
    check_guest(&guest, "too-much-memory", &["131072000", "67108864"]);
}

#[test]
fn a_trap_at_the_start_is_refused() {
    let guest = Guest::of(thing()).define("(func $boom unreachable) (start $boom)");
    check_guest(&guest, "not-instantiable", &["trapped"]);
}

#[test]
fn endless_loops_at_the_start_and_in_describe_are_refused() {
    let settings = || PluginSettings { load_cpu_max: Duration::from_millis(20), ..PluginSettings::default() };
    let guest = Guest::of(thing()).define("(func $spin (loop br 0)) (start $spin)");
    check_error(&refusal_with(guest.component(), settings()), "not-instantiable", &["20 ms of CPU time"]);
    let guest = Guest::of(thing()).describe("(loop br 0) (unreachable)");
    check_error(&refusal_with(guest.component(), settings()), "describe-failed", &["20 ms of CPU time"]);
}

#[test]
fn a_describe_that_fails_is_refused() {
    check_guest(&Guest::of(thing()).describe("unreachable"), "describe-failed", &["trapped"]);
    check_guest(&Guest::of(thing()).describe("(i32.const -4)"), "describe-failed", &["contract"]);
}

#[test]
fn an_unknown_dialect_is_refused() {
    let guest = Guest { dialect: "dms-9", ..Guest::of(thing()) };
    check_guest(&guest, "unknown-dialect", &["dms-9", "dms-0.7"]);
}

#[test]
fn an_unknown_kind_of_slot_is_refused() {
    let mut resource = thing();
    resource.slots.push(Slot::new("colour", "$.colour"));
    check_guest(&Guest::of(resource), "unknown-slot-kind", &["`Thing`", "slot 1", "`colour`"]);
}

/// A thing with these slots beside its identity.
fn with(slots: &[Slot]) -> Resource {
    let mut resource = thing();
    resource.targets = vec![("Test", "A"), ("Test", "B")];
    resource.slots.extend_from_slice(slots);
    resource
}

#[test]
fn manifests_that_contradict_themselves_are_refused() {
    let reference = |location, path| Slot::new("reference", location).path(path);
    let namespace = Slot::new("descriptor-namespace", "$.namespace");
    let code_value = Slot::new("descriptor-code-value", "$.codeValue");
    let descriptor = |slots: &[Slot]| Resource { is_descriptor: true, slots: slots.to_vec(), ..thing() };
    let cases: Vec<(Resource, &str)> = vec![
        (Resource { resource_name: "", ..thing() }, "resource-name is empty"),
        (Resource { project_endpoint: "", ..thing() }, "project-endpoint is empty"),
        (Resource { endpoint: "", ..thing() }, "endpoint is empty"),
        (Resource { slots: vec![], ..thing() }, "no identity slot"),
        (with(&[Slot::new("identity", "$.id").path("$.id")]), "two identity slots have the path `$.id`"),
        (with(&[Slot::new("identity", "$.x")]), "the path ``, which is no path"),
        (with(&[Slot::new("student", "student")]), "slot 1 has the location `student`"),
        (with(&[Slot::new("descriptor", "")]), "slot 1 has the location ``"),
        (with(std::slice::from_ref(&namespace)), "only descriptors have"),
        (descriptor(&[]), "a descriptor needs"),
        (descriptor(std::slice::from_ref(&namespace)), "a descriptor needs"),
        (descriptor(&[namespace.clone(), namespace.clone(), code_value.clone()]), "a descriptor needs"),
        (
            descriptor(&[namespace.clone(), code_value.clone(), Slot::new("identity", "$.x").path("$.x")]),
            "a descriptor needs",
        ),
        (
            Resource { in_hierarchy: true, ..descriptor(&[namespace, code_value]) },
            "a descriptor is no education organization",
        ),
        (with(&[reference("$.a", "$.id").target(2)]), "slot 1 has target 2, but there are 2 targets"),
        (with(&[Slot::new("descriptor", "$.a").target(9)]), "slot 1 has target 9"),
        (with(&[reference("$.a", "")]), "reference slot 1 has the path ``"),
        (
            with(&[reference("$.a", "$.id").group(7), reference("$.b", "$.b").group(7).target(1)]),
            "group 7 has references to different targets",
        ),
        (with(&[reference("$.a", "$.id"), reference("$.b", "$.id")]), "group 0 has two parts for `$.id`"),
        (with(&[Slot::new("education-organization", "$.a")]), "no property name"),
        (with(&[Slot::new("parent-education-organization", "$.a")]), "not in the hierarchy"),
        (with(&[Slot::new("etag", "$._etag"), Slot::new("etag", "$._etag")]), "2 slots are of kind `etag`"),
        (Resource { superclass: Some(("", "Base", "")), ..thing() }, "superclass has no name"),
        (Resource { superclass: Some(("Test", "Thing", "")), ..thing() }, "its own superclass"),
        (Resource { superclass: Some(("Test", "Base", "id")), ..thing() }, "the identity path `id`"),
        (Resource { targets: vec![("Test", "")], ..thing() }, "a target has no name"),
    ];
    for (resource, words) in cases {
        check_guest(&Guest::of(resource), "contradictory-manifest", &[words]);
    }
}

#[test]
fn no_resource_or_two_of_one_name_are_refused() {
    let mut guest = Guest::of(thing());
    guest.resources = vec![];
    check_guest(&guest, "contradictory-manifest", &["serves 0 resources"]);
    let other = Resource { resource_name: "Other", project_endpoint: "TEST", endpoint: "THINGS", ..thing() };
    guest.resources = vec![thing(), other];
    check_guest(&guest, "contradictory-manifest", &["two resources stand under /TEST/THINGS"]);
    guest.resources = vec![thing(), Resource { endpoint: "others", ..thing() }];
    check_guest(&guest, "contradictory-manifest", &["Test Thing twice"]);
}

#[test]
fn the_first_bad_one_is_named_and_nothing_is_loaded() {
    let good = Guest::of(thing()).component();
    let bad = Guest::of(thing()).describe("unreachable").component();
    let plugins = Plugins::load(vec![("good".into(), good.clone())], PluginSettings::default()).unwrap();
    let set = vec![("good".into(), good), ("bad".into(), bad), ("worse".into(), b"junk".to_vec())];
    check_error(&plugins.publish(set).expect_err("two are bad"), "describe-failed", &[]);
    assert_eq!(plugins.generation(), 1);
}

#[test]
fn corrupt_components_are_refused_or_run() {
    let wasm = Guest::of(thing()).spans(&[(0, 6, 2)]).component();
    let settings = || PluginSettings { load_cpu_max: Duration::from_millis(20), ..PluginSettings::default() };
    let mut refused = 0;
    // A prime step, so that every section is met at every bit.
    for at in (0..wasm.len() * 8).step_by(61) {
        let mut corrupt = wasm.clone();
        corrupt[at / 8] ^= 1 << (at % 8);
        match Plugins::load(vec![("bad".into(), corrupt)], settings()) {
            Err(error) => {
                assert!(error.to_string().len() < 1_000, "{error}");
                refused += 1;
            }
            Ok(plugins) => {
                if let Ok(route) = plugins.route("test", "things") {
                    // Any outcome will do, but there is one.
                    let _ = plugins.worker().extract(&route, br#"{"id":42}"#);
                }
            }
        }
    }
    assert!(refused > 50, "only {refused} were refused");
}
