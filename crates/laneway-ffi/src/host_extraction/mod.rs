//! The extraction that a host hands over instead of a plugin's, checked. A JSON text in the form that `laneway extract`
//! prints, and not a tree of structs: pointers to pointers would have to be pinned, filled and kept in step by every
//! binding, where one writer call does it for a text; and a host's extraction can be compared with a plugin's.
//! ReferentialIds are always computed; those that the host carries must agree. Knows no resource but the document's
//! own.

mod form;
mod texts;

use std::borrow::Cow;
use std::sync::Arc;

use laneway_model::{
    Association, AssociationKind, DescriptorList, DescriptorReference, DocumentReference, Extraction, Hierarchy,
    Outcome, ReferenceList, ReferencePart, ReferentialId, Resource, ResourceName, SecurableKeys, Superclass, TokenKind,
};

use crate::body::read_etag;
use form::{Form, Named, Pair};
use texts::Texts;

/// The most references, descriptors and education organizations, each: what 16-bit indexes number.
const ENTRIES_MAX: usize = u16::MAX as usize;
/// The longest extraction: offsets into its texts have 32 bits, and lower case can take half as much again.
const BYTES_MAX: usize = 64 << 20;
/// The parent's id where the host names none, as plugins have it; it is looked up like any other.
const NO_PARENT: i64 = 0;
/// The path of a descriptor's identity.
const DESCRIPTOR_PATH: &str = "$.descriptor";

/// Why there is no extraction.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The host's text is not an extraction.
    Extraction(String),
    /// The document cannot be stored, whoever extracts.
    Document(Outcome),
}

impl From<String> for ReadError {
    fn from(what: String) -> Self {
        Self::Extraction(what)
    }
}

/// Reads `text` as the extraction of `document`, a document of `project_endpoint` and `endpoint`.
pub(crate) fn read(
    text: &str,
    project_endpoint: &str,
    endpoint: &str,
    document: &[u8],
) -> Result<Extraction, ReadError> {
    if text.len() > BYTES_MAX {
        return Err(format!("it has {} bytes, the limit is {BYTES_MAX}", text.len()).into());
    }
    let form: Form<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    check_counts(&form)?;
    let etag = read_etag(document).map_err(ReadError::Document)?;
    let mut texts = Texts::default();
    let name = ResourceName::new(&*form.project_name, &*form.resource_name);
    let own = texts.identity("identity", &form.identity, form.is_descriptor)?;
    let referential_id = texts.id("identity", &name, &form.identity, &own)?;
    agrees("identity", form.referential_id.as_deref(), referential_id)?;
    let superclass = form.superclass.as_ref().map(|named| superclass(&texts, named)).transpose()?;
    let (reference_lists, references) = references(&mut texts, &name, &form.document_references)?;
    let (descriptor_lists, descriptors) = descriptors(&mut texts, &form.descriptor_references)?;
    let (property_names, security) = texts.security(&form.security_elements);
    let hierarchy = &form.education_organization_hierarchy;
    let parent_id = hierarchy.parent_id.unwrap_or(NO_PARENT);
    let etag = etag.map(|etag| texts.push(&etag, TokenKind::String));
    let superclass_referential_id = superclass.as_ref().map(|(_, id)| *id);
    let resource = Resource {
        association: Association::of(&name, &reference_lists),
        name,
        project_endpoint: project_endpoint.into(),
        endpoint: endpoint.into(),
        version: form.version.as_ref().into(),
        is_descriptor: form.is_descriptor,
        in_hierarchy: hierarchy.is_in,
        superclass: superclass.map(|(superclass, _)| superclass),
        identity_paths: form.identity.iter().map(|Pair(path, _)| path.as_ref().into()).collect(),
        reference_lists,
        descriptor_lists,
        property_names,
        securable: securable(&form.securable_keys)?,
    };
    Ok(Extraction {
        resource: Arc::new(resource),
        referential_id,
        superclass_referential_id,
        arena: texts.arena,
        values: texts.values,
        // A host's paths have their positions filled in already.
        steps: Vec::new(),
        references,
        descriptors,
        security,
        hierarchy: hierarchy.is_in.then_some(Hierarchy { id: hierarchy.id, parent_id }),
        etag,
    })
}

fn check_counts(form: &Form<'_>) -> Result<(), String> {
    let counts = [
        ("documentReferences", form.document_references.len()),
        ("descriptorReferences", form.descriptor_references.len()),
        ("educationOrganization", form.security_elements.education_organization.len()),
    ];
    match counts.into_iter().find(|(_, count)| *count > ENTRIES_MAX) {
        Some((what, count)) => Err(format!("{what} has {count} entries, the limit is {ENTRIES_MAX}")),
        None => Ok(()),
    }
}

/// An id that the host carries must be the one that was computed.
fn agrees(what: &str, hosts: Option<&str>, id: ReferentialId) -> Result<(), String> {
    match hosts {
        // Without case: UUIDs are written in both.
        Some(hosts) if !hosts.eq_ignore_ascii_case(&id.to_string()) => {
            Err(format!("{what}: referentialId is {hosts}, and by the identity it is {id}"))
        }
        _ => Ok(()),
    }
}

