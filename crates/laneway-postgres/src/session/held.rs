//! Which operations need a lock that another session holds: takes for each unit the locks that it would take alone, with next to
//! no patience, and lets go of them again. Knows nothing of what is done about it.

use std::collections::BTreeMap;

use laneway_core::store::{LockMode, ResolveRequest, StoreError};
use laneway_model::{Operation, PersonKind, ReferentialId};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::locks::{PersonLocks, lock_parameters, person_locks, send_document_locks, send_locks};
use super::pipeline::{Sent, plain, results};
use crate::connection::Connection;
use crate::error::store_error;
use crate::sqlstate::is_lock_timeout;

/// How long each lock is waited for: the least that the server knows. What is held only while another flush commits may be
/// found held, and is tried again soon.
const PATIENCE: &str = "SET LOCAL lock_timeout = 1";

/// Partition and ReferentialId of each identity: the parameters of two statements.
struct Identities(Vec<i16>, Vec<Uuid>);

impl FromIterator<ReferentialId> for Identities {
    fn from_iter<I: IntoIterator<Item = ReferentialId>>(ids: I) -> Self {
        let (partitions, ids) = ids.into_iter().map(|id| (id.partition().get(), id.0)).unzip();
        Self(partitions, ids)
    }
}

impl Identities {
    fn parameters(&self) -> [&(dyn ToSql + Sync); 2] {
        [&self.0, &self.1]
    }
}

/// One unit's locks.
struct Unit<'a> {
    hierarchy: Option<LockMode>,
    persons: BTreeMap<PersonKind, PersonLocks<'a>>,
    identities: Identities,
    references: Identities,
}

impl<'a> Unit<'a> {
    fn of(request: &'a ResolveRequest<'_>) -> Self {
        let id = |operation: &&Operation| operation.extraction.referential_id;
        Self {
            hierarchy: request.hierarchy,
            persons: person_locks(request),
            identities: request.operations.iter().map(id).collect(),
            references: request.references.iter().copied().collect(),
        }
    }
}

/// For each unit, whether one of its locks is held. Sends everything at once, waits once; `begin` begins the transaction, and
/// `rollback` ends it, with what locks it has taken.
pub(super) async fn held(
    Connection { client, statements, .. }: &Connection,
    begin: &str,
    rollback: &str,
    units: &[ResolveRequest<'_>],
) -> Result<Vec<bool>, StoreError> {
    let begin = format!("{begin}; {PATIENCE}");
    client.batch_execute(&begin).await.map_err(|error| store_error(&error))?;
    let row = client.query_one(&statements.table_locked, &[]).await.map_err(|error| store_error(&error))?;
    if row.try_get("locked").map_err(|error| store_error(&error))? {
        client.batch_execute(rollback).await.map_err(|error| store_error(&error))?;
        return Ok(vec![true; units.len()]);
    }
    let units: Vec<Unit<'_>> = units.iter().map(Unit::of).collect();
    let parameters: Vec<_> = units
        .iter()
        .map(|unit| (lock_parameters(&unit.persons), unit.identities.parameters(), unit.references.parameters()))
        .collect();
    let give_back = rollback.replacen("ROLLBACK", "ROLLBACK TO unit", 1);
    let mut pipeline = Vec::new();
    let mut ends = Vec::with_capacity(units.len());
    for (unit, (persons, identities, references)) in units.iter().zip(&parameters) {
        pipeline.push(plain(client, "SAVEPOINT unit").await);
        send_locks(&mut pipeline, client, statements, unit.hierarchy, persons).await;
        send_document_locks(&mut pipeline, client, statements, identities).await;
        pipeline.push(Sent::new(client.query(&statements.lock_references, references)).await);
        // Gives its locks back, whether it got them or not: units are asked about one by one.
        pipeline.push(plain(client, &give_back).await);
        ends.push(pipeline.len());
    }
    let end = plain(client, rollback).await;
    let all = results(pipeline).await;
    end.result().await.map_err(|error| store_error(&error))?;
    let mut from = 0;
    Ok(ends
        .into_iter()
        .map(|end| {
            let unit = &all[from..end];
            from = end;
            // Other errors (a right that only this statement needs) say nothing about locks.
            unit.iter().any(|result| result.as_ref().is_err_and(is_lock_timeout))
        })
        .collect())
}
