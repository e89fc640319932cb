//! The resolve phase: one pipeline of BEGIN, locks and the one reading statement; then rows into an snapshot.

use std::collections::BTreeMap;
use std::pin::Pin;

use futures_util::future::join_all;
use laneway_core::store::{
    Arrays, DocumentKey, ErrorClass, Found, LockMode, NewIds, Organization, ResolveRequest, Snapshot, StoreError,
    StoredAlias, StoredDocument,
};
use laneway_core::{FaultPoint, skips};
use laneway_model::{Association, AssociationKind, DocumentUuid, Extraction, PersonKind, ReferentialId};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

use super::locks::{Locked, PersonLocks, person_locks};
use crate::error::{is_consequence, other, store_error};
use crate::statement::Statements;
use crate::store::Sequences;

/// By what a transaction can be asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TransactionName {
    pub(super) xid: i64,
    /// The first eight digits of a WAL file's name.
    pub(super) timeline: String,
}

type Pending<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Error>> + Send + 'a>>;

/// Sends everything at once, waits once.
pub(super) async fn resolve(
    client: &Client,
    statements: &Statements,
    sequences: Sequences,
    begin: &str,
    request: &ResolveRequest<'_>,
) -> Result<(Snapshot, TransactionName), StoreError> {
    let locks = person_locks(request);
    let contact_students = [PersonKind::Contact];
    let lists = Lists::of(request);
    let lock_parameters: Vec<(PersonKind, Vec<&(dyn ToSql + Sync)>)> =
        locks.iter().map(|(kind, locks)| (*kind, lock_parameters(locks, contact_students.contains(kind)))).collect();
    let identities: [&(dyn ToSql + Sync); 2] = [&lists.partitions, &lists.identities];
    let reads = lists.parameters(&sequences);

    let mut pipeline: Vec<Pending<'_>> = Vec::with_capacity(7);
    pipeline.push(Box::pin(async { client.batch_execute(begin).await.map(|()| Vec::new()) }));
    if let Some(mode) = request.hierarchy.filter(|_| !skips(FaultPoint::HierarchyLock)) {
        let statement = match mode {
            LockMode::Shared => &statements.lock_hierarchy_shared,
            LockMode::Exclusive => &statements.lock_hierarchy_exclusive,
        };
        pipeline.push(Box::pin(client.query(statement, &[])));
    }
    for (kind, parameters) in &lock_parameters {
        pipeline.push(Box::pin(client.query(lock_statement(statements, *kind), parameters)));
    }
    let locks_documents = !skips(FaultPoint::DocumentLocks);
    if locks_documents {
        pipeline.push(Box::pin(client.query(&statements.lock_documents, &identities)));
    }
    pipeline.push(Box::pin(client.query(&statements.read, &reads)));

    let mut results = first_error(join_all(pipeline).await)?;
    let rows = results.pop().unwrap_or_default();
    results.truncate(results.len() - usize::from(locks_documents));
    let mut locked = Locked::default();
    let person_results = results.split_off(results.len() - locks.len());
    for ((kind, _), rows) in lock_parameters.iter().zip(person_results) {
        for row in rows {
            locked.add(*kind, row.try_get(0).map_err(|error| store_error(&error))?);
        }
    }
    Reader { request, lists: &lists, snapshot: Snapshot::default(), name: None }.read(&rows, &locked)
}

/// The results, or the first error: what follows it in a pipeline are its consequences.
pub(super) fn first_error<T>(results: Vec<Result<T, Error>>) -> Result<Vec<T>, StoreError> {
    let mut consequence = None;
    let mut values = Vec::with_capacity(results.len());
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(error) if is_consequence(&error) => consequence = consequence.or(Some(error)),
            Err(error) => return Err(store_error(&error)),
        }
    }
    consequence.map_or(Ok(values), |error| Err(store_error(&error)))
}

fn lock_statement(statements: &Statements, kind: PersonKind) -> &Statement {
    match kind {
        PersonKind::Student => &statements.lock_students,
        PersonKind::Staff => &statements.lock_staff,
        PersonKind::Contact => &statements.lock_contacts,
    }
}

