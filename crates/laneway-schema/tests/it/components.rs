//! What the compiler writes: names, manifests, the same bytes every time, small.

use expect_test::{Expect, expect};
use laneway_schema::{Layout, Options, Plugin, compile, compile_with, manifests};

use crate::{guest::Guest, schema};

/// No resource's component may be larger.
const COMPONENT_BYTES_MAX: usize = 64 * 1024;

fn schemas() -> Vec<laneway_schema::ApiSchema> {
    vec![schema::parse("core.json", &schema::core()), schema::parse("more.json", &schema::extension())]
}

fn names(plugins: &[Plugin]) -> Vec<(&str, &str)> {
    plugins.iter().map(|plugin| (&*plugin.name, &*plugin.file_name)).collect()
}

#[test]
fn one_component_for_each_resource_or_for_each_project() {
    let per_resource = compile(&schemas()).unwrap();
    let expected = [
        ("core/schools", "core.schools.wasm"),
        ("core/things", "core.things.wasm"),
        ("core/kindDescriptors", "core.kindDescriptors.wasm"),
        ("more/gadgets", "more.gadgets.wasm"),
    ];
    assert_eq!(names(&per_resource), expected, "a resource extension is no resource of its own");
    assert!(per_resource.iter().all(|plugin| plugin.wasm.len() <= COMPONENT_BYTES_MAX));

    let bundled = Options { layout: Layout::PerProject, ..Options::default() };
    let per_project = compile_with(&schemas(), &bundled).unwrap();
    assert_eq!(names(&per_project), [("core", "core.wasm"), ("more", "more.wasm")]);
}

#[test]
fn only_the_wanted_resources_are_compiled() {
    let only =
        |names: &[&str]| Options { only: names.iter().map(|name| (*name).to_owned()).collect(), ..Options::default() };
    let plugins = compile_with(&schemas(), &only(&["THINGS", "more/Gadgets"])).unwrap();
    assert_eq!(plugins.iter().map(|plugin| &*plugin.name).collect::<Vec<_>>(), ["core/things", "more/gadgets"]);
    let error = compile_with(&schemas(), &only(&["thing"])).unwrap_err();
    assert!(error.to_string().contains("no resource has the endpoint \"thing\""), "{error}");
}

#[test]
fn the_same_schemas_give_the_same_bytes() {
    for layout in [Layout::PerResource, Layout::PerProject] {
        let options = Options { layout, ..Options::default() };
        assert_eq!(compile_with(&schemas(), &options), compile_with(&schemas(), &options));
    }
}

/// A component's manifest in words.
fn check_manifest(guest: &mut Guest, index: usize, expected: &Expect) {
    let manifest = guest.describe();
    let resource = &manifest.resources[index];
    let mut words = format!("{} {} {}\n", manifest.name, manifest.version, manifest.dialect);
    words += &format!(
        "{}/{} {}/{} {} descriptor {} hierarchy {}\n",
        resource.project_name,
        resource.resource_name,
        resource.project_endpoint,
        resource.endpoint,
        resource.resource_version,
        resource.is_descriptor,
        resource.in_hierarchy,
    );
    if let Some(superclass) = &resource.superclass {
        let (project, name, path) = (&superclass.project_name, &superclass.resource_name, &superclass.identity_path);
        words += &format!("superclass {project}/{name} {path:?}\n");
    }
    for target in &resource.targets {
        words += &format!("target {}/{}\n", target.project_name, target.resource_name);
    }
    for slot in &resource.slots {
        let (path, location, name) = (&slot.path, &slot.location, &slot.name);
        words += &format!(
            "{} {location} path {path:?} target {} group {} name {name:?}\n",
            slot.kind, slot.target, slot.group
        );
    }
    expected.assert_eq(&words);
}

