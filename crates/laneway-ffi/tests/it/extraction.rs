//! Extractions as a host hands them over: those of plugins, for comparison, and of made-up resources.

use laneway_model::{Extraction, describe_extraction};
use serde_json::{Value, json};

/// A plugin's extraction, as a host would hand it over.
pub(crate) fn as_from_host(extraction: &Extraction) -> Value {
    let resource = &*extraction.resource;
    let mut form = describe_extraction(extraction);
    form["version"] = json!(resource.version);
    form["isDescriptor"] = json!(resource.is_descriptor);
    let keys = &resource.securable;
    let keys = [
        ("Namespace", keys.namespace),
        ("EducationOrganization", keys.education_organization),
        ("Student", keys.student),
        ("Contact", keys.contact),
        ("Staff", keys.staff),
    ];
    form["securableKeys"] = keys.iter().filter(|(_, has)| *has).map(|(key, _)| *key).collect();
    for (reference, form) in extraction.references.iter().zip(form["documentReferences"].as_array_mut().unwrap()) {
        let location = &resource.reference_lists[usize::from(reference.list)].parts[0].location;
        let (object, _) = location.rsplit_once('.').unwrap();
        form["path"] = object.replace("[*]", "[0]").into();
    }
    form
}

/// The extraction of a document whose identity is a number and that refers to others of its kind.
pub(crate) fn thing(id: u32, refers_to: &[u32]) -> Value {
    let identity = |id: u32| json!([["$.thingId", id.to_string()]]);
    let references = refers_to.iter().map(|id| {
        json!({"projectName": "Made-Up", "resourceName": "Thing", "identity": identity(*id), "path": "$.thingReference"})
    });
    json!({
        "projectName": "Made-Up",
        "resourceName": "Thing",
        "version": "1.0.0",
        "isDescriptor": false,
        "identity": identity(id),
        "documentReferences": references.collect::<Value>(),
        "descriptorReferences": [],
        "securableKeys": [],
        "securityElements": {"namespace": [], "educationOrganization": [], "student": [], "contact": [], "staff": []},
        "educationOrganizationHierarchy": {"isIn": false, "id": 0, "parentId": null},
    })
}
