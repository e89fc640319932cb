//! One page of a check: read in one snapshot, extracted, compared.

use std::collections::BTreeMap;

use laneway_core::rewrite::Rewrites;
use laneway_core::store::{Arrays, Snapshot};
use laneway_model::{ExtractWorker, Operation, Outcome, PersonKind, Route};
use serde_json::json;
use tokio_postgres::Error;

use super::compare::compare;
use super::difference::{AssociationTable, Difference, DifferenceKind};
use super::facts::{Past, Questions, StoredDocument, World};
use super::findings::Findings;
use super::ids::{self, Ids};
use super::organizations;
use super::position::Position;
use super::session::Session;

/// A part of a store that has been compared.
#[derive(Clone, PartialEq, Debug)]
pub struct Page {
    /// Where the next one begins.
    pub position: Position,
    /// How many documents were compared.
    pub documents: u64,
    /// What is not as it ought to be.
    pub differences: Vec<Difference>,
    /// How many values are as another order of writes leaves them, by table.
    pub history: BTreeMap<&'static str, u64>,
}

/// A connection, and what extracts its documents.
pub(super) struct Reader {
    pub(super) session: Session,
    pub(super) worker: Box<dyn ExtractWorker>,
}

/// What a page is about.
#[derive(Clone, Debug)]
pub(super) enum Work {
    Documents { partition: i16, ids: Vec<i64> },
    Organizations(Vec<i64>),
    Orphans,
}

type Routes = BTreeMap<(String, String), Route>;

impl Work {
    pub(super) async fn run(self, reader: &mut Reader, routes: &Routes, position: Position) -> Result<Page, Error> {
        let mut page = Page::empty(position);
        match self {
            Self::Documents { partition, ids } => {
                reader.session.begin().await?;
                documents(reader, routes, partition, &ids, &mut page).await?;
            }
            Self::Organizations(ids) => {
                reader.session.begin_whole().await?;
                page.take(hierarchy(&reader.session, &ids).await?);
            }
            Self::Orphans => {
                reader.session.begin_whole().await?;
                page.differences = orphans(&reader.session).await?;
            }
        }
        reader.session.end().await?;
        Ok(page)
    }
}

async fn documents(
    reader: &mut Reader,
    routes: &Routes,
    partition: i16,
    ids: &[i64],
    page: &mut Page,
) -> Result<(), Error> {
    let stored = reader.session.documents(partition, ids).await?;
    page.documents = stored.len() as u64;
    let (mut read, mut operations) = (Vec::with_capacity(stored.len()), Vec::with_capacity(stored.len()));
    for mut document in stored {
        match extracted(reader, routes, &mut document) {
            Ok(operation) => {
                operations.push((document.name.key, operation));
                read.push(document);
            }
            Err(difference) => page.differences.push(*difference),
        }
    }
    let rewrites = Rewrites::new(operations);
    let mut world = reader.session.world(&rewrites, &read).await?;
    let mut snapshot = snapshot(&world, &rewrites);
    let compare =
        |index: usize, snapshot: &mut Snapshot, world: &World| compare(&read[index], &rewrites, index, snapshot, world);
    let mut findings: Vec<Findings> = (0..read.len()).map(|index| compare(index, &mut snapshot, &world)).collect();
    let mut questions = Questions::default();
    for of in findings.iter().filter(|of| !of.differences.is_empty()) {
        questions.organizations.extend(&of.questions.organizations);
        questions.documents.extend(&of.questions.documents);
        questions.moves |= of.questions.moves;
    }
    if questions != Questions::default() {
        world.past = reader.session.past(&questions).await?;
        let unknown = questions.organizations.iter().filter(|id| !world.organizations.contains_key(id));
        let unknown: Vec<i64> = unknown.copied().collect();
        world.organizations.extend(reader.session.ancestors(&unknown).await?);
        for (index, findings) in findings.iter_mut().enumerate().filter(|(_, of)| !of.differences.is_empty()) {
            *findings = compare(index, &mut snapshot, &world);
        }
    }
    findings.into_iter().for_each(|findings| page.take(findings));
    Ok(())
}