#[test]
fn a_subclass_in_the_hierarchy_describes_itself() {
    let mut guest = Guest::of(&schemas(), "schools");
    check_manifest(
        &mut guest,
        0,
        &expect![[r#"
        core/schools 5.2.0 dms-0.7
        Core/School core/schools 5.2.0 descriptor false hierarchy true
        superclass Core/Organization "$.organizationId"
        target Core/Agency
        identity $.schoolId path "$.schoolId" target 0 group 0 name ""
        reference $.agencyReference.agencyId path "$.agencyId" target 0 group 0 name ""
        education-organization $.schoolId path "" target 0 group 0 name "SchoolId"
        parent-education-organization $.agencyReference.agencyId path "" target 0 group 0 name ""
        etag $._etag path "" target 0 group 0 name ""
    "#]],
    );
}

#[test]
fn a_merged_resource_describes_itself() {
    let mut guest = Guest::of(&schemas(), "things");
    check_manifest(
        &mut guest,
        0,
        &expect![[r#"
        core/things 5.2.0 dms-0.7
        Core/Thing core/things 5.2.0 descriptor false hierarchy false
        target Core/Other
        target Core/KindDescriptor
        identity $.id1 path "$.id1" target 0 group 0 name ""
        identity $.ref.id2 path "$.ref.id2" target 0 group 0 name ""
        reference $.list[*].ref.a path "$.a" target 0 group 0 name ""
        reference $.list[*].ref.b path "$.b" target 0 group 0 name ""
        reference $.ref.id2 path "$.a" target 0 group 1 name ""
        reference $.ref.id2 path "$.b" target 0 group 1 name ""
        descriptor $.list[*].kinds[*].kindDescriptor path "" target 1 group 0 name ""
        descriptor $.kindDescriptor path "" target 1 group 0 name ""
        descriptor $.any[*] path "" target 1 group 0 name ""
        descriptor $.any.one path "" target 1 group 0 name ""
        descriptor $._ext.more.extraDescriptor path "" target 1 group 0 name ""
        namespace $.spaces[*] path "" target 0 group 0 name ""
        namespace $.id1 path "" target 0 group 0 name ""
        student $.ref.id2 path "" target 0 group 0 name ""
        etag $._etag path "" target 0 group 0 name ""
    "#]],
    );
}

#[test]
fn a_descriptor_in_a_bundle_describes_itself() {
    let bundled = Options { layout: Layout::PerProject, ..Options::default() };
    let mut guest = Guest::new(&compile_with(&schemas(), &bundled).unwrap()[0].wasm);
    check_manifest(
        &mut guest,
        2,
        &expect![[r#"
        core 5.2.0 dms-0.7
        Core/KindDescriptor core/kindDescriptors 5.2.0 descriptor true hierarchy false
        descriptor-namespace $.namespace path "" target 0 group 0 name ""
        descriptor-code-value $.codeValue path "" target 0 group 0 name ""
        namespace $.namespace path "" target 0 group 0 name ""
        etag $._etag path "" target 0 group 0 name ""
    "#]],
    );
    let found = guest.extract(2, r#"{"codeValue":"a","namespace":"b"}"#).unwrap();
    assert_eq!(found.spans.iter().map(|span| span.slot).collect::<Vec<_>>(), [1, 0, 2]);
}

#[test]
fn the_order_of_extensions_is_the_order_of_what_they_add() {
    let mut second = schema::extension();
    second["projectSchema"]["projectEndpointName"] = "most".into();
    let things = &mut second["projectSchema"]["resourceSchemas"]["things"]["documentPathsMapping"];
    let extra = things.as_object_mut().unwrap().remove("Extra").unwrap();
    things["Later"] = extra;
    things["Later"]["path"] = "$._ext.most.laterDescriptor".into();
    let [core, more] = &schemas()[..] else { panic!("two schemas") };
    let most = schema::parse("most.json", &second);
    let added = |schemas: &[laneway_schema::ApiSchema]| {
        let slots =
            manifests(schemas).unwrap().into_iter().find(|manifest| manifest.endpoint == "things").unwrap().slots;
        slots.iter().map(|slot| slot.location.to_string()).filter(|path| path.contains("_ext")).collect::<Vec<_>>()
    };
    let (extra, later) = ("$._ext.more.extraDescriptor", "$._ext.most.laterDescriptor");
    assert_eq!(added(&[core.clone(), more.clone(), most.clone()]), [extra, later]);
    assert_eq!(added(&[most, more.clone(), core.clone()]), [later, extra]);
}

#[test]
fn what_is_coerced_stands_behind_all_else_and_is_not_looked_for() {
    let (mut core, mut extension) = (schema::core(), schema::extension());
    let things = &mut core["projectSchema"]["resourceSchemas"]["things"];
    things["dateJsonPaths"] = serde_json::json!(["$.id1"]);
    things["dateTimeJsonPaths"] = serde_json::json!(["$.at"]);
    things["numericJsonPaths"] = serde_json::json!(["$.list[*].n", "$.price"]);
    things["decimalPropertyValidationInfos"] = serde_json::json!([{"path": "$.price", "totalDigits": 9}]);
    let things = &mut extension["projectSchema"]["resourceSchemas"]["things"];
    // The DMS merges all of these but dates.
    things["dateJsonPaths"] = serde_json::json!(["$._ext.more.day"]);
    things["booleanJsonPaths"] = serde_json::json!(["$._ext.more.flag"]);
    things["numericJsonPaths"] = serde_json::json!(["$._ext.more.n", "$.list[*].n"]);
    let schemas = [schema::parse("core.json", &core), schema::parse("more.json", &extension)];
    let (mut with, mut without) = (Guest::of(&schemas, "things"), Guest::of(&self::schemas(), "things"));
    let words = |guest: &mut Guest| -> Vec<String> {
        guest.describe().resources[0].slots.iter().map(|slot| format!("{} {}", slot.kind, slot.location)).collect()
    };
    let (described, before) = (words(&mut with), words(&mut without));
    assert_eq!(described[..before.len()], before[..], "numbers of other slots stay");
    assert_eq!(
        described[before.len()..],
        ["date $.id1", "date-time $.at", "number $.list[*].n", "boolean $._ext.more.flag", "number $._ext.more.n"]
    );
    let document = r#"{"id1":"1","ref":{"id2":"2"},"at":"x","list":[{"n":1}]}"#;
    let spans = |guest: &mut Guest| -> Vec<(u32, u32)> {
        guest.extract(0, document).unwrap().spans.iter().map(|span| (span.slot, span.offset)).collect()
    };
    assert_eq!(spans(&mut with), spans(&mut without), "a scanner reports nothing for them");
}
