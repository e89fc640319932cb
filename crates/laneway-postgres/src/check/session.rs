//! One connection of a check: its statements, prepared once, and the snapshot that each page is read in. Reads facts; compares
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::{try_join_all, try_join3, try_join4};
use laneway_core::rewrite::Rewrites;
use laneway_core::store::{DocumentKey, Organization, StoredAlias};
use laneway_model::{Association, AssociationKind, DocumentUuid, Hierarchy, PersonKind, ReferentialId};
use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

use super::difference::{AssociationTable, CheckedDocument};
use super::facts::{
    AssociationRow, ContactRow, DocumentArrays, Past, Place, Questions, Reference, Rows, StoredDocument, Times, World,
};
use super::ids::{Ids, ids};
use crate::layout::Release;
use crate::options::SEARCH_PATH;
use crate::session::lock_word;

/// Every page is one snapshot: what a flush commits is there as a whole, or not at all. A page is read by keys, as a flush reads.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// How long one statement may run: those over whole tables take minutes.
const STATEMENT_TIMEOUT: &str =
    "SET LOCAL statement_timeout = '30min'; SET LOCAL idle_in_transaction_session_timeout = '1min'";

macro_rules! queries {
    ($($name:ident $path:literal,)*) => {
        /// The statements.
        pub(super) struct Queries {
            references: Statement,
            $($name: Statement,)*
        }

        impl Queries {
            async fn prepare(client: &Client, release: Release) -> Result<Self, Error> {
                let references = match release {
                    Release::V0_6 => include_str!("../../queries/check/dms-0.6/references.sql"),
                    Release::V0_7 => include_str!("../../queries/check/dms-0.7/references.sql"),
                };
                let all = [references, $(include_str!(concat!("../../queries/", $path)),)*];
                let mut prepared = try_join_all(all.map(|text| client.prepare(text))).await?.into_iter();
                let mut next = || prepared.next().expect("one statement a text");
                Ok(Self { references: next(), $($name: next(),)* })
            }
        }
    };
}

queries! {
    page "check/page.sql",
    documents "check/documents.sql",
    rows "check/rows.sql",
    aliases "check/aliases.sql",
    associations "check/associations.sql",
    contacts "check/contacts.sql",
    places "check/places.sql",
    ancestors "flush/read_organizations.sql",
    times "check/times.sql",
    moves "check/moves.sql",
    rewritten "check/rewritten.sql",
    organization_page "check/organization_page.sql",
    organizations "check/organizations.sql",
    documents_of "check/documents_of.sql",
    carriers "check/carriers.sql",
    marks "check/marks.sql",
    touched "check/touched.sql",
}

/// A connection.
pub(super) struct Session {
    pub(super) client: Client,
    queries: Queries,
}

/// An organization of the hierarchy with what is below it.
#[derive(Clone, Debug)]
pub(super) struct StoredOrganization {
    pub(super) id: i64,
    /// Itself and all below it.
    pub(super) below: Ids,
    pub(super) lookup: Option<Ids>,
    pub(super) has_document: bool,
}

type Parameter<'a> = &'a (dyn ToSql + Sync);

impl Session {
    pub(super) async fn new(client: Client, release: Release) -> Result<Self, Error> {
        let queries = Queries::prepare(&client, release).await?;
        Ok(Self { client, queries })
    }

    /// Begins a page. Look-ups by key are planned as a flush plans its own.
    pub(super) async fn begin(&self) -> Result<(), Error> {
        let planner = include_str!("../../queries/flush/planner.sql");
        self.client
            .batch_execute(&format!(
                "{BEGIN}; {SEARCH_PATH}; {STATEMENT_TIMEOUT}; SET LOCAL plan_cache_mode = force_generic_plan; {planner}"
            ))
            .await
    }

    /// Begins a statement over whole tables.
    pub(super) async fn begin_whole(&self) -> Result<(), Error> {
        self.client.batch_execute(&format!("{BEGIN}; {SEARCH_PATH}; {STATEMENT_TIMEOUT}; SET LOCAL jit = off")).await
    }

    pub(super) async fn end(&self) -> Result<(), Error> {
        self.client.batch_execute("ROLLBACK").await
    }

    /// The next documents of a partition.
    pub(super) async fn page(&self, partition: i16, after: i64, max: i64) -> Result<Vec<i64>, Error> {
        let row = self.client.query_one(&self.queries.page, &[&partition, &after, &max]).await?;
        Ok(row.try_get::<_, Option<Vec<i64>>>(0)?.unwrap_or_default())
    }