/// The document as an upsert of itself. Takes its body.
fn extracted(
    reader: &mut Reader,
    routes: &Routes,
    document: &mut StoredDocument,
) -> Result<Operation, Box<Difference>> {
    let Some(route) = routes.get(&(document.project.clone(), document.resource.clone())) else {
        return Err(Box::new(Difference::new(DifferenceKind::Unserved, "document").of(&document.name)));
    };
    let body = std::mem::take(&mut document.body);
    match reader.worker.extract(route, body.as_bytes()) {
        Ok(extraction) => Ok(Operation {
            document: body.into(),
            extraction,
            document_uuid: document.name.uuid,
            trace_id: Box::default(),
            authorization: None,
        }),
        Err(outcome) => Err(Box::new(Difference {
            stored: json!(why(&outcome)),
            ..Difference::new(DifferenceKind::Unreadable, "document").of(&document.name)
        })),
    }
}

fn why(outcome: &Outcome) -> String {
    match outcome {
        Outcome::InvalidDocument { message, .. } | Outcome::PluginFailed { message, .. } => message.clone(),
        outcome => outcome.kind().as_str().to_owned(),
    }
}

/// What the decisions look at: with the arrays that persons ought to have.
fn snapshot(world: &World, rewrites: &Rewrites) -> Snapshot {
    let text = |ids: Option<Ids>| ids.map(|ids| ids::list(&ids).to_string());
    let mut snapshot = Snapshot::default();
    snapshot.aliases.extend(world.aliases.iter().map(|(id, alias)| (*id, *alias)));
    snapshot.organizations.extend(world.organizations.iter().map(|(id, of)| (*id, of.clone())));
    for (kind, persons) in rewrites.request().persons {
        let arrays = persons.into_keys().map(|person| {
            let union = |table| text(world.union_of(table, &person));
            let arrays = match kind {
                PersonKind::Student => Arrays {
                    main: union(AssociationTable::School),
                    responsibility: union(AssociationTable::Responsibility),
                },
                PersonKind::Staff => Arrays { main: union(AssociationTable::Staff), responsibility: None },
                PersonKind::Contact => Arrays { main: text(world.union_of_contact(&person)), responsibility: None },
            };
            (person, arrays)
        });
        snapshot.arrays.insert(kind, arrays.collect());
    }
    snapshot
}

async fn hierarchy(session: &Session, ids: &[i64]) -> Result<Findings, Error> {
    let stored = session.organizations(ids).await?;
    let lines = session.ancestors(ids).await?;
    let compare = |past: &Past| {
        let mut findings = Findings::default();
        organizations::compare(&stored, &lines, past, &mut findings);
        findings
    };
    let findings = compare(&Past::default());
    let strays: Vec<i64> = findings.questions.organizations.iter().copied().collect();
    if strays.is_empty() { Ok(findings) } else { Ok(compare(&session.rewritten(&strays).await?)) }
}

/// The tables that rows without a document may be in.
const TABLES: &[&str] = &[
    "alias",
    "reference",
    "studentsecurabledocument",
    "staffsecurabledocument",
    "contactsecurabledocument",
    "studentschoolassociationauthorization",
    "studenteducationorganizationresponsibilityauthorization",
    "staffeducationorganizationauthorization",
    "studentcontactrelation",
    "contactstudentschoolauthorization",
    "educationorganizationhierarchytermslookup",
];

async fn orphans(session: &Session) -> Result<Vec<Difference>, Error> {
    let rows = session.client.query(include_str!("../../queries/check/orphans.sql"), &[]).await?;
    let difference = |row: &tokio_postgres::Row| {
        let (name, lacks, subject): (&str, &str, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let table = TABLES.iter().find(|table| **table == name).copied().unwrap_or("?");
        let stored = json!(format!("a row without its {lacks}"));
        Ok(Difference::between(table, Some(stored), None).about(subject))
    };
    rows.iter().map(difference).collect()
}

impl Page {
    pub(super) fn empty(position: Position) -> Self {
        Self { position, documents: 0, differences: Vec::new(), history: BTreeMap::new() }
    }

    /// Takes in what another one has.
    pub(super) fn add(&mut self, other: Self) {
        self.documents += other.documents;
        self.differences.extend(other.differences);
        for (table, count) in other.history {
            *self.history.entry(table).or_default() += count;
        }
    }

    fn take(&mut self, findings: Findings) {
        self.differences.extend(findings.differences);
        for table in findings.history {
            *self.history.entry(table).or_default() += 1;
        }
    }
}
