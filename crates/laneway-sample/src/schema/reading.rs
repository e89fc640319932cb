//! The extraction of a valid document, read by a resource's paths.

use std::collections::BTreeSet;

use laneway_model::{ReferentialId, lower_invariant};

use super::Resource;
use super::path::Path;
use crate::json::{Json, Object, write_text};

/// What extraction finds in a document.
#[derive(Clone, Default, Debug)]
pub(crate) struct Extracted {
    pub(crate) id: Option<ReferentialId>,
    pub(crate) superclass_id: Option<ReferentialId>,
    /// Each once.
    pub(crate) references: BTreeSet<ReferentialId>,
    /// As `jsonb` prints them.
    pub(crate) security: String,
    pub(crate) student: Option<String>,
    pub(crate) contact: Option<String>,
    pub(crate) staff: Option<String>,
    /// Its own id and its parent's, for an education organization.
    pub(crate) organization: Option<(i64, Option<i64>)>,
}

impl Resource {
    /// How many references a document has, one per occurrence.
    pub(crate) fn references_in(&self, body: &Object) -> usize {
        let lists = self.references.iter().filter_map(|list| list.parts.first());
        let lists = lists.map(|(_, location)| location.texts(body).len());
        let descriptors = self.descriptors.iter().map(|list| list.location.texts(body).len());
        lists.chain(descriptors).sum()
    }

    /// Whether documents have a second identity.
    pub(crate) fn has_superclass(&self) -> bool {
        self.superclass.is_some()
    }

    /// The identity of a valid document.
    pub(crate) fn id(&self, body: &Object) -> ReferentialId {
        self.name.id(pairs(&self.identity(body)))
    }

    /// Reads a valid document.
    pub(crate) fn read(&self, body: &Object) -> Extracted {
        let identity = self.identity(body);
        let superclass_id = self.superclass.as_ref().map(|superclass| match &superclass.path {
            Some(path) => superclass.name.id([(&**path, &*identity[0].1)]),
            None => superclass.name.id(pairs(&identity)),
        });
        let persons = |paths: &[Path]| distinct(paths.iter().flat_map(|path| path.texts(body)));
        let (students, contacts, staff) =
            (persons(&self.securable.student), persons(&self.securable.contact), persons(&self.securable.staff));
        let first = |texts: &[String]| texts.first().cloned();
        Extracted {
            id: Some(self.name.id(pairs(&identity))),
            superclass_id,
            references: self.references(body),
            student: first(&students),
            contact: first(&contacts),
            staff: first(&staff),
            security: self.security(body, &students, &contacts, &staff),
            organization: self.parents.as_ref().map(|parents| {
                let parent = parents.iter().find_map(|path| path.texts(body).into_iter().next());
                (number(&identity[0].1), parent.map(|parent| number(&parent)))
            }),
        }
    }

    fn identity(&self, body: &Object) -> Vec<(String, String)> {
        if self.is_descriptor {
            let [namespace, code_value] =
                ["namespace", "codeValue"].map(|name| body.get(name).and_then(Json::text).unwrap_or_default());
            let uri = format!("{}#{}", lower_invariant(namespace), lower_invariant(code_value));
            return vec![("$.descriptor".to_owned(), uri)];
        }
        self.identity.iter().map(|path| (path.text.clone(), path.texts(body).concat())).collect()
    }

    fn references(&self, body: &Object) -> BTreeSet<ReferentialId> {
        let mut ids = BTreeSet::new();
        for list in &self.references {
            let columns: Vec<Vec<String>> = list.parts.iter().map(|(_, location)| location.texts(body)).collect();
            for row in 0..columns.first().map_or(0, Vec::len) {
                let identity = list.parts.iter().zip(&columns).map(|((path, _), column)| (&**path, &*column[row]));
                ids.insert(list.target.id(identity));
            }
        }
        for list in &self.descriptors {
            let uris = list.location.texts(body).into_iter().map(|uri| lower_invariant(&uri));
            ids.extend(uris.map(|uri| list.target.id([("$.descriptor", &*uri)])));
        }
        ids
    }

    /// The security elements as `jsonb` prints them: shorter keys first.
    fn security(&self, body: &Object, students: &[String], contacts: &[String], staff: &[String]) -> String {
        let namespaces = distinct(self.securable.namespace.iter().flat_map(|path| path.texts(body)));
        let organizations = distinct(self.securable.organization.iter().flat_map(|(property, path)| {
            let organization =
                |id: String| format!("{{\"Id\": {}, \"PropertyName\": {}}}", quoted(&id), quoted(property));
            path.texts(body).into_iter().map(organization)
        }));
        format!(
            "{{\"Staff\": {}, \"Contact\": {}, \"Student\": {}, \"Namespace\": {}, \"EducationOrganization\": [{}]}}",
            texts_array(staff),
            texts_array(contacts),
            texts_array(students),
            texts_array(&namespaces),
            organizations.join(", ")
        )
    }
}

fn pairs(identity: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    identity.iter().map(|(path, value)| (&**path, &**value))
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

fn quoted(text: &str) -> String {
    let mut out = String::new();
    write_text(text, &mut out);
    out
}

fn texts_array(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// An organization's id; ours are plain numbers.
fn number(text: &str) -> i64 {
    text.parse().unwrap_or_else(|_| panic!("the id {text} is no number"))
}
