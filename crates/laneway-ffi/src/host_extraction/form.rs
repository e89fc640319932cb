//! The form of an extraction as a host writes it: which fields there are. An unknown one is refused.

use std::borrow::Cow;

use laneway_model::{ResourceName, TokenKind};
use serde::Deserialize;
use serde_json::value::RawValue;

/// An element of an identity: its path, and its value as a text or in the document's own letters. Raw, because a
/// ReferentialId is a hash of those: `1.0` and `1` are two identities.
#[derive(Deserialize)]
pub(super) struct Pair<'a>(#[serde(borrow)] pub(super) Cow<'a, str>, #[serde(borrow)] pub(super) &'a RawValue);

// Unknown fields are refused throughout: a misspelt optional one would otherwise count as missing, in silence.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Form<'a> {
    #[serde(borrow)]
    pub(super) project_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) resource_name: Cow<'a, str>,
    /// The version of the resource's schema.
    #[serde(borrow)]
    pub(super) version: Cow<'a, str>,
    pub(super) is_descriptor: bool,
    #[serde(borrow)]
    pub(super) identity: Vec<Pair<'a>>,
    #[serde(borrow)]
    pub(super) referential_id: Option<Cow<'a, str>>,
    /// Taken and not read, so that what `laneway extract` prints can be handed over as it is; it follows from the
    /// identity.
    #[serde(rename = "partitionKey")]
    _partition_key: Option<u8>,
    #[serde(borrow)]
    pub(super) superclass: Option<Named<'a>>,
    #[serde(borrow)]
    pub(super) document_references: Vec<Named<'a>>,
    #[serde(borrow)]
    pub(super) descriptor_references: Vec<Named<'a>>,
    /// Which security elements documents of the resource can have.
    #[serde(borrow)]
    pub(super) securable_keys: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) security_elements: Security<'a>,
    pub(super) education_organization_hierarchy: Hierarchy,
}

/// An identity under a resource's name.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    project_name: Cow<'a, str>,
    #[serde(borrow)]
    resource_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) identity: Vec<Pair<'a>>,
    #[serde(borrow)]
    pub(super) referential_id: Option<Cow<'a, str>>,
    /// Its path in the document.
    #[serde(borrow)]
    pub(super) path: Option<Cow<'a, str>>,
}

impl Named<'_> {
    pub(super) fn name(&self) -> ResourceName {
        ResourceName::new(&*self.project_name, &*self.resource_name)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Security<'a> {
    #[serde(borrow)]
    pub(super) namespace: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) education_organization: Vec<Organization<'a>>,
    #[serde(borrow)]
    pub(super) student: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) contact: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) staff: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Organization<'a> {
    #[serde(borrow)]
    pub(super) property_name: Cow<'a, str>,
    pub(super) id: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Hierarchy {
    pub(super) is_in: bool,
    pub(super) id: i64,
    pub(super) parent_id: Option<i64>,
}

/// Refuses what is not the path of one value: `[*]` stands for many.
pub(super) fn check_path(what: &str, path: &str) -> Result<(), String> {
    let is_path = path.starts_with("$.") && path.len() > 2 && !path.contains("[*]");
    if is_path { Ok(()) } else { Err(format!("{what}: `{path}` is not the path of one value, such as $.schoolId")) }
}

/// A value's text, as the document has it; `None` for what is no value.
pub(super) fn token(raw: &RawValue) -> Option<(Cow<'_, str>, TokenKind)> {
    match raw.get().as_bytes().first()? {
        b'"' => serde_json::from_str(raw.get()).ok().map(|text: String| (Cow::Owned(text), TokenKind::String)),
        b'-' | b'0'..=b'9' => Some((Cow::Borrowed(raw.get()), TokenKind::Number)),
        b't' | b'f' => Some((Cow::Borrowed(raw.get()), TokenKind::Boolean)),
        _ => None,
    }
}