fn lock_parameters<'a>(locks: &'a PersonLocks<'_>, with_students: bool) -> Vec<&'a (dyn ToSql + Sync)> {
    let mut parameters: Vec<&(dyn ToSql + Sync)> =
        vec![&locks.shared, &locks.exclusive, &locks.partitions, &locks.identities];
    if with_students {
        parameters.push(&locks.students);
    }
    parameters
}

/// The lists that the reading statement answers.
struct Lists<'a> {
    partitions: Vec<i16>,
    identities: Vec<Uuid>,
    has_superclass: Vec<bool>,
    in_hierarchy: Vec<bool>,
    person_paths: Vec<Option<String>>,
    other_paths: Vec<Option<String>>,
    reference_partitions: Vec<i16>,
    references: Vec<Uuid>,
    persons: BTreeMap<PersonKind, Vec<&'a str>>,
    organizations: &'a [i64],
    uuid_partitions: Vec<i16>,
    uuids: Vec<Uuid>,
}

impl<'a> Lists<'a> {
    fn of(request: &'a ResolveRequest<'_>) -> Self {
        let extractions = || request.operations.iter().map(|operation| &operation.extraction);
        let mut references = request.references.clone();
        references.extend(extractions().filter_map(|extraction| extraction.superclass_referential_id));
        references.sort_unstable();
        references.dedup();
        let kinds = || extractions().map(association_kind);
        let thorough =
            || request.operations.iter().filter(|_| request.thorough).map(|operation| operation.document_uuid);
        Self {
            partitions: extractions().map(|e| e.referential_id.partition().get()).collect(),
            identities: extractions().map(|e| e.referential_id.0).collect(),
            has_superclass: extractions().map(|e| e.superclass_referential_id.is_some()).collect(),
            in_hierarchy: extractions().map(|e| e.resource.in_hierarchy).collect(),
            person_paths: kinds().map(|kind| kind.map(|kind| path_array(kind.person_location()))).collect(),
            other_paths: kinds().map(|kind| kind.map(|kind| path_array(kind.other_location()))).collect(),
            reference_partitions: references.iter().map(|id| id.partition().get()).collect(),
            references: references.iter().map(|id| id.0).collect(),
            persons: PersonKind::ALL
                .into_iter()
                .map(|kind| {
                    (kind, request.persons.get(&kind).into_iter().flatten().map(|(person, _)| &**person).collect())
                })
                .collect(),
            organizations: &request.organizations,
            uuid_partitions: thorough().map(|uuid| uuid.partition().get()).collect(),
            uuids: thorough().map(|uuid| uuid.0).collect(),
        }
    }

    fn parameters<'s>(&'s self, sequences: &'s Sequences) -> [&'s (dyn ToSql + Sync); 17] {
        [
            &self.partitions,
            &self.identities,
            &self.has_superclass,
            &self.in_hierarchy,
            &self.person_paths,
            &self.other_paths,
            &self.reference_partitions,
            &self.references,
            &self.persons[&PersonKind::Student],
            &self.persons[&PersonKind::Staff],
            &self.persons[&PersonKind::Contact],
            &self.organizations,
            &self.uuid_partitions,
            &self.uuids,
            &sequences.document,
            &sequences.alias,
            &sequences.hierarchy,
        ]
    }
}

/// `$.a.b` as the text of an array, for `#>>`.
fn path_array(location: &str) -> String {
    format!("{{{}}}", location.trim_start_matches("$.").replace('.', ","))
}

/// Puts the reading statement's rows in their places.
struct Reader<'q, 'o> {
    request: &'q ResolveRequest<'o>,
    lists: &'q Lists<'q>,
    snapshot: Snapshot,
    name: Option<TransactionName>,
}

