//! The writing half of an upsert: document, aliases, references, hierarchy, securable rows, one statement after another.

use laneway_model::{DocumentUuid, Operation, Outcome, PersonKind};
use laneway_postgres::json::{Body, Json};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::array::Arrays;
use super::failure::Failure;
use super::references::{References, refusal};
use super::session::Session;
use super::statement::{
    INSERT_CONTACT_SECURABLE, INSERT_DOCUMENT, INSERT_HIERARCHY, INSERT_STAFF_SECURABLE, INSERT_STUDENT_SECURABLE,
    INSERT_SUPERCLASS_ALIAS, REFERENCES, Statement, UPDATE_CONTACT_SECURABLE, UPDATE_DOCUMENT, UPDATE_HIERARCHY,
    UPDATE_STAFF_SECURABLE, UPDATE_STUDENT_SECURABLE,
};

/// A stored document's key.
#[derive(Clone, Copy)]
struct DocumentKey {
    id: i64,
    partition: i16,
}

/// Inserts the document and everything that belongs to it.
pub(super) async fn insert(
    session: &mut Session<'_>,
    operation: &Operation,
    arrays: &Arrays,
    references: &References,
) -> Result<Outcome, Failure> {
    let of_insert = |error| Failure::of_insert(&error, operation);
    let key = insert_document(session, operation, arrays).await.map_err(of_insert)?;
    if let Some(id) = operation.extraction.superclass_referential_id {
        let parameters: [&(dyn ToSql + Sync); 4] = [&id.partition().get(), &id.0, &key.id, &key.partition];
        session.rows(&INSERT_SUPERCLASS_ALIAS, &parameters).await.map_err(of_insert)?;
    }
    if !references.is_empty()
        && let Some(refusal) = store_references(session, operation, references, key, true).await?
    {
        return Ok(refusal);
    }
    if let Some(entry) = operation.extraction.hierarchy {
        let name = &operation.extraction.resource.name;
        let parameters: [&(dyn ToSql + Sync); 6] =
            [&&*name.project_name, &&*name.resource_name, &entry.id, &entry.parent_id, &key.id, &key.partition];
        session.rows(&INSERT_HIERARCHY, &parameters).await.map_err(of_insert)?;
    }
    let statements = [&INSERT_STUDENT_SECURABLE, &INSERT_CONTACT_SECURABLE, &INSERT_STAFF_SECURABLE];
    securable_rows(session, operation, key, statements).await?;
    Ok(Outcome::Inserted { document_uuid: operation.document_uuid })
}

/// Replaces the stored document `document_uuid` and everything that belongs to it by the operation's.
pub(super) async fn update(
    session: &mut Session<'_>,
    operation: &Operation,
    arrays: &Arrays,
    references: &References,
    id: i64,
    document_uuid: DocumentUuid,
) -> Result<Outcome, Failure> {
    let key = DocumentKey { id, partition: document_uuid.partition().get() };
    let parameters: [&(dyn ToSql + Sync); 9] = [
        &key.partition,
        &document_uuid.0,
        &Body::new(&operation.document, document_uuid),
        &Json(security_elements(operation)),
        &arrays.student_school,
        &arrays.student_responsibility,
        &arrays.contact,
        &arrays.staff,
        &&*operation.trace_id,
    ];
    session.rows(&UPDATE_DOCUMENT, &parameters).await?;
    if let Some(refusal) = store_references(session, operation, references, key, false).await? {
        return Ok(refusal);
    }
    if let Some(entry) = operation.extraction.hierarchy {
        let name = &operation.extraction.resource.name;
        let parameters: [&(dyn ToSql + Sync); 4] =
            [&&*name.project_name, &&*name.resource_name, &entry.id, &entry.parent_id];
        session.rows(&UPDATE_HIERARCHY, &parameters).await?;
    }
    let statements = [&UPDATE_STUDENT_SECURABLE, &UPDATE_CONTACT_SECURABLE, &UPDATE_STAFF_SECURABLE];
    securable_rows(session, operation, key, statements).await?;
    Ok(Outcome::Updated { document_uuid })
}

async fn insert_document(
    session: &mut Session<'_>,
    operation: &Operation,
    arrays: &Arrays,
) -> Result<DocumentKey, tokio_postgres::Error> {
    let resource = &operation.extraction.resource;
    let partition = operation.document_uuid.partition().get();
    let referential_id = operation.extraction.referential_id;
    let parameters: [&(dyn ToSql + Sync); 15] = [
        &partition,
        &operation.document_uuid.0,
        &&*resource.name.resource_name,
        &&*resource.version,
        &resource.is_descriptor,
        &&*resource.name.project_name,
        &Body::new(&operation.document, operation.document_uuid),
        &Json(security_elements(operation)),
        &arrays.student_school,
        &arrays.student_responsibility,
        &arrays.contact,
        &arrays.staff,
        &&*operation.trace_id,
        &referential_id.partition().get(),
        &referential_id.0,
    ];
    let rows = session.rows(&INSERT_DOCUMENT, &parameters).await?;
    let id = rows.first().expect("an insert without a condition returns its row").try_get(0)?;
    Ok(DocumentKey { id, partition })
}

/// Calls the database's function; what it finds missing was deleted since the preflight.
async fn store_references(
    session: &mut Session<'_>,
    operation: &Operation,
    references: &References,
    key: DocumentKey,
    pure_insert: bool,
) -> Result<Option<Outcome>, Failure> {
    let parameters: [&(dyn ToSql + Sync); 5] =
        [&key.id, &key.partition, &references.ids, &references.keys, &pure_insert];
    let rows = session.rows(&REFERENCES, &parameters).await?;
    let missing: Vec<Uuid> = rows.first().map_or(Ok(Vec::new()), |row| row.try_get("invalid"))?;
    Ok(refusal(&operation.extraction, &missing))
}

/// One statement for each kind of person that the document names: student, contact, staff.
async fn securable_rows(
    session: &mut Session<'_>,
    operation: &Operation,
    key: DocumentKey,
    statements: [&'static Statement; 3],
) -> Result<(), Failure> {
    let kinds = [PersonKind::Student, PersonKind::Contact, PersonKind::Staff];
    for (kind, statement) in kinds.into_iter().zip(statements) {
        if let Some(person) = operation.extraction.first_person(kind) {
            session.rows(statement, &[&person, &key.id, &key.partition]).await?;
        }
    }
    Ok(())
}

fn security_elements(operation: &Operation) -> Vec<u8> {
    let mut json = Vec::new();
    operation.extraction.write_security_elements(&mut json);
    json
}
