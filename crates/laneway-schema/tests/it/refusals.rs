//! What the compiler refuses, and with which message.

use expect_test::{Expect, expect};
use laneway_schema::{ApiSchema, compile};
use serde_json::{Value, json};

use crate::schema;

/// The core schema with the value at a JSON pointer replaced (`null` removes it), alone.
fn check(pointer: &str, value: Value, expected: &Expect) {
    let mut schema = schema::core();
    set(&mut schema, pointer, value);
    let error = ApiSchema::parse("core.json", schema.to_string().as_bytes()).expect_err("a schema that is refused");
    expected.assert_eq(&error.to_string());
}

fn set(schema: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = schema.pointer_mut(parent).expect("a value in the schema").as_object_mut().expect("an object");
    match value {
        Value::Null => parent.remove(name),
        value => parent.insert(name.to_owned(), value),
    };
}

const THINGS: &str = "/projectSchema/resourceSchemas/things";

#[test]
fn files_that_are_no_api_schema_are_refused() {
    let refused = |json: &str| ApiSchema::parse("x.json", json.as_bytes()).unwrap_err().to_string();
    expect!["x.json: at $: the file is not JSON (EOF while parsing an object at line 1 column 1). Give an ApiSchema.json file of the DMS"].assert_eq(&refused("{"));
    expect!["x.json: at $: expected an object, found an array of 0. Correct it there"].assert_eq(&refused("[]"));
    expect![[r#"x.json: at $: "apiSchemaVersion" is missing. Add "apiSchemaVersion", or check that the file is an ApiSchema of the DMS"#]].assert_eq(&refused("{}"));
    expect![[r#"x.json: at $: "projectSchema" is missing. Add "projectSchema", or check that the file is an ApiSchema of the DMS"#]].assert_eq(&refused("{\"apiSchemaVersion\":\"1.0.0\"}"));
}

#[test]
fn an_unknown_version_is_refused() {
    check(
        "/apiSchemaVersion",
        json!("2.0.0"),
        &expect![[
            r#"core.json: at $.apiSchemaVersion: the apiSchemaVersion is "2.0.0". This compiler knows version 1; use a newer one, or an ApiSchema of that version"#
        ]],
    );
}

#[test]
fn values_of_another_type_are_refused() {
    check(
        &format!("{THINGS}/isDescriptor"),
        json!("no"),
        &expect![[
            r#"core.json: at $.projectSchema.resourceSchemas.things.isDescriptor: expected true or false, found the text "no". Correct it there"#
        ]],
    );
    check(
        &format!("{THINGS}/identityJsonPaths"),
        json!({}),
        &expect![
            "core.json: at $.projectSchema.resourceSchemas.things.identityJsonPaths: expected an array, found an object with 0 members. Correct it there"
        ],
    );
    check(
        &format!("{THINGS}/documentPathsMapping"),
        json!([1]),
        &expect![
            "core.json: at $.projectSchema.resourceSchemas.things.documentPathsMapping: expected an object, found an array of 1. Correct it there"
        ],
    );
    check(
        &format!("{THINGS}/resourceName"),
        json!(""),
        &expect![[
            r#"core.json: at $.projectSchema.resourceSchemas.things.resourceName: expected a text that is not empty, found the text "". Correct it there"#
        ]],
    );
    check(
        &format!("{THINGS}/resourceName"),
        Value::Null,
        &expect![[
            r#"core.json: at $.projectSchema.resourceSchemas.things: "resourceName" is missing. Add "resourceName", or check that the file is an ApiSchema of the DMS"#
        ]],
    );
}

#[test]
fn paths_that_cannot_be_followed_are_refused() {
    check(
        &format!("{THINGS}/identityJsonPaths"),
        json!(["$.a[0].b"]),
        &expect![[
            r#"core.json: at $.projectSchema.resourceSchemas.things.identityJsonPaths[0]: the path "$.a[0].b" has "[0].b" where ".name" or "[*]" must stand. Paths look like $.addresses[*].city"#
        ]],
    );
    check(
        &format!("{THINGS}/securableElements/Namespace"),
        json!(["$"]),
        &expect![[
            r#"core.json: at $.projectSchema.resourceSchemas.things.securableElements.Namespace[0]: the path "$" selects the whole document. Paths look like $.addresses[*].city"#
        ]],
    );
}

#[test]
fn names_that_no_url_or_file_name_can_hold_are_refused() {
    check(
        "/projectSchema/projectEndpointName",
        json!("../up"),
        &expect![[
            r#"core.json: at $.projectSchema.projectEndpointName: "../up" cannot stand in a URL as it is. Use letters, digits, "-" and "_""#
        ]],
    );
}

#[test]
fn schemas_that_contradict_themselves_are_refused() {
    check(
        &format!("{THINGS}/identityJsonPaths"),
        json!([]),
        &expect![
            "core.json: at $.projectSchema.resourceSchemas.things.identityJsonPaths: a resource without identity. List the paths of its identity; only descriptors and resource extensions have none"
        ],
    );
    check(
        &format!("{THINGS}/resourceName"),
        json!("School"),
        &expect![[
            r#"core.json: at $.projectSchema.resourceSchemas.things: the resourceName "School" also stands at "schools". A project has one resource of a name: remove or rename one of them"#
        ]],
    );
    check(
        &format!("{THINGS}/documentPathsMapping/Other/referenceJsonPaths"),
        json!([]),
        &expect![
            "core.json: at $.projectSchema.resourceSchemas.things.documentPathsMapping.Other.referenceJsonPaths: a reference without parts. List the pairs of paths of the reference's identity"
        ],
    );
    check(
        "/projectSchema/caseInsensitiveEndpointNameMapping/things",
        Value::Null,
        &expect![[
            r#"core.json: at $.projectSchema.caseInsensitiveEndpointNameMapping: the endpoint "things" of resourceSchemas is missing, so no document could reach it. Add it, or mark the resource with isResourceExtension if it extends one of the core project"#
        ]],
    );
    check(
        "/projectSchema/caseInsensitiveEndpointNameMapping/nothings",
        json!("nothings"),
        &expect![[
            r#"core.json: at $.projectSchema.caseInsensitiveEndpointNameMapping.nothings: there is no resource "nothings" in resourceSchemas. Add the resource, or remove the endpoint"#
        ]],
    );
    check(
        "/projectSchema/caseInsensitiveEndpointNameMapping/stuff",
        json!("things"),
        &expect![[
            r#"core.json: at $.projectSchema.caseInsensitiveEndpointNameMapping.stuff: "things" stands under "stuff". An endpoint stands under its own name in lower case"#
        ]],
    );
    check(
        "/projectSchema/resourceSchemas/schools/subclassType",
        json!("kind"),
        &expect![[
            r#"core.json: at $.projectSchema.resourceSchemas.schools.subclassType: the subclassType "kind" is unknown. Known are "association" and "domainEntity""#
        ]],
    );
    check(
        "/projectSchema/resourceSchemas/schools/superclassIdentityJsonPath",
        Value::Null,
        &expect![[
            r#"core.json: at $.projectSchema.resourceSchemas.schools: "superclassIdentityJsonPath" is missing. Add "superclassIdentityJsonPath", or check that the file is an ApiSchema of the DMS"#
        ]],
    );
}

/// Schemas that are fine, each for itself.
fn check_together(schemas: &[(&str, Value)], expected: &Expect) {
    let schemas: Vec<ApiSchema> = schemas.iter().map(|(name, schema)| schema::parse(name, schema)).collect();
    expected.assert_eq(&compile(&schemas).expect_err("schemas that are refused together").to_string());
}

#[test]
fn schemas_that_contradict_each_other_are_refused() {
    check_together(
        &[],
        &expect![
            "(no file): at $.projectSchema.isExtensionProject: none of the schemas is a core project. Give the ApiSchema of the core project too"
        ],
    );
    check_together(
        &[("more.json", schema::extension())],
        &expect![
            "more.json: at $.projectSchema.isExtensionProject: none of the schemas is a core project. Give the ApiSchema of the core project too"
        ],
    );
    check_together(
        &[("core.json", schema::core()), ("core2.json", schema::core())],
        &expect![
            "core2.json: at $.projectSchema.isExtensionProject: this is a core project, and so is core.json. Give one core project and its extensions"
        ],
    );
    let (mut twin, mut stranger, mut own) = (schema::extension(), schema::extension(), schema::core());
    twin["projectSchema"]["projectEndpointName"] = "CORE".into();
    check_together(
        &[("core.json", schema::core()), ("twin.json", twin)],
        &expect![[
            r#"twin.json: at $.projectSchema.projectEndpointName: "CORE" is also the endpoint of core.json. Give each project once"#
        ]],
    );
    stranger["projectSchema"]["resourceSchemas"]["things"]["resourceName"] = "Stranger".into();
    check_together(
        &[("core.json", schema::core()), ("more.json", stranger)],
        &expect![[
            r#"more.json: at $.projectSchema.resourceSchemas.things: it extends the resource "Stranger", which core.json does not have. Give the version of the core project that the extension was made for"#
        ]],
    );
    own["projectSchema"]["resourceSchemas"]["things"]["isResourceExtension"] = true.into();
    check_together(
        &[("core.json", own)],
        &expect![
            "core.json: at $.projectSchema.resourceSchemas.things: a core project has a resource that extends another. Only extension projects extend resources"
        ],
    );
}

#[test]
fn paths_that_would_fill_the_tables_are_refused() {
    let mapping = format!("{THINGS}/documentPathsMapping");
    let scalars = |paths: Vec<String>| -> Value {
        let entry = |(n, path): (usize, String)| (format!("P{n}"), json!({ "isReference": false, "path": path }));
        Value::Object(paths.into_iter().enumerate().map(entry).collect())
    };
    let mut many = schema::core();
    set(&mut many, &mapping, scalars((0..20_000).map(|n| format!("$.p{n}")).collect()));
    check_together(
        &[("core.json", many)],
        &expect![
            "core.json: at $.projectSchema.resourceSchemas.things.documentPathsMapping: the resource has 20008 paths. No more than 16,384 are supported"
        ],
    );
    let mut entangled = schema::core();
    let path = |n: usize| format!("$.x{}.a{}", "[*]".repeat(n), "[*]".repeat(30 - n));
    set(&mut entangled, &mapping, scalars((0..30).map(path).collect()));
    check_together(
        &[("core.json", entangled)],
        &expect![
            "core.json: at $.projectSchema.resourceSchemas.things.documentPathsMapping: paths with names and [*] at one position combine in too many ways. Use names or [*] at one position in documents, not both"
        ],
    );
}

#[test]
fn paths_deeper_than_steps_are_counted_are_refused() {
    let mut schema = schema::core();
    let path = format!("${}[*]", ".a".repeat(32));
    set(&mut schema, &format!("{THINGS}/documentPathsMapping/Top/path"), json!(path));
    check_together(
        &[("core.json", schema)],
        &expect![
            "core.json: at $.projectSchema.resourceSchemas.things.documentPathsMapping: the path $.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a[*] has a [*] beyond its 32nd part. Paths of that length are not supported"
        ],
    );
}
