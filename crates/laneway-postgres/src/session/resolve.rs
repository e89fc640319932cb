//! The resolve phase: one pipeline of BEGIN, locks and reading statements; then their rows as a snapshot.

use std::collections::BTreeMap;

use laneway_core::store::{
    Arrays, DocumentKey, Found, NewIds, Organization, ResolveRequest, Snapshot, StoreError, StoreErrorKind,
    StoredAlias, StoredDocument,
};
use laneway_model::{Association, AssociationKind, DocumentUuid, Extraction, Operation, PersonKind, ReferentialId};
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

use super::columns::{Columns, column, parameters};
use super::locks::{Locked, NamedLocks, lock_parameters, person_locks, send_document_locks, send_locks};
use super::pipeline::{Sent, plain, results, send_snapshot};
use crate::connection::{Connection, Sequences};
use crate::error::store_error;
use crate::shared::Begin;
use crate::sqlstate::is_consequence;
use crate::statement::Statements;

/// What identifies a transaction after its connection is lost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TransactionId {
    pub(super) xid: i64,
    /// The server's timeline: the first eight digits of a WAL file's name; `None` where it is withheld.
    pub(super) timeline: Option<String>,
}

/// Sends everything at once, waits once.
pub(super) async fn resolve(
    Connection { client, statements, sequences, .. }: &Connection,
    begin: &Begin,
    request: &ResolveRequest<'_>,
) -> Result<(Snapshot, TransactionId), StoreError> {
    let locks = person_locks(request);
    let lists = Lists::of(request);
    let columns = lists.columns(request, *sequences);
    let reads = parameters(&columns);
    let lock_parameters = lock_parameters(&locks);
    let questions = lists.questions(request, statements);

    // The order is that of locks, and the reads come last: only under all of them is what they see still true at COMMIT.
    let mut pipeline = Vec::with_capacity(9 + questions.len());
    pipeline.push(plain(client, &begin.locks).await);
    let persons_at = send_locks(&mut pipeline, client, statements, request.hierarchy, &lock_parameters).await;
    send_snapshot(&mut pipeline, client, begin.snapshot.as_deref()).await;
    send_document_locks(&mut pipeline, client, statements, &reads[..2]).await;
    let questions_at = pipeline.len();
    send_questions(&mut pipeline, client, &questions).await;
    pipeline.push(Sent::new(client.query(&statements.read, &reads)).await);

    let all = first_error(results(pipeline).await)?;
    let mut locked = Locked::default();
    for ((kind, _), rows) in lock_parameters.iter().zip(&all[persons_at..]) {
        for row in rows {
            locked.add(*kind, get(row, "person")?);
        }
    }
    let mut reader = Reader::new(request, &lists, &lists.references);
    reader.answers(&questions, &all[questions_at..])?;
    let (snapshot, id) = reader.read(all.last().map_or(&[], Vec::as_slice))?;
    for found in snapshot.documents.values() {
        let Found::Stored(stored) = found else { continue };
        // The persons were looked up before the document's row was locked: another flush may have changed them.
        if stored.securable.iter().any(|(kind, person)| !locked.holds(*kind, person)) {
            return Err(StoreError::new(
                StoreErrorKind::LostRace,
                "a document changed its person while it was being locked",
            ));
        }
    }
    Ok((snapshot, id))
}

