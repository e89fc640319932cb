//! The four authorization arrays of a document, read by its first student, contact and staff member.

use laneway_model::{Extraction, PersonKind};
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

/// Reads the arrays, one statement each.
pub(super) async fn read(session: &mut Session<'_>, extraction: &Extraction) -> Result<Arrays, tokio_postgres::Error> {
    let mut arrays = Arrays::default();
    if let Some(student) = extraction.first_person(PersonKind::Student) {
        arrays.student_school = union(session, &ARRAY_STUDENT_SCHOOL, student).await?;
        arrays.student_responsibility = union(session, &ARRAY_STUDENT_RESPONSIBILITY, student).await?;
    }
    if let Some(contact) = extraction.first_person(PersonKind::Contact) {
        arrays.contact = union(session, &ARRAY_CONTACT, contact).await?;
    }
    if let Some(staff) = extraction.first_person(PersonKind::Staff) {
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
