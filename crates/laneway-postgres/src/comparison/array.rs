//! The four authorization arrays of a document, read by its first student, contact and staff member.

use std::error::Error;

use laneway_model::{Extraction, Value};
use serde::Deserialize;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::session::Session;
use super::statement::{ARRAY_CONTACT, ARRAY_STAFF, ARRAY_STUDENT_RESPONSIBILITY, ARRAY_STUDENT_SCHOOL, Statement};

/// The version that starts a `jsonb` value in the binary protocol (`jsonb_send`).
const JSONB_VERSION: u8 = 1;

/// A `jsonb` value as the text that PostgreSQL prints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct JsonText(String);

impl JsonText {
    /// The top-level `_etag`, when it is a string.
    pub(super) fn etag(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Tagged {
            #[serde(rename = "_etag")]
            etag: Option<serde_json::Value>,
        }
        match serde_json::from_str::<Tagged>(&self.0).ok()?.etag? {
            serde_json::Value::String(etag) => Some(etag),
            _ => None,
        }
    }
}

impl<'a> FromSql<'a> for JsonText {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let text = raw.strip_prefix(&[JSONB_VERSION]).ok_or("a jsonb value of an unknown version")?;
        Ok(Self(std::str::from_utf8(text)?.to_owned()))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }
}

impl ToSql for JsonText {
    fn to_sql(&self, _: &Type, out: &mut bytes::BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&[JSONB_VERSION]);
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }

    to_sql_checked!();
}

/// The arrays; null where the document names no such person, or the person has no rows.
#[derive(Default, Debug)]
pub(super) struct Arrays {
    pub(super) student_school: Option<JsonText>,
    pub(super) student_responsibility: Option<JsonText>,
    pub(super) contact: Option<JsonText>,
    pub(super) staff: Option<JsonText>,
}

/// The first student, contact and staff member of a document, where its resource has such a key.
pub(super) struct Persons<'a> {
    pub(super) student: Option<&'a str>,
    pub(super) contact: Option<&'a str>,
    pub(super) staff: Option<&'a str>,
}

impl<'a> Persons<'a> {
    pub(super) fn of(extraction: &'a Extraction) -> Self {
        let first =
            |has_key: bool, values: &[Value]| values.first().filter(|_| has_key).map(|value| extraction.text(*value));
        let (keys, security) = (extraction.resource.securable, &extraction.security);
        Self {
            student: first(keys.student, &security.students),
            contact: first(keys.contact, &security.contacts),
            staff: first(keys.staff, &security.staff),
        }
    }
}

/// Reads the arrays, one statement each.
pub(super) async fn read(session: &mut Session<'_>, extraction: &Extraction) -> Result<Arrays, tokio_postgres::Error> {
    let persons = Persons::of(extraction);
    let mut arrays = Arrays::default();
    if let Some(student) = persons.student {
        arrays.student_school = union(session, &ARRAY_STUDENT_SCHOOL, student).await?;
        arrays.student_responsibility = union(session, &ARRAY_STUDENT_RESPONSIBILITY, student).await?;
    }
    if let Some(contact) = persons.contact {
        arrays.contact = union(session, &ARRAY_CONTACT, contact).await?;
    }
    if let Some(staff) = persons.staff {
        arrays.staff = union(session, &ARRAY_STAFF, staff).await?;
    }
    Ok(arrays)
}

async fn union(
    session: &mut Session<'_>,
    statement: &'static Statement,
    person: &str,
) -> Result<Option<JsonText>, tokio_postgres::Error> {
    let rows = session.rows(statement, &[&person]).await?;
    rows.first().map_or(Ok(None), |row| row.try_get(0))
}

#[cfg(test)]
mod tests {
    use super::JsonText;

    #[test]
    fn only_a_string_is_a_tag() {
        for (body, etag) in [
            (r#"{"_etag": "a"}"#, Some("a")),
            (r#"{"_etag": 1}"#, None),
            (r#"{"_etag": null}"#, None),
            (r#"{"x": {"_etag": "a"}}"#, None),
        ] {
            assert_eq!(JsonText(body.to_owned()).etag().as_deref(), etag, "{body}");
        }
    }
}