/// As [`resolve`], for operations whose identities are all taken to be new: there is no row to lock and no person whom a stored
/// document names. `None` where one is stored after all: with fewer locks than it needs.
pub(super) async fn resolve_new(
    Connection { client, statements, sequences, .. }: &Connection,
    begin: &Begin,
    request: &ResolveRequest<'_>,
    (places, names, modes): &NamedLocks,
) -> Result<Option<(Snapshot, TransactionId)>, StoreError> {
    let lists = Lists::of(request);
    let keys = lists.keys(request);
    let columns = lists.columns_new(request, &keys, *sequences);
    let reads = parameters(&columns);
    let questions = lists.questions(request, statements);
    let locks: [&(dyn ToSql + Sync); 3] = [places, names, modes];

    let mut pipeline = Vec::with_capacity(5 + questions.len());
    pipeline.push(plain(client, &begin.locks).await);
    if !names.is_empty() {
        pipeline.push(Sent::new(client.query(&statements.lock_named, &locks)).await);
    }
    send_snapshot(&mut pipeline, client, begin.snapshot.as_deref()).await;
    let questions_at = pipeline.len();
    send_questions(&mut pipeline, client, &questions).await;
    pipeline.push(Sent::new(client.query(&statements.read_new, &reads)).await);

    let all = first_error(results(pipeline).await)?;
    let mut reader = Reader::new(request, &lists, &keys);
    reader.answers(&questions, &all[questions_at..])?;
    let (snapshot, id) = reader.read(all.last().map_or(&[], Vec::as_slice))?;
    let is_stored = |operation: &&Operation| snapshot.aliases.contains_key(&operation.extraction.referential_id);
    Ok((!request.operations.iter().any(is_stored)).then_some((snapshot, id)))
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

/// The lists that the reading statement looks up and that the request does not hold as such; its rows name an element
/// by its ordinal.
struct Lists<'a> {
    references: Vec<ReferentialId>,
    persons: BTreeMap<PersonKind, Vec<&'a str>>,
}

impl<'a> Lists<'a> {
    fn of(request: &'a ResolveRequest<'_>) -> Self {
        let superclass = |operation: &&Operation| operation.extraction.superclass_referential_id;
        let mut references = request.references.clone();
        references.extend(request.operations.iter().filter_map(superclass));
        let references = sorted(references);
        let persons = |kind| request.persons.get(&kind).into_iter().flatten().map(|(person, _)| &**person).collect();
        Self { references, persons: PersonKind::ALL.into_iter().map(|kind| (kind, persons(kind))).collect() }
    }

    /// What `request` asks beside identities and references: each a statement of its own, sent where it is asked, since each
    /// costs the server time even with nothing to look up. Under the flush's locks their answers fit each other: what they
    /// read is changed under those.
    fn questions(&'a self, request: &'a ResolveRequest<'_>, statements: &'a Statements) -> Vec<Question<'a>> {
        let mut questions = Vec::new();
        for (kind, persons) in self.persons.iter().filter(|(_, persons)| !persons.is_empty()) {
            let statement = match kind {
                PersonKind::Student => &statements.read_students,
                PersonKind::Staff => &statements.read_staff,
                PersonKind::Contact => &statements.read_contacts,
            };
            let columns = vec![column(persons, |person| *person)];
            questions.push(Question { about: About::Arrays(*kind), statement, columns });
        }
        if !request.organizations.is_empty() {
            let columns = vec![column(&request.organizations, |id| *id)];
            questions.push(Question {
                about: About::Organizations,
                statement: &statements.read_organizations,
                columns,
            });
        }
        if !request.uuids.is_empty() {
            let uuids = &request.uuids[..];
            let columns = vec![column(uuids, |uuid| uuid.partition().get()), column(uuids, |uuid| uuid.0)];
            questions.push(Question { about: About::Uuids, statement: &statements.read_uuids, columns });
        }
        questions
    }

    /// References, superclass identities and the operations' own, in key order.
    fn keys(&self, request: &ResolveRequest<'_>) -> Vec<ReferentialId> {
        let own = request.operations.iter().map(|operation| operation.extraction.referential_id);
        sorted(self.references.iter().copied().chain(own).collect())
    }

    /// The parameters of `read_new.sql`.
    fn columns_new(
        &'a self,
        request: &'a ResolveRequest<'_>,
        keys: &'a [ReferentialId],
        sequences: Sequences,
    ) -> Columns<'a> {
        let operations = &request.operations[..];
        let mut columns = vec![
            column(operations, |operation| operation.extraction.superclass_referential_id.is_some()),
            column(operations, |operation| operation.extraction.resource.in_hierarchy),
            column(keys, |id| id.partition().get()),
            column(keys, |id| id.0),
        ];
        columns.extend(sequences.parameters());
        columns
    }

    /// The parameters of `read.sql`; the first two are those of `lock_documents.sql`.
    fn columns(&'a self, request: &'a ResolveRequest<'_>, sequences: Sequences) -> Columns<'a> {
        let operations = &request.operations[..];
        let path = |operation: &Operation, location: fn(AssociationKind) -> &'static str| {
            association_kind(&operation.extraction).map(|kind| path_array(location(kind)))
        };
        let mut columns = vec![
            column(operations, |operation| operation.extraction.referential_id.partition().get()),
            column(operations, |operation| operation.extraction.referential_id.0),
            column(operations, |operation| operation.extraction.superclass_referential_id.is_some()),
            column(operations, |operation| operation.extraction.resource.in_hierarchy),
            column(operations, move |operation| path(operation, AssociationKind::person_location)),
            column(operations, move |operation| path(operation, AssociationKind::other_location)),
            column(&self.references, |id| id.partition().get()),
            column(&self.references, |id| id.0),
        ];
        columns.extend(sequences.parameters());
        columns
    }
}

