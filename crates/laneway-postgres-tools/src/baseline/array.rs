//! The four authorization arrays of a document, read by its first student, contact and staff member.

use laneway_model::{Extraction, Value};
use laneway_postgres::json::Json;

use super::session::Session;
use super::statement::{ARRAY_CONTACT, ARRAY_STAFF, ARRAY_STUDENT_RESPONSIBILITY, ARRAY_STUDENT_SCHOOL, Statement};

/// The arrays; null where the document names no such person, or the person has no rows.
#[derive(Default, Debug)]
pub(super) struct Arrays {
    pub(super) student_school: Option<Json<String>>,
    pub(super) student_responsibility: Option<Json<String>>,
    pub(super) contact: Option<Json<String>>,
    pub(super) staff: Option<Json<String>>,
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
) -> Result<Option<Json<String>>, tokio_postgres::Error> {
    let rows = session.rows(statement, &[&person]).await?;
    rows.first().map_or(Ok(None), |row| row.try_get(0))
}
