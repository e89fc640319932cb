//! The JSON form of an extraction, the only one: for people, for hosts, and for comparison with recorded cases. Not on
//! the way of an operation.

use serde_json::{Value as Json, json};

use crate::{Extraction, Hierarchy, ReferentialId, ResourceName};

/// The extraction as one JSON object, in the form and order in which the DMS's own was recorded.
#[must_use]
pub fn describe_extraction(extraction: &Extraction) -> Json {
    let resource = &*extraction.resource;
    let superclass = resource.superclass.as_ref().zip(extraction.superclass_referential_id);
    json!({
        "projectName": resource.name.project_name,
        "resourceName": resource.name.resource_name,
        "identity": pairs(extraction.identity()),
        "referentialId": extraction.referential_id.to_string(),
        "partitionKey": extraction.referential_id.partition().get(),
        "superclass": superclass.map(|(superclass, id)| {
            named(&superclass.name, pairs(extraction.superclass_identity()), id)
        }),
        "documentReferences": document_references(extraction),
        "descriptorReferences": descriptor_references(extraction),
        "securityElements": security_elements(extraction),
        "educationOrganizationHierarchy": hierarchy(extraction),
    })
}

fn pairs<'a>(identity: impl Iterator<Item = (&'a str, &'a str)>) -> Json {
    identity.map(|(path, value)| json!([path, value])).collect()
}

fn named(name: &ResourceName, identity: Json, id: ReferentialId) -> Json {
    json!({
        "projectName": name.project_name,
        "resourceName": name.resource_name,
        "identity": identity,
        "referentialId": id.to_string(),
    })
}

fn document_references(extraction: &Extraction) -> Json {
    let references = extraction.references.iter().map(|reference| {
        let list = &extraction.resource.reference_lists[usize::from(reference.list)];
        let values = extraction.reference_values(reference);
        let identity = list.parts.iter().zip(values).map(|(part, value)| (&*part.path, extraction.text(*value)));
        named(&list.target, pairs(identity), reference.id)
    });
    references.collect()
}

fn descriptor_references(extraction: &Extraction) -> Json {
    let references = extraction.descriptors.iter().map(|descriptor| {
        let list = &extraction.resource.descriptor_lists[usize::from(descriptor.list)];
        let identity = std::iter::once(("$.descriptor", extraction.text(descriptor.uri)));
        let mut json = named(&list.target, pairs(identity), descriptor.id);
        json["path"] = extraction.descriptor_path(descriptor).into();
        json
    });
    references.collect()
}

fn security_elements(extraction: &Extraction) -> Json {
    let security = &extraction.security;
    let texts = |values: &[crate::Value]| values.iter().map(|value| extraction.text(*value)).collect::<Json>();
    let organizations = security.education_organizations.iter().map(|organization| {
        let name = &extraction.resource.property_names[usize::from(organization.property)];
        json!({ "propertyName": name, "id": organization.id })
    });
    json!({
        "namespace": texts(&security.namespaces),
        "educationOrganization": organizations.collect::<Json>(),
        "student": texts(&security.students),
        "contact": texts(&security.contacts),
        "staff": texts(&security.staff),
    })
}

fn hierarchy(extraction: &Extraction) -> Json {
    match extraction.hierarchy {
        Some(Hierarchy { id, parent_id }) => json!({ "isIn": true, "id": id, "parentId": parent_id }),
        None => json!({ "isIn": false, "id": 0, "parentId": null }),
    }
}