/// Distinct, in the order of the index in which they are looked up.
fn sorted(mut ids: Vec<ReferentialId>) -> Vec<ReferentialId> {
    ids.sort_unstable_by_key(|id| (id.partition(), *id));
    ids.dedup();
    ids
}

/// What a flush asks in a statement of its own.
struct Question<'a> {
    about: About,
    statement: &'a Statement,
    columns: Columns<'a>,
}

/// What a statement's rows are about.
#[derive(Clone, Copy)]
enum About {
    Arrays(PersonKind),
    Organizations,
    Uuids,
}

async fn send_questions<'a>(pipeline: &mut Vec<Sent<'a, Vec<Row>>>, client: &'a Client, questions: &'a [Question<'_>]) {
    for question in questions {
        let sent = async move { client.query(question.statement, &parameters(&question.columns)).await };
        pipeline.push(Sent::new(sent).await);
    }
}

/// `$.a.b` as the text of an array, for `#>>`.
fn path_array(location: &str) -> String {
    format!("{{{}}}", location.trim_start_matches("$.").replace('.', ","))
}

/// Builds the snapshot from the reading statements' rows: `queries/flush/read.sql` lists its kinds and columns.
struct Reader<'q, 'o> {
    request: &'q ResolveRequest<'o>,
    lists: &'q Lists<'q>,
    /// What the aliases were looked up by.
    keys: &'q [ReferentialId],
    snapshot: Snapshot,
}

impl<'q, 'o> Reader<'q, 'o> {
    fn new(request: &'q ResolveRequest<'o>, lists: &'q Lists<'q>, keys: &'q [ReferentialId]) -> Self {
        Self { request, lists, keys, snapshot: Snapshot::default() }
    }

