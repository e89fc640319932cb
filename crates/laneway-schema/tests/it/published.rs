//! Schemas as they are published, by several versions of the DMS: what is not known is passed over, what is not used may
//! be missing.

use laneway_schema::{Plugin, compile};
use serde_json::{Value, json};

use crate::schema;

fn compiled(core: &Value, extension: &Value) -> Vec<Plugin> {
    compile(&[schema::parse("core.json", core), schema::parse("more.json", extension)]).expect("schemas that fit")
}

/// Calls `change` with each resource of a project, and whether it extends another.
fn each_resource(schema: &mut Value, mut change: impl FnMut(&mut Value, bool)) {
    for resource in schema["projectSchema"]["resourceSchemas"].as_object_mut().unwrap().values_mut() {
        let is_extension = resource["isResourceExtension"] == true;
        change(resource, is_extension);
    }
}

fn remove(value: &mut Value, name: &str) {
    value.as_object_mut().unwrap().remove(name).expect("a member to remove");
}

#[test]
fn an_extension_without_identity_compiles_as_with_an_empty_one() {
    let (core, with) = (schema::core(), schema::extension());
    let mut without = with.clone();
    remove(&mut without["projectSchema"]["resourceSchemas"]["things"], "identityJsonPaths");
    assert_eq!(compiled(&core, &without), compiled(&core, &with));
}

#[test]
fn what_is_not_used_may_be_missing() {
    let (mut core, extension) = (schema::core(), schema::extension());
    let expected = compiled(&core, &extension);
    remove(&mut core["projectSchema"]["resourceSchemas"]["kindDescriptors"], "identityJsonPaths");
    assert_eq!(compiled(&core, &extension), expected, "descriptors have an identity of their own");
    // As in small schemas of the DMS's own tests.
    for unused in ["caseInsensitiveEndpointNameMapping", "isExtensionProject"] {
        remove(&mut core["projectSchema"], unused);
    }
    assert_eq!(compiled(&core, &extension), expected);

    let mut only_extends = extension;
    remove(&mut only_extends["projectSchema"]["resourceSchemas"], "gadgets");
    only_extends["projectSchema"]["caseInsensitiveEndpointNameMapping"] = json!({});
    let expected = compiled(&core, &only_extends);
    for unused in ["projectVersion", "caseInsensitiveEndpointNameMapping"] {
        remove(&mut only_extends["projectSchema"], unused);
    }
    remove(&mut only_extends["projectSchema"]["resourceSchemas"]["things"], "securableElements");
    assert_eq!(compiled(&core, &only_extends), expected);
}

#[test]
fn what_is_used_is_asked_for() {
    let mut core = schema::core();
    remove(&mut core["projectSchema"]["resourceSchemas"]["things"], "identityJsonPaths");
    let error = laneway_schema::ApiSchema::parse("core.json", core.to_string().as_bytes()).unwrap_err().to_string();
    assert!(error.contains("at $.projectSchema.resourceSchemas.things: \"identityJsonPaths\" is missing"), "{error}");
}

/// As MetaEd writes it for the DMS's versions: OpenAPI parts and JSON schemas since 0.4, the rest since 8.0.
#[test]
fn sections_of_other_versions_change_nothing() {
    let (mut core, mut extension) = (schema::core(), schema::extension());
    let expected = compiled(&core, &extension);
    for schema in [&mut core, &mut extension] {
        schema["$schema"] = json!("https://example.org/api-schema");
        let project = &mut schema["projectSchema"];
        project["openApiBaseDocuments"] = json!({"resources": {"openapi": "3.0.1", "paths": {}}, "descriptors": {}});
        project["openApiCoreResources"] = json!({"openapi": "3.0.1", "paths": {"/core/things": {"get": {}}}});
        project["abstractResources"] = json!({"Organization": {
            "identityJsonPaths": ["$.organizationId"], "relational": {"rootTableNameOverride": null}}});
        project["compatibleDsRange"] = json!(">=6.0.0");
        project["resourceNameMapping"] = json!({"Thing": "things"});
        each_resource(schema, |resource, is_extension| {
            resource["openApiFragments"] = json!({"resources": {"components": {"schemas": {"x": {"type": "object"}}}}});
            resource["jsonSchemaForInsert"] = json!({"$schema": "https://json-schema.org/draft/2020-12/schema"});
            resource["relational"] = json!({"rootTableNameOverride": "Thing", "nameOverrides": {"$.a": "A"}});
            resource["sensitiveDataJsonPaths"] = json!(["$.secret[?(@.kind == 'x')]"]);
            resource["decimalPropertyValidationInfos"] = json!([]);
            if is_extension {
                resource["commonExtensionOverrides"] = json!([{"insertionLocations": [{"jsonPath": "$.a"}]}]);
            }
            for (_, entry) in resource["documentPathsMapping"].as_object_mut().unwrap() {
                entry["isPartOfIdentity"] = json!(true);
                entry["isRequired"] = json!(false);
                for pair in entry["referenceJsonPaths"].as_array_mut().into_iter().flatten() {
                    pair["type"] = json!("string");
                }
            }
        });
    }
    assert_eq!(compiled(&core, &extension), expected);
}

#[test]
fn the_form_with_all_projects_in_one_file_is_named() {
    let old = json!({"projectNameMapping": {"Core": "core"}, "projectSchemas": {"core": {"resourceSchemas": {}}}});
    let error = laneway_schema::ApiSchema::parse("old.json", old.to_string().as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("old.json: at $.projectSchemas: the file has the form of before 2025"), "{error}");
    assert!(error.contains("one a project"), "{error}");
}