impl Reader<'_, '_> {
    fn read(mut self, rows: &[Row], locked: &Locked) -> Result<(Snapshot, TransactionName), StoreError> {
        let mut documents: Vec<Option<Found>> = vec![None; self.request.operations.len()];
        for row in rows {
            self.row(row, &mut documents).map_err(|error| store_error(&error))?;
        }
        self.snapshot.documents = documents.into_iter().collect::<Option<_>>().ok_or_else(|| broken("an identity"))?;
        let name = self.name.ok_or_else(|| broken("the transaction"))?;
        for found in &self.snapshot.documents {
            let Found::Stored(stored) = found else { continue };
            // Between its persons' locks and its own, the document may have gone to somebody else.
            if stored.securable.iter().any(|(kind, person)| !locked.holds(*kind, person)) {
                return Err(other(ErrorClass::LostRace, "a document changed its person while it was being locked"));
            }
        }
        Ok((self.snapshot, name))
    }

    fn row(&mut self, row: &Row, documents: &mut [Option<Found>]) -> Result<(), Error> {
        let place = usize::try_from(row.try_get::<_, i64>("n")?).unwrap_or(0).wrapping_sub(1);
        match row.try_get::<_, i32>("kind")? {
            1 => {
                let kind = association_kind(&self.request.operations[place].extraction);
                documents[place] = Some(found(row, kind)?);
            }
            2 => {
                let document = DocumentKey { partition: row.try_get("pk")?, id: row.try_get("b")? };
                let alias = StoredAlias { id: row.try_get("a")?, document };
                self.snapshot.aliases.insert(ReferentialId(self.lists.references[place]), alias);
            }
            3 => self.arrays(PersonKind::Student, place, row)?,
            4 => self.arrays(PersonKind::Staff, place, row)?,
            5 => self.arrays(PersonKind::Contact, place, row)?,
            6 => drop(self.snapshot.organizations.insert(self.lists.organizations[place], organization(row)?)),
            7 => self.snapshot.uuids_taken.push(place),
            _ => self.name = Some(TransactionName { xid: row.try_get("a")?, timeline: row.try_get("t1")? }),
        }
        Ok(())
    }

    fn arrays(&mut self, kind: PersonKind, place: usize, row: &Row) -> Result<(), Error> {
        let arrays = Arrays { main: row.try_get("t1")?, responsibility: row.try_get("t2")? };
        if arrays != Arrays::default() {
            let person = self.lists.persons[&kind][place].to_owned();
            self.snapshot.arrays.entry(kind).or_default().insert(person, arrays);
        }
        Ok(())
    }
}

fn association_kind(extraction: &Extraction) -> Option<AssociationKind> {
    extraction.resource.association.map(|association| association.kind)
}

fn found(row: &Row, kind: Option<AssociationKind>) -> Result<Found, Error> {
    let Some(uuid) = row.try_get::<_, Option<Uuid>>("uuid")? else {
        let id = |column| row.try_get::<_, Option<i64>>(column).map(Option::unwrap_or_default);
        let (document, alias, superclass_alias, hierarchy) = (id("a")?, id("b")?, id("c")?, id("d")?);
        return Ok(Found::Nothing(NewIds { document, alias, superclass_alias, hierarchy }));
    };
    let mut securable = BTreeMap::new();
    for (kind, column) in PersonKind::ALL.into_iter().zip(["t2", "t3", "t4"]) {
        if let Some(person) = row.try_get(column)? {
            securable.insert(kind, person);
        }
    }
    let (person, other) = (row.try_get("t5")?, row.try_get("t6")?);
    let association = kind.map(|kind| Association { kind, person, other });
    Ok(Found::Stored(StoredDocument {
        key: DocumentKey { partition: row.try_get("pk")?, id: row.try_get("a")? },
        uuid: DocumentUuid(uuid),
        etag: row.try_get("t1")?,
        securable,
        association,
    }))
}

fn organization(row: &Row) -> Result<Organization, Error> {
    let ancestors: Option<String> = row.try_get("t1")?;
    let ancestors = ancestors.iter().flat_map(|text| text.split(',')).filter_map(|id| id.parse().ok()).collect();
    Ok(Organization { row: row.try_get("a")?, ancestors, cyclic: row.try_get::<_, Option<i64>>("b")? == Some(1) })
}

fn broken(what: &str) -> StoreError {
    other(ErrorClass::Data, format!("the store's snapshot about {what} is missing"))
}
