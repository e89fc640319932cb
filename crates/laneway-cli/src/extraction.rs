//! What a document says about itself, as JSON: the object that `laneway extract` prints.

use laneway_model::{DescriptorReference, DocumentReference, Extraction, Outcome, ReferentialId, ResourceName, Value};
use serde_json::{Map, Value as Json, json};

/// The extraction as an object; the names and shapes are those of the recorded cases that others test against.
pub(crate) fn describe(extraction: &Extraction) -> Json {
    let resource = &extraction.resource;
    let Json::Object(mut object) = named(&resource.name, extraction.identity(), extraction.referential_id) else {
        return Json::Null;
    };
    object.insert("partitionKey".to_owned(), extraction.referential_id.partition().get().into());
    object.insert("superclass".to_owned(), superclass(extraction));
    object.insert("documentReferences".to_owned(), document_references(extraction));
    object.insert("descriptorReferences".to_owned(), descriptor_references(extraction));
    object.insert("securityElements".to_owned(), security_elements(extraction));
    object.insert("educationOrganizationHierarchy".to_owned(), hierarchy(extraction));
    Json::Object(object)
}

/// Why a document says nothing.
pub(crate) fn describe_refusal(outcome: &Outcome) -> Json {
    let (code, message) = match outcome {
        Outcome::InvalidDocument { code, message } | Outcome::UnknownResource { code, message } => {
            (&**code, &**message)
        }
        Outcome::PluginFailed { message } => ("plugin-failed", &**message),
        Outcome::TooLarge { .. } => ("too-large", "the document is over the size limit"),
        other => (other.kind().as_str(), "the document cannot be extracted"),
    };
    refusal(code, message)
}

/// An error as `laneway extract` prints it.
pub(crate) fn refusal(code: &str, message: &str) -> Json {
    json!({"error": {"code": code, "message": message}})
}

fn named<'a>(name: &ResourceName, identity: impl Iterator<Item = (&'a str, &'a str)>, id: ReferentialId) -> Json {
    let identity: Vec<Json> = identity.map(|(path, value)| json!([path, value])).collect();
    json!({
        "projectName": &*name.project_name,
        "resourceName": &*name.resource_name,
        "identity": identity,
        "referentialId": id.to_string(),
    })
}

fn superclass(extraction: &Extraction) -> Json {
    match (&extraction.resource.superclass, extraction.superclass_referential_id) {
        (Some(superclass), Some(id)) => named(&superclass.name, extraction.superclass_identity(), id),
        _ => Json::Null,
    }
}

fn document_references(extraction: &Extraction) -> Json {
    let describe = |reference: &DocumentReference| {
        let list = &extraction.resource.reference_lists[usize::from(reference.list)];
        let values = extraction.reference_values(reference).iter().map(|value| extraction.text(*value));
        named(&list.target, list.parts.iter().map(|part| &*part.path).zip(values), reference.id)
    };
    extraction.references.iter().map(describe).collect()
}

fn descriptor_references(extraction: &Extraction) -> Json {
    let describe = |reference: &DescriptorReference| {
        let list = &extraction.resource.descriptor_lists[usize::from(reference.list)];
        let identity = std::iter::once(("$.descriptor", extraction.text(reference.uri)));
        let mut object = named(&list.target, identity, reference.id);
        object["path"] = extraction.descriptor_path(reference).into();
        object
    };
    extraction.descriptors.iter().map(describe).collect()
}

fn security_elements(extraction: &Extraction) -> Json {
    let security = &extraction.security;
    let texts = |values: &[Value]| -> Json { values.iter().map(|value| extraction.text(*value)).collect() };
    let organizations: Vec<Json> = security
        .education_organizations
        .iter()
        .map(|organization| {
            let name = &*extraction.resource.property_names[usize::from(organization.property)];
            json!({"propertyName": name, "id": organization.id})
        })
        .collect();
    let mut object = Map::new();
    object.insert("namespace".to_owned(), texts(&security.namespaces));
    object.insert("educationOrganization".to_owned(), organizations.into());
    object.insert("student".to_owned(), texts(&security.students));
    object.insert("contact".to_owned(), texts(&security.contacts));
    object.insert("staff".to_owned(), texts(&security.staff));
    Json::Object(object)
}

fn hierarchy(extraction: &Extraction) -> Json {
    match extraction.hierarchy {
        Some(place) => json!({"isIn": true, "id": place.id, "parentId": place.parent_id}),
        None => json!({"isIn": false, "id": 0, "parentId": null}),
    }
}