    /// The next organizations.
    pub(super) async fn organization_page(&self, after: i64, max: i64) -> Result<Vec<i64>, Error> {
        let row = self.client.query_one(&self.queries.organization_page, &[&after, &max]).await?;
        Ok(row.try_get::<_, Option<Vec<i64>>>(0)?.unwrap_or_default())
    }

    /// Documents with their own rows.
    pub(super) async fn documents(&self, partition: i16, ids: &[i64]) -> Result<Vec<StoredDocument>, Error> {
        let parameters: [Parameter<'_>; 2] = [&partition, &ids];
        let (documents, rows, references) = try_join3(
            self.client.query(&self.queries.documents, &parameters),
            self.client.query(&self.queries.rows, &parameters),
            self.client.query(&self.queries.references, &parameters),
        )
        .await?;
        let mut of: BTreeMap<i64, Rows> = BTreeMap::new();
        for row in &rows {
            add_row(of.entry(row.try_get("document")?).or_default(), partition, row)?;
        }
        for row in &references {
            let reference = Reference {
                alias_partition: row.try_get("alias_partition")?,
                alias: row.try_get("alias_id")?,
                document: key(row)?,
            };
            of.entry(row.try_get("document")?).or_default().references.insert(reference);
        }
        let read = |row: &Row| stored_document(row, partition, of.remove(&row.try_get("id")?).unwrap_or_default());
        documents.iter().map(read).collect()
    }

    /// What the documents are compared with.
    pub(super) async fn world(&self, rewrites: &Rewrites, documents: &[StoredDocument]) -> Result<World, Error> {
        let request = rewrites.request();
        let persons = |kind| -> Vec<&str> {
            let named = request.persons.get(&kind).into_iter().flatten().map(|(person, _)| person.as_str());
            let all: BTreeSet<&str> =
                named.chain(documents.iter().flat_map(|of| of.associated_persons(kind))).collect();
            all.into_iter().collect()
        };
        let (students, staff, contacts) =
            (persons(PersonKind::Student), persons(PersonKind::Staff), persons(PersonKind::Contact));
        let partitions: Vec<i16> = request.references.iter().map(|id| id.partition().get()).collect();
        let identities: Vec<Uuid> = request.references.iter().map(|id| id.0).collect();
        let hierarchy = (0..documents.len()).filter_map(|index| rewrites.operation(index).extraction.hierarchy);
        let places: Vec<i64> = hierarchy.flat_map(|Hierarchy { id, parent_id }| [id, parent_id]).collect();
        let (aliases, associations, contacts, places) = try_join4(
            self.client.query(&self.queries.aliases, &[&partitions, &identities]),
            self.client.query(&self.queries.associations, &[&students, &staff]),
            self.client.query(&self.queries.contacts, &[&contacts]),
            self.client.query(&self.queries.places, &[&places]),
        )
        .await?;
        let mut world = World::default();
        for row in &aliases {
            let ordinal: i64 = row.try_get("ordinal")?;
            let alias = StoredAlias { id: row.try_get("alias_id")?, document: key(row)? };
            let id = usize::try_from(ordinal - 1).ok().and_then(|index| request.references.get(index));
            world.aliases.extend(id.map(|id| (*id, alias)));
        }
        for row in &associations {
            let Some(table) = association_table(row.try_get("kind")?) else { continue };
            let found = association_row(row, key(row)?)?;
            world.associations.entry((table, found.person.clone())).or_default().push(found);
        }
        for row in &contacts {
            let facts = world.contacts.entry(row.try_get("person")?).or_default();
            facts.schools.extend(row.try_get::<_, Option<i64>>("organization")?);
            facts.lists.extend(list(row, "list")?);
        }
        for row in &places {
            world.places.insert(row.try_get("organization")?, place(row)?);
        }
        let mut organizations = request.organizations.clone();
        organizations.extend(documents.iter().filter_map(|of| of.association.as_ref()?.organization()));
        organizations.extend(world.associations.values().flatten().map(|row| row.organization));
        organizations.extend(world.contacts.values().flat_map(|facts| &facts.schools));
        organizations.sort_unstable();
        organizations.dedup();
        world.organizations = self.ancestors(&organizations).await?;
        Ok(world)
    }

    /// Organizations that are there, with what is above them.
    pub(super) async fn ancestors(&self, organizations: &[i64]) -> Result<BTreeMap<i64, Organization>, Error> {
        let rows = self.client.query(&self.queries.ancestors, &[&organizations]).await?;
        let mut found = BTreeMap::new();
        for row in &rows {
            let ordinal: i64 = row.try_get("ordinal")?;
            let ancestors: &str = row.try_get("ancestors")?;
            let organization = Organization {
                row: row.try_get("hierarchy_id")?,
                ancestors: ancestors.split(',').filter_map(|id| id.parse().ok()).collect(),
                cyclic: row.try_get("is_cyclic")?,
            };
            let id = usize::try_from(ordinal - 1).ok().and_then(|index| organizations.get(index));
            found.extend(id.map(|id| (*id, organization)));
        }
        Ok(found)
    }

    /// What tells of earlier orders of writes.
    pub(super) async fn past(&self, questions: &Questions) -> Result<Past, Error> {
        let organizations: Vec<i64> = questions.organizations.iter().copied().collect();
        let keys: Vec<DocumentKey> = questions.documents.iter().copied().collect();
        let partitions: Vec<i16> = keys.iter().map(|key| key.partition).collect();
        let ids: Vec<i64> = keys.iter().map(|key| key.id).collect();
        let moves = async {
            // Over all associations of a kind.
            if questions.moves { self.client.query(&self.queries.moves, &[]).await } else { Ok(Vec::new()) }
        };
        let (rewritten, times, moves) = try_join3(
            self.client.query(&self.queries.rewritten, &[&organizations]),
            self.client.query(&self.queries.times, &[&partitions, &ids]),
            moves,
        )
        .await?;
        let mut past = Past::default();
        for row in &rewritten {
            past.rewritten.insert(row.try_get("organization")?, row.try_get("modified")?);
        }
        for row in &times {
            let ordinal: i64 = row.try_get("ordinal")?;
            let key = usize::try_from(ordinal - 1).ok().and_then(|index| keys.get(index));
            let times = Times { created: row.try_get("created")?, modified: row.try_get("modified")? };
            past.times.extend(key.map(|key| (*key, times)));
        }
        if let [row] = &moves[..] {
            past.school_moved = row.try_get("school")?;
            past.responsibility_moved = row.try_get("responsibility")?;
        }
        Ok(past)
    }

    /// When one of an organization's line was last written again.
    pub(super) async fn rewritten(&self, organizations: &[i64]) -> Result<Past, Error> {
        self.past(&Questions { organizations: organizations.iter().copied().collect(), ..Questions::default() }).await
    }

    pub(super) async fn organizations(&self, ids: &[i64]) -> Result<Vec<StoredOrganization>, Error> {
        let rows = self.client.query(&self.queries.organizations, &[&ids]).await?;
        let read = |row: &Row| {
            Ok(StoredOrganization {
                id: row.try_get("organization")?,
                below: list(row, "below")?.unwrap_or_default(),
                lookup: list(row, "lookup")?,
                has_document: row.try_get("has_document")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The documents that carry something of persons.
    pub(super) async fn documents_of(
        &self,
        persons: &BTreeMap<PersonKind, Vec<String>>,
    ) -> Result<Vec<DocumentKey>, Error> {
        let of = |kind| persons.get(&kind).cloned().unwrap_or_default();
        let (students, staff, contacts) = (of(PersonKind::Student), of(PersonKind::Staff), of(PersonKind::Contact));
        let rows = self.client.query(&self.queries.documents_of, &[&students, &staff, &contacts]).await?;
        rows.iter().map(key).collect()
    }
}

/// The newest rows that tell of persons and organizations, and which transactions may still add older ones.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Marks {
    pub(super) rows: Vec<i64>,
    /// The oldest transaction that is not over, and the first that has not begun.
    pub(super) oldest: i64,
    pub(super) next: i64,
}

/// Of whom new rows tell.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Touched {
    pub(super) persons: Vec<(PersonKind, String)>,
    pub(super) organizations: Vec<i64>,
}

impl Session {
    pub(super) async fn marks(&self) -> Result<Marks, Error> {
        let row = self.client.query_one(&self.queries.marks, &[]).await?;
        Ok(Marks { rows: row.try_get("marks")?, oldest: row.try_get("oldest")?, next: row.try_get("next")? })
    }

    /// Of whom rows tell that are newer than the marks.
    pub(super) async fn touched(&self, marks: &[i64]) -> Result<Touched, Error> {
        let rows = self.client.query(&self.queries.touched, &[&marks]).await?;
        let mut touched = Touched::default();
        for row in &rows {
            let subject: String = row.try_get("subject")?;
            match person_kind(row.try_get("kind")?) {
                Some(kind) => touched.persons.push((kind, subject)),
                None => touched.organizations.extend(subject.parse::<i64>()),
            }
        }
        Ok(touched)
    }

    /// The documents that carry the arrays of students and contacts.
    pub(super) async fn carriers(
        &self,
        students: &[&str],
        contacts: &[&str],
    ) -> Result<Vec<(PersonKind, String, DocumentKey)>, Error> {
        let rows = self.client.query(&self.queries.carriers, &[&students, &contacts]).await?;
        let read = |row: &Row| {
            let kind = person_kind(row.try_get("kind")?).unwrap_or(PersonKind::Student);
            Ok((kind, row.try_get("person")?, key(row)?))
        };
        rows.iter().map(read).collect()
    }
}

fn person_kind(word: &str) -> Option<PersonKind> {
    PersonKind::ALL.into_iter().find(|kind| lock_word(*kind) == word)
}

fn key(row: &Row) -> Result<DocumentKey, Error> {
    Ok(DocumentKey { partition: row.try_get("document_partition")?, id: row.try_get("document_id")? })
}

fn list(row: &Row, column: &str) -> Result<Option<Ids>, Error> {
    Ok(row.try_get::<_, Option<&str>>(column)?.map(ids))
}

fn place(row: &Row) -> Result<Place, Error> {
    Ok(Place {
        project: row.try_get("projectname")?,
        resource: row.try_get("resourcename")?,
        document: key(row)?,
        parent: row.try_get("parent")?,
    })
}

fn stored_document(row: &Row, partition: i16, rows: Rows) -> Result<StoredDocument, Error> {
    let (project, resource): (String, String) = (row.try_get("projectname")?, row.try_get("resourcename")?);
    let sides = (row.try_get("associated_person")?, row.try_get("associated_other")?);
    let association =
        AssociationKind::of(&project, &resource).map(|kind| Association { kind, person: sides.0, other: sides.1 });
    Ok(StoredDocument {
        name: CheckedDocument {
            key: DocumentKey { partition, id: row.try_get("id")? },
            uuid: DocumentUuid(row.try_get("documentuuid")?),
            resource: format!("{project}.{resource}"),
        },
        project,
        resource,
        is_descriptor: row.try_get("isdescriptor")?,
        body: row.try_get("body")?,
        id_in_body: row.try_get("id_in_body")?,
        security: row.try_get("security")?,
        association,
        arrays: DocumentArrays {
            student: list(row, "student")?,
            responsibility: list(row, "responsibility")?,
            contact: list(row, "contact")?,
            staff: list(row, "staff")?,
        },
        times: Times { created: row.try_get("created")?, modified: row.try_get("modified")? },
        rows,
    })
}

fn association_table(kind: &str) -> Option<AssociationTable> {
    Some(match kind {
        "school association" => AssociationTable::School,
        "responsibility association" => AssociationTable::Responsibility,
        "staff association" => AssociationTable::Staff,
        _ => return None,
    })
}

fn association_row(row: &Row, document: DocumentKey) -> Result<AssociationRow, Error> {
    Ok(AssociationRow {
        person: row.try_get("person")?,
        organization: row.try_get("organization")?,
        list: list(row, "list")?.unwrap_or_default(),
        document,
    })
}

/// Puts a row of `rows.sql` where it belongs.
fn add_row(rows: &mut Rows, partition: i16, row: &Row) -> Result<(), Error> {
    fn get<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Result<T, Error> {
        row.try_get(column)
    }
    let kind: &str = get(row, "kind")?;
    match kind {
        "alias" => drop(rows.aliases.insert((get(row, "partition")?, ReferentialId(get(row, "referential_id")?)))),
        "student" => rows.persons.entry(PersonKind::Student).or_default().push(get(row, "person")?),
        "staff" => rows.persons.entry(PersonKind::Staff).or_default().push(get(row, "person")?),
        "contact" => rows.persons.entry(PersonKind::Contact).or_default().push(get(row, "person")?),
        "relation" => rows.relations.push((get(row, "person")?, get(row, "other")?)),
        "contact row" => {
            let school: (Option<i16>, Option<i64>) = (get(row, "other_partition")?, get(row, "other_id")?);
            rows.contact_rows.push(ContactRow {
                student: get(row, "person")?,
                contact: get(row, "other")?,
                list: list(row, "list")?.unwrap_or_default(),
                school: school.0.zip(school.1).map(|(partition, id)| DocumentKey { partition, id }),
            });
        }
        kind => {
            if let Some(table) = association_table(kind) {
                let document = DocumentKey { partition, id: get(row, "document")? };
                rows.associations.push((table, association_row(row, document)?));
            }
        }
    }
    Ok(())
}