    /// Takes the rows of what was asked in statements of its own.
    fn answers(&mut self, questions: &[Question<'_>], answers: &[Vec<Row>]) -> Result<(), StoreError> {
        for (question, rows) in questions.iter().zip(answers) {
            for row in rows {
                match question.about {
                    About::Arrays(kind) => self.arrays(kind, row)?,
                    About::Organizations => {
                        let (_, id) = element(row, &self.request.organizations)?;
                        self.snapshot.organizations.insert(*id, organization(row)?);
                    }
                    About::Uuids => drop(self.snapshot.uuids_taken.insert(*element(row, &self.request.uuids)?.1)),
                }
            }
        }
        Ok(())
    }

    fn read(mut self, rows: &[Row]) -> Result<(Snapshot, TransactionId), StoreError> {
        let mut transaction = None;
        for row in rows {
            match get(row, "kind")? {
                "alias" => {
                    let (_, id) = element(row, self.keys)?;
                    let alias = StoredAlias { id: get(row, "alias_id")?, document: document_key(row)? };
                    self.snapshot.aliases.insert(*id, alias);
                }
                "identity" => {
                    let (_, operation) = element(row, &self.request.operations)?;
                    let found = found(row, association_kind(&operation.extraction))?;
                    self.snapshot.documents.insert(operation.extraction.referential_id, found);
                }
                "new" => {
                    let (_, operation) = element(row, &self.request.operations)?;
                    let found = Found::Nothing(new_ids(row)?);
                    self.snapshot.documents.insert(operation.extraction.referential_id, found);
                }
                "transaction" => {
                    transaction = Some(TransactionId { xid: get(row, "xid")?, timeline: get(row, "timeline")? });
                }
                kind => return Err(broken(&format!("has a row of the kind {kind}"))),
            }
        }
        if self.snapshot.documents.len() < self.request.operations.len() {
            return Err(broken("lacks an identity"));
        }
        Ok((self.snapshot, transaction.ok_or_else(|| broken("lacks the transaction"))?))
    }

    fn arrays(&mut self, kind: PersonKind, row: &Row) -> Result<(), StoreError> {
        let arrays = Arrays { main: get(row, "main_array")?, responsibility: get(row, "responsibility_array")? };
        // The statement gives a row for each person asked about; one without arrays is as one that is not stored.
        if arrays != Arrays::default() {
            let (_, person) = element(row, &self.lists.persons[&kind])?;
            self.snapshot.arrays.entry(kind).or_default().insert((*person).to_owned(), arrays);
        }
        Ok(())
    }
}

fn get<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| store_error(&error))
}

/// The element of `list` that a row is about, and its index.
fn element<'l, T>(row: &Row, list: &'l [T]) -> Result<(usize, &'l T), StoreError> {
    let ordinal: i64 = get(row, "ordinal")?;
    let index = usize::try_from(ordinal).ok().and_then(|ordinal| ordinal.checked_sub(1));
    let found = index.and_then(|index| Some((index, list.get(index)?)));
    found.ok_or_else(|| broken(&format!("has a row about element {ordinal} of {}", list.len())))
}

fn association_kind(extraction: &Extraction) -> Option<AssociationKind> {
    extraction.resource.association.map(|association| association.kind)
}

fn document_key(row: &Row) -> Result<DocumentKey, StoreError> {
    Ok(DocumentKey { id: get(row, "document_id")?, partition: get(row, "document_partition")? })
}

fn found(row: &Row, kind: Option<AssociationKind>) -> Result<Found, StoreError> {
    let Some(uuid) = get::<Option<Uuid>>(row, "document_uuid")? else {
        return Ok(Found::Nothing(new_ids(row)?));
    };
    let mut securable = BTreeMap::new();
    for (kind, column) in PersonKind::ALL.into_iter().zip(["student", "staff", "contact"]) {
        if let Some(person) = get(row, column)? {
            securable.insert(kind, person);
        }
    }
    let (person, other) = (get(row, "association_person")?, get(row, "association_other")?);
    Ok(Found::Stored(StoredDocument {
        key: document_key(row)?,
        uuid: DocumentUuid(uuid),
        etag: get(row, "etag")?,
        securable,
        association: kind.map(|kind| Association { kind, person, other }),
    }))
}

/// Drawn in the same statement, but only those that an insert of this operation needs.
fn new_ids(row: &Row) -> Result<NewIds, StoreError> {
    let id = |column| get::<Option<i64>>(row, column).map(Option::unwrap_or_default);
    Ok(NewIds {
        document: id("document_id")?,
        alias: id("alias_id")?,
        superclass_alias: id("superclass_alias_id")?,
        hierarchy: id("hierarchy_id")?,
    })
}

fn organization(row: &Row) -> Result<Organization, StoreError> {
    let ancestors: Option<&str> = get(row, "ancestors")?;
    let ancestors = ancestors.iter().flat_map(|text| text.split(',')).filter_map(|id| id.parse().ok()).collect();
    Ok(Organization { row: get(row, "hierarchy_id")?, ancestors, cyclic: get(row, "is_cyclic")? })
}

fn broken(how: &str) -> StoreError {
    StoreError::new(StoreErrorKind::StaleSession, format!("the store's snapshot {how}"))
}
