//! The apply phase: one pipeline of set-based statements and COMMIT.

use std::time::{Duration, Instant};

use laneway_core::changes::{
    Changes, DocumentWrite, HierarchyInsert, HierarchyStep, HierarchyUpdate, ReferenceRow, SecurableRow,
};
use laneway_core::store::DocumentKey;
use laneway_core::{FaultPoint, skips};
use laneway_model::PersonKind;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

use super::columns::{Columns, column, parameters};
use super::pipeline::{Sent, results};
use crate::json::{Body, Json};
use crate::layout::Release;
use crate::statement::Statements;

/// What became of a pipeline.
pub(super) struct Applied {
    /// One result a statement, in the order of sending.
    pub(super) statements: Vec<Result<(), Error>>,
    /// The result of COMMIT or ROLLBACK. COMMIT of a failed transaction rolls back and succeeds: look at the
    /// statements first.
    pub(super) end: Result<(), Error>,
    /// How long the answer to `end` took, all others being there.
    pub(super) end_time: Duration,
    /// Whether the session holds none of the flush's locks any more.
    pub(super) is_unlocked: bool,
}

/// Sends the statements with `end` (COMMIT or ROLLBACK) behind them, and `unlock` behind that, then waits.
pub(super) async fn apply(
    client: &Client,
    statements: &Statements,
    changes: &Changes<'_>,
    end: &'static str,
    unlock: Option<&'static str>,
) -> Applied {
    let steps = steps(statements, changes);
    let parameters: Vec<_> = steps.iter().map(|(_, columns)| parameters(columns)).collect();
    let mut pipeline = Vec::with_capacity(steps.len());
    for ((statement, _), parameters) in steps.iter().zip(&parameters) {
        // Awaiting `Sent::new` sends and does not wait for the server: the round trip is paid once, below.
        pipeline.push(Sent::new(async move { client.execute(*statement, parameters).await.map(drop) }).await);
    }
    // COMMIT relies on the server having everything before it: a statement that fails there makes it a rollback, but
    // one that the client could not encode is missing without a trace, and the rest would be committed.
    let end = if pipeline.iter().any(Sent::has_failed) { "ROLLBACK" } else { end };
    let end = Sent::new(client.batch_execute(end)).await;
    // By itself: in one batch with COMMIT, its failure would look like COMMIT's.
    let unlock = match unlock {
        Some(unlock) => Some(Sent::new(client.batch_execute(unlock)).await),
        None => None,
    };
    let statements = results(pipeline).await;
    let answered = Instant::now();
    let end = end.result().await;
    let end_time = answered.elapsed();
    let is_unlocked = match unlock {
        Some(unlock) => unlock.result().await.is_ok(),
        None => true,
    };
    Applied { statements, end, end_time, is_unlocked }
}

/// The statements that have something to write. The order is that of what they need: hierarchy rows before the documents
/// whose triggers look up ancestors, documents before the rows that refer to them, and arrays last, when the batch's
/// securable rows are there.
fn steps<'a>(statements: &'a Statements, changes: &'a Changes<'_>) -> Vec<(&'a Statement, Columns<'a>)> {
    let securable = |kind| match kind {
        PersonKind::Student => (&statements.insert_student_securable, &statements.update_student_securable),
        PersonKind::Staff => (&statements.insert_staff_securable, &statements.update_staff_securable),
        PersonKind::Contact => (&statements.insert_contact_securable, &statements.update_contact_securable),
    };
    let mut steps = Vec::new();
    // Columns by a function: they are built, bodies copied, for statements that are sent only.
    let mut push = |wanted: bool, statement: &'a Statement, columns: &dyn Fn() -> Columns<'a>| {
        if wanted {
            steps.push((statement, columns()));
        }
    };
    let does = |point| !skips(point);
    let organizations = &changes.hierarchy_inserts[..];
    let adds = does(FaultPoint::HierarchyRows);
    let hierarchy_first = does(FaultPoint::HierarchyBeforeDocuments);
    for step in changes.hierarchy() {
        match step {
            HierarchyStep::Insert(rows) => {
                push(adds && hierarchy_first, &statements.insert_hierarchy, &|| hierarchy_inserts(rows));
            }
            HierarchyStep::Move(row) => {
                push(does(FaultPoint::HierarchyUpdates), &statements.update_hierarchy, &|| hierarchy_update(row));
            }
        }
    }
    push(!changes.inserts.is_empty(), &statements.insert_documents, &|| inserts(&changes.inserts));
    let comes_last = adds && !hierarchy_first && !organizations.is_empty();
    push(comes_last, &statements.insert_hierarchy, &|| hierarchy_inserts(organizations));
    push(!changes.updates.is_empty(), &statements.update_documents, &|| updates(&changes.updates));
    push(!changes.aliases.is_empty(), &statements.insert_aliases, &|| aliases(changes));
    let refers = !changes.references.is_empty() && does(FaultPoint::References);
    push(refers, &statements.insert_references, &|| references(&changes.references, statements.release));
    // Even with no references left: those that are stored have to go.
    let replaces = !changes.updates.is_empty();
    let sets = || reference_sets(changes, statements.release);
    push(replaces && does(FaultPoint::ReferencesRemoved), &statements.delete_references, &sets);
    push(replaces && does(FaultPoint::ReferencesAdded), &statements.add_references, &sets);
    for (kind, rows) in &changes.securable_inserts {
        push(does(FaultPoint::SecurableRows), securable(*kind).0, &|| securable_rows(rows));
    }
    for (kind, rows) in &changes.securable_updates {
        push(does(FaultPoint::SecurableUpdates), securable(*kind).1, &|| securable_rows(rows));
    }
    let students = &changes.student_refreshes;
    let refreshes = !students.is_empty() && does(FaultPoint::StudentRefresh);
    push(refreshes, &statements.refresh_students, &|| securable_rows(students));
    let contacts = &changes.contact_refreshes;
    let refreshes = !contacts.is_empty() && does(FaultPoint::ContactRefresh);
    push(refreshes, &statements.refresh_contacts, &|| securable_rows(contacts));
    let refreshes = !changes.staff_refreshes.is_empty() && does(FaultPoint::StaffRefresh);
    push(refreshes, &statements.refresh_staff, &|| staff_refreshes(changes));
    steps
}

