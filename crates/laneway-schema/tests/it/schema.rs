//! Small ApiSchemas, made for these tests.

use laneway_schema::ApiSchema;
use serde_json::{Value, json};

/// A core project with one resource of each kind, and paths that meet.
pub(crate) fn core() -> Value {
    json!({
        "apiSchemaVersion": "1.0.0",
        "projectSchema": {
            "projectName": "Core",
            "projectEndpointName": "core",
            "projectVersion": "5.2.0",
            "isExtensionProject": false,
            "educationOrganizationTypes": ["School"],
            "educationOrganizationHierarchy": { "School": { "Agency": "$.agencyReference.agencyId" } },
            "caseInsensitiveEndpointNameMapping":
                { "schools": "schools", "things": "things", "kinddescriptors": "kindDescriptors" },
            "resourceSchemas": {
                "schools": {
                    "resourceName": "School", "isDescriptor": false, "isSubclass": true,
                    "subclassType": "domainEntity", "superclassProjectName": "Core",
                    "superclassResourceName": "Organization", "superclassIdentityJsonPath": "$.organizationId",
                    "identityJsonPaths": ["$.schoolId"],
                    "documentPathsMapping": {
                        "SchoolId": { "isReference": false, "path": "$.schoolId" },
                        "Agency": reference("Agency", &[("$.agencyId", "$.agencyReference.agencyId")]),
                    },
                    "securableElements": {
                        "Namespace": [], "Student": [], "Contact": [], "Staff": [],
                        "EducationOrganization": [{ "metaEdName": "SchoolId", "jsonPath": "$.schoolId" }],
                    },
                },
                "things": {
                    "resourceName": "Thing", "isDescriptor": false,
                    "identityJsonPaths": ["$.id1", "$.ref.id2"],
                    "documentPathsMapping": {
                        "Other": reference("Other", &[("$.a", "$.list[*].ref.a"), ("$.b", "$.list[*].ref.b")]),
                        "Kind": descriptor("$.list[*].kinds[*].kindDescriptor"),
                        "Top": descriptor("$.kindDescriptor"),
                        "Any": descriptor("$.any[*]"),
                        "One": descriptor("$.any.one"),
                        "Id1": { "isReference": false, "path": "$.id1" },
                        "Other2": reference("Other", &[("$.a", "$.ref.id2"), ("$.b", "$.ref.id2")]),
                    },
                    "securableElements": { "Namespace": ["$.spaces[*]", "$.id1"], "Student": ["$.ref.id2"] },
                },
                "kindDescriptors": {
                    "resourceName": "KindDescriptor", "isDescriptor": true, "identityJsonPaths": [],
                    "documentPathsMapping": {}, "securableElements": { "Namespace": ["$.namespace"] },
                },
            },
        },
    })
}

/// An extension that adds to the things and has a resource of its own.
pub(crate) fn extension() -> Value {
    json!({
        "apiSchemaVersion": "1.0.0",
        "projectSchema": {
            "projectName": "More", "projectEndpointName": "more", "projectVersion": "1.1.0",
            "isExtensionProject": true,
            "caseInsensitiveEndpointNameMapping": { "gadgets": "gadgets" },
            "resourceSchemas": {
                "things": {
                    "resourceName": "Thing", "isDescriptor": false, "isResourceExtension": true,
                    "identityJsonPaths": [],
                    "documentPathsMapping": {
                        "Top": descriptor("$._ext.more.thatIsNotTaken"),
                        "Extra": descriptor("$._ext.more.extraDescriptor"),
                    },
                    "securableElements": { "Namespace": ["$._ext.more.notTakenEither"] },
                },
                "gadgets": {
                    "resourceName": "Gadget", "isDescriptor": false, "identityJsonPaths": ["$.gadgetId"],
                    "documentPathsMapping": {},
                },
            },
        },
    })
}

fn reference(target: &str, pairs: &[(&str, &str)]) -> Value {
    let pair =
        |(identity, reference): &(&str, &str)| json!({ "identityJsonPath": identity, "referenceJsonPath": reference });
    let pairs: Vec<Value> = pairs.iter().map(pair).collect();
    json!({
        "isReference": true, "isDescriptor": false, "projectName": "Core", "resourceName": target,
        "referenceJsonPaths": pairs,
    })
}

fn descriptor(path: &str) -> Value {
    json!({
        "isReference": true, "isDescriptor": true, "projectName": "Core", "resourceName": "KindDescriptor", "path": path,
    })
}

pub(crate) fn parse(name: &str, schema: &Value) -> ApiSchema {
    ApiSchema::parse(name, schema.to_string().as_bytes()).expect("an ApiSchema")
}