fn securable(keys: &[Cow<'_, str>]) -> Result<SecurableKeys, String> {
    let mut securable = SecurableKeys::default();
    for key in keys {
        let has = match &**key {
            "Namespace" => &mut securable.namespace,
            "EducationOrganization" => &mut securable.education_organization,
            "Student" => &mut securable.student,
            "Contact" => &mut securable.contact,
            "Staff" => &mut securable.staff,
            other => return Err(format!("securableKeys: `{other}` is not one")),
        };
        *has = true;
    }
    Ok(securable)
}

/// A superclass, whose identity has the document's values, from the first on.
fn superclass(texts: &Texts, named: &Named<'_>) -> Result<(Superclass, ReferentialId), String> {
    let what = "superclass";
    let name = named.name();
    let own = &texts.values;
    // Compared as texts: `1` and `"1"` give the same id. A plugin builds both identities of the same values.
    let is_own = |(Pair(_, raw), value): (&Pair<'_>, &laneway_model::Value)| {
        form::token(raw).is_some_and(|(text, _)| text == texts.text(*value))
    };
    let count = named.identity.len();
    if count == 0 || count > own.len() || !named.identity.iter().zip(own).all(is_own) {
        return Err(format!("{what}: its identity has other values than the document's, from the first on"));
    }
    for Pair(path, _) in &named.identity {
        form::check_path(what, path)?;
    }
    let id = texts.id(what, &name, &named.identity, &(0..count as u32))?;
    agrees(what, named.referential_id.as_deref(), id)?;
    let identity_paths = named.identity.iter().map(|Pair(path, _)| path.as_ref().into()).collect();
    Ok((Superclass { name, identity_paths }, id))
}

fn references(
    texts: &mut Texts,
    of: &ResourceName,
    named: &[Named<'_>],
) -> Result<(Vec<ReferenceList>, Vec<DocumentReference>), String> {
    let what = "documentReferences";
    let is_association = AssociationKind::of(&of.project_name, &of.resource_name).is_some();
    let mut lists: Vec<ReferenceList> = Vec::new();
    let mut references = Vec::with_capacity(named.len());
    for named in named {
        if is_association && named.path.is_none() {
            return Err(format!("{what}: a path is missing; the sides of an association differ by it"));
        }
        let values = texts.identity(what, &named.identity, false)?;
        let list = reference_list(named)?;
        let id = texts.id(what, &list.target, &named.identity, &values)?;
        agrees(what, named.referential_id.as_deref(), id)?;
        references.push(DocumentReference { id, list: texts::index_of(&mut lists, list), values });
    }
    Ok((lists, references))
}

/// The list of a reference: its target, and the locations of its parts, by the names that they have in the target.
fn reference_list(named: &Named<'_>) -> Result<ReferenceList, String> {
    let object = named.path.as_deref().unwrap_or_default();
    if !object.is_empty() {
        form::check_path("documentReferences", object)?;
    }
    let parts = named.identity.iter().map(|Pair(path, _)| {
        // The DMS names a member of a reference as the last step of the identity's path.
        let member = path.rsplit('.').next().unwrap_or_default();
        ReferencePart { path: path.as_ref().into(), location: format!("{object}.{member}").into() }
    });
    Ok(ReferenceList { target: named.name(), parts: parts.collect() })
}

fn descriptors(
    texts: &mut Texts,
    named: &[Named<'_>],
) -> Result<(Vec<DescriptorList>, Vec<DescriptorReference>), String> {
    let what = "descriptorReferences";
    let mut lists: Vec<DescriptorList> = Vec::new();
    let mut descriptors = Vec::with_capacity(named.len());
    for named in named {
        let uri = match &*named.identity {
            [Pair(path, raw)] if path == DESCRIPTOR_PATH => form::token(raw),
            _ => None,
        };
        let Some((uri, TokenKind::String)) = uri else {
            return Err(format!("{what}: an identity is not one text under {DESCRIPTOR_PATH}"));
        };
        let location = named.path.as_deref().ok_or_else(|| format!("{what}: a path is missing"))?;
        form::check_path(what, location)?;
        let target = named.name();
        let uri = texts.push_lowered(&uri);
        let id = ReferentialId::of(&target.project_name, &target.resource_name, [(DESCRIPTOR_PATH, texts.text(uri))]);
        agrees(what, named.referential_id.as_deref(), id)?;
        let list = texts::index_of(&mut lists, DescriptorList { target, location: location.into() });
        descriptors.push(DescriptorReference { id, list, uri, steps: 0..0 });
    }
    Ok((lists, descriptors))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn organization(parent_id: &Value) -> Value {
        json!({
            "projectName": "Ed-Fi", "resourceName": "School", "version": "5.2.0", "isDescriptor": false,
            "identity": [["$.schoolId", 1]],
            "documentReferences": [], "descriptorReferences": [], "securableKeys": [],
            "securityElements": {"namespace": [], "educationOrganization": [], "student": [], "contact": [], "staff": []},
            "educationOrganizationHierarchy": {"isIn": true, "id": 1, "parentId": parent_id},
        })
    }

    fn parent_id(form: &Value) -> i64 {
        read(&form.to_string(), "ed-fi", "schools", b"{}").unwrap().hierarchy.unwrap().parent_id
    }

    #[test]
    fn a_parent_id_that_is_null_or_missing_is_zero() {
        assert_eq!(parent_id(&organization(&json!(7))), 7);
        assert_eq!(parent_id(&organization(&Value::Null)), 0);
        let mut missing = organization(&Value::Null);
        missing["educationOrganizationHierarchy"].as_object_mut().unwrap().remove("parentId");
        assert_eq!(parent_id(&missing), 0);
    }
}