/// Id and partition of the document that each row names.
fn keys<'a, R>(rows: &'a [R], of: impl Fn(&'a R) -> DocumentKey) -> [Box<dyn ToSql + Sync + Send + 'a>; 2] {
    [column(rows, |row| of(row).id), column(rows, |row| of(row).partition)]
}

fn hierarchy_inserts<'a>(rows: &'a [HierarchyInsert<'_>]) -> Columns<'a> {
    let [ids, partitions] = keys(rows, |row| row.document);
    vec![
        column(rows, |row| row.row),
        column(rows, |row| &*row.operation.extraction.resource.name.project_name),
        column(rows, |row| &*row.operation.extraction.resource.name.resource_name),
        column(rows, |row| row.organization),
        column(rows, |row| row.parent),
        ids,
        partitions,
    ]
}

fn hierarchy_update(row: &HierarchyUpdate) -> Columns<'_> {
    let rows = std::slice::from_ref(row);
    let [ids, partitions] = keys(rows, |row| row.document);
    vec![ids, partitions, column(rows, |row| row.parent)]
}

fn inserts<'a>(rows: &'a [DocumentWrite<'_>]) -> Columns<'a> {
    let [ids, partitions] = keys(rows, |row| row.key);
    let mut columns = vec![
        ids,
        partitions,
        column(rows, |row| row.uuid.0),
        column(rows, |row| &*row.operation.extraction.resource.name.resource_name),
        column(rows, |row| &*row.operation.extraction.resource.version),
        column(rows, |row| row.operation.extraction.resource.is_descriptor),
        column(rows, |row| &*row.operation.extraction.resource.name.project_name),
    ];
    columns.extend(contents(rows));
    columns.push(column(rows, |row| row.is_replaced));
    columns
}

fn updates<'a>(rows: &'a [DocumentWrite<'_>]) -> Columns<'a> {
    let mut columns = Columns::from(keys(rows, |row| row.key));
    columns.extend(contents(rows));
    columns
}

/// Body, security elements, the four arrays, trace id: in this order in both statements that write documents.
fn contents<'a>(rows: &'a [DocumentWrite<'_>]) -> Columns<'a> {
    vec![
        column(rows, |row| Body::new(&row.operation.document, row.uuid)),
        column(rows, |row| {
            let mut json = Vec::with_capacity(96);
            row.operation.extraction.write_security_elements(&mut json);
            Json(json)
        }),
        column(rows, |row| row.arrays.student.map(Json)),
        column(rows, |row| row.arrays.responsibility.map(Json)),
        column(rows, |row| row.arrays.contact.map(Json)),
        column(rows, |row| row.arrays.staff.map(Json)),
        column(rows, |row| &*row.operation.trace_id),
    ]
}

fn aliases<'a>(changes: &'a Changes<'_>) -> Columns<'a> {
    let rows = &changes.aliases[..];
    let [ids, partitions] = keys(rows, |row| row.document);
    vec![
        column(rows, |row| row.id),
        column(rows, |row| row.referential_id.partition().get()),
        column::<_, Uuid>(rows, |row| row.referential_id.0),
        ids,
        partitions,
    ]
}

fn references<'a>(rows: &'a [ReferenceRow], release: Release) -> Columns<'a> {
    let mut columns = Columns::from(keys(rows, |row| row.parent));
    columns.push(column(rows, |row| row.referential_id.partition().get()));
    columns.push(match release {
        Release::V0_6 => column::<_, Uuid>(rows, |row| row.referential_id.0),
        Release::V0_7 => column(rows, |row| row.alias.id),
    });
    columns.extend(keys(rows, |row| row.alias.document));
    columns
}

fn reference_sets<'a>(changes: &'a Changes<'_>, release: Release) -> Columns<'a> {
    let mut columns = Columns::from(keys(&changes.updates, |row| row.key));
    columns.extend(references(&changes.reference_sets, release));
    columns
}

fn securable_rows<'a>(rows: &'a [SecurableRow<'_>]) -> Columns<'a> {
    let mut columns = vec![column(rows, |row| row.person)];
    columns.extend(keys(rows, |row| row.document));
    columns
}

fn staff_refreshes<'a>(changes: &'a Changes<'_>) -> Columns<'a> {
    let rows = &changes.staff_refreshes[..];
    let mut columns = vec![column(rows, |row| row.row.person)];
    columns.extend(keys(rows, |row| row.row.document));
    columns.push(column(rows, |row| row.association.map(|key| key.id)));
    columns.push(column(rows, |row| row.association.map(|key| key.partition)));
    columns
}
