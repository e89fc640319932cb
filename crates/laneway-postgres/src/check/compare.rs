//! One document's rows, compared with what a flush would write for the document and what triggers would add. Pure.

use std::collections::{BTreeMap, BTreeSet};

use laneway_core::changes::Changes;
use laneway_core::rewrite::{Rewrites, Unwritable};
use laneway_core::store::{DocumentKey, Snapshot, StoredAlias};
use laneway_model::{AssociationKind, Extraction, PersonKind, ReferentialId};
use serde_json::{Value as Json, json};

use super::arrays::{Array, Verdict};
use super::associations::{compare_association, compare_contact_association};
use super::difference::{AssociationTable, Difference, Mend};
use super::facts::{Reference, StoredDocument, World};
use super::findings::Findings;
use super::ids::{self, Ids};

/// An alias that is not there: stands in for it, so that the rest is compared.
const NOWHERE: StoredAlias = StoredAlias { id: -1, document: DocumentKey { partition: -1, id: -1 } };

/// Compares the document at `index` of `rewrites`; `snapshot` holds what its operation asks for.
pub(super) fn compare(
    document: &StoredDocument,
    rewrites: &Rewrites,
    index: usize,
    snapshot: &mut Snapshot,
    world: &World,
) -> Findings {
    let extraction = &rewrites.operation(index).extraction;
    let mut findings = Findings::default();
    compare_row(document, extraction, &mut findings);
    compare_aliases(document, extraction, &mut findings);
    compare_place(document, extraction, world, &mut findings);

    rewrites.enter(index, snapshot);
    if let Err(Unwritable::Missing(ids)) = rewrites.changes(index, snapshot) {
        snapshot.aliases.extend(ids.into_iter().map(|id| (id, NOWHERE)));
    }
    // Under a cycle of organizations, which is listed by itself, nothing is written.
    if let Ok(changes) = rewrites.changes(index, snapshot) {
        compare_references(document, &changes, extraction, snapshot, &mut findings);
        let is_as_written = compare_securable(document, &changes, &mut findings);
        compare_arrays(document, &changes, is_as_written, extraction, world, &mut findings);
    }
    let association = document.association.as_ref();
    match association.map(|association| association.kind) {
        Some(AssociationKind::StudentContact) => {
            compare_contact_association(document, association, world, &mut findings);
        }
        _ => compare_association(document, association, world, &mut findings),
    }
    for difference in &mut findings.differences {
        difference.document.get_or_insert_with(|| document.name.clone());
    }
    findings
}

/// The columns of the document's own row that follow from its body and its ids.
fn compare_row(document: &StoredDocument, extraction: &Extraction, findings: &mut Findings) {
    let mut column = |name, stored: Json, expected: Json| {
        if stored != expected {
            let difference = Difference::between("document", Some(stored), Some(expected));
            findings.differences.push(Difference { column: Some(name), ..difference });
        }
    };
    let uuid = document.name.uuid;
    column("documentpartitionkey", document.name.key.partition.into(), uuid.partition().get().into());
    column("edfidoc.id", document.id_in_body.clone().into(), uuid.to_string().into());
    column("isdescriptor", document.is_descriptor.into(), extraction.resource.is_descriptor.into());
    let mut security = Vec::new();
    extraction.write_security_elements(&mut security);
    let parsed = |text: &[u8]| serde_json::from_slice::<Json>(text).unwrap_or(Json::Null);
    column("securityelements", parsed(document.security.as_bytes()), parsed(&security));
}

fn compare_aliases(document: &StoredDocument, extraction: &Extraction, findings: &mut Findings) {
    let expected: BTreeSet<_> = extraction.own_ids().map(|id| (id.partition().get(), id)).collect();
    let stored = &document.rows.aliases;
    findings.between(
        "alias",
        stored.difference(&expected).collect(),
        expected.difference(stored).collect(),
        |(partition, id)| json!({ "referentialId": id.to_string(), "partition": partition }),
    );
}

/// The organization's row of the hierarchy.
fn compare_place(document: &StoredDocument, extraction: &Extraction, world: &World, findings: &mut Findings) {
    const TABLE: &str = "educationorganizationhierarchy";
    let Some(hierarchy) = extraction.hierarchy else { return };
    let shown = |parent: Option<i64>, owner: DocumentKey| {
        let owner =
            if owner == document.name.key { json!("this") } else { json!(format!("{}:{}", owner.partition, owner.id)) };
        json!({ "parent": parent, "document": owner })
    };
    // Id 0, "no parent", is a parent when an organization has it.
    let parent = world.places.contains_key(&hierarchy.parent_id).then_some(hierarchy.parent_id);
    let expected = shown(parent, document.name.key);
    let subject = format!("organization {}", hierarchy.id);
    let Some(place) = world.places.get(&hierarchy.id) else {
        findings.differences.push(Difference::between(TABLE, None, Some(expected)).about(subject));
        return;
    };
    let stored = shown(place.parent, place.document);
    let has_name = place.project == document.project && place.resource == document.resource;
    if stored == expected && has_name {
        return;
    }
    // An organization 0 that came later is no parent of those before it.
    let may_be_later = has_name && hierarchy.parent_id == 0 && stored == shown(None, document.name.key);
    let verdict = if may_be_later { Verdict::History } else { Verdict::Differs };
    findings.judge(verdict, TABLE, || Difference::between(TABLE, Some(stored), Some(expected)).about(subject));
}

fn compare_references(
    document: &StoredDocument,
    changes: &Changes<'_>,
    extraction: &Extraction,
    snapshot: &Snapshot,
    findings: &mut Findings,
) {
    let reference = |row: &laneway_core::changes::ReferenceRow| Reference {
        alias_partition: row.referential_id.partition().get(),
        alias: row.alias.id,
        document: row.alias.document,
    };
    let expected: BTreeSet<Reference> = changes.reference_sets.iter().map(reference).collect();
    let stored = &document.rows.references;
    if expected == *stored {
        return;
    }
    let mut unexpected: Vec<&Reference> = stored.difference(&expected).collect();
    // An identity without an alias: its document is reported, unless this one has no row for it either.
    let mut nameless: usize = distinct(extraction).filter(|id| snapshot.aliases.get(id) == Some(&NOWHERE)).count();
    while nameless > 0 && unexpected.pop().is_some() {
        nameless -= 1;
    }
    let named: BTreeMap<(i16, i64), (ReferentialId, String)> = extraction
        .referenced_names()
        .filter_map(|(id, name)| {
            let alias = snapshot.aliases.get(&id)?;
            Some(((id.partition().get(), alias.id), (id, format!("{}.{}", name.project_name, name.resource_name))))
        })
        .collect();
    let missing: Vec<&Reference> = expected
        .difference(stored)
        .filter(|reference| reference.alias != NOWHERE.id)
        .chain(expected.iter().filter(|reference| reference.alias == NOWHERE.id).take(nameless))
        .collect();
    findings.between("reference", unexpected, missing, |reference| {
        let identity = named.get(&(reference.alias_partition, reference.alias));
        let to = identity.map(|(id, name)| json!({ "referentialId": id.to_string(), "resource": name }));
        json!({
            "to": to,
            "alias": format!("{}:{}", reference.alias_partition, reference.alias),
            "document": format!("{}:{}", reference.document.partition, reference.document.id),
        })
    });
}

fn distinct(extraction: &Extraction) -> impl Iterator<Item = ReferentialId> {
    extraction.referenced_ids().collect::<BTreeSet<_>>().into_iter()
}

/// For each kind of person whether the securable row is the one of the document as it is: an update adds none and removes none.
type AsWritten = BTreeMap<PersonKind, bool>;

fn compare_securable(document: &StoredDocument, changes: &Changes<'_>, findings: &mut Findings) -> AsWritten {
    let mut as_written = AsWritten::new();
    for kind in PersonKind::ALL {
        let table = securable_table(kind);
        let expected = changes.securable_updates.get(&kind).and_then(|rows| rows.first()).map(|row| row.person);
        let stored = document.rows.persons.get(&kind).map_or(&[][..], Vec::as_slice);
        let is_left = document.times.is_rewritten() && (stored.is_empty() || (expected.is_none() && stored.len() == 1));
        let verdict = match (stored, expected) {
            ([], None) => Verdict::Fits,
            ([person], Some(expected)) if person == expected => Verdict::Fits,
            _ if is_left => Verdict::History,
            _ => Verdict::Differs,
        };
        as_written.insert(kind, verdict != Verdict::History);
        match verdict {
            Verdict::Fits => {}
            Verdict::History => findings.history.push(table),
            Verdict::Differs => {
                let mut unexpected: Vec<&str> = stored.iter().map(String::as_str).collect();
                let at = unexpected.iter().position(|person| Some(*person) == expected);
                let missing: Vec<&str> = expected.filter(|_| at.is_none()).into_iter().collect();
                at.map(|at| unexpected.remove(at));
                findings.between(table, unexpected, missing, |person| json!(person));
            }
        }
    }
    as_written
}

fn securable_table(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Student => "studentsecurabledocument",
        PersonKind::Staff => "staffsecurabledocument",
        PersonKind::Contact => "contactsecurabledocument",
    }
}

fn compare_arrays(
    document: &StoredDocument,
    changes: &Changes<'_>,
    as_written: AsWritten,
    extraction: &Extraction,
    world: &World,
    findings: &mut Findings,
) {
    let Some(write) = changes.updates.first() else { return };
    let columns = [
        (
            PersonKind::Student,
            Some(AssociationTable::School),
            "studentschoolauthorizationedorgids",
            &document.arrays.student,
            write.arrays.student,
        ),
        (
            PersonKind::Student,
            Some(AssociationTable::Responsibility),
            "studentedorgresponsibilityauthorizationids",
            &document.arrays.responsibility,
            write.arrays.responsibility,
        ),
        (
            PersonKind::Contact,
            None,
            "contactstudentschoolauthorizationedorgids",
            &document.arrays.contact,
            write.arrays.contact,
        ),
        (
            PersonKind::Staff,
            Some(AssociationTable::Staff),
            "staffeducationorganizationauthorizationedorgids",
            &document.arrays.staff,
            write.arrays.staff,
        ),
    ];
    for (kind, table, column, stored, expected) in columns {
        let (stored, expected) = (stored.as_ref(), expected.map(ids::ids));
        let Some(person) = extraction.first_person(kind) else {
            compare_array_of_none(document, kind, table, column, stored, as_written[&kind], findings);
            continue;
        };
        // Where the row names another person, as one that was written `1e2`, the triggers read other associations than we do here.
        let mut may_be_mended = document.is_of(kind, person);
        let verdict = match table {
            Some(table) => {
                let array = Array { table, person, stored, expected: expected.as_ref(), times: document.times };
                let verdict = array.verdict(world);
                if verdict == Verdict::Differs {
                    array.ask(world, &mut findings.questions);
                }
                may_be_mended &= array.may_be_mended();
                verdict
            }
            None if stored == expected.as_ref() || stored == world.stored_union_of_contact(person).as_ref() => {
                Verdict::Fits
            }
            None => Verdict::Differs,
        };
        // Without its securable row, or under another person's, triggers pass the document by.
        let verdict = if verdict == Verdict::Differs && !as_written[&kind] { Verdict::History } else { verdict };
        findings.judge(verdict, "document", || Difference {
            column: Some(column),
            mend: may_be_mended.then(|| Mend::Array { kind, person: person.to_owned(), document: document.name.key }),
            ..difference(stored, expected.as_ref()).about(person)
        });
    }
}

fn difference(stored: Option<&Ids>, expected: Option<&Ids>) -> Difference {
    let shown = |ids: Option<&Ids>| ids.map_or(Json::Null, ids::list);
    Difference::between("document", Some(shown(stored)), Some(shown(expected)))
}

/// The array of a document that names no such person: null, but for an association, whose trigger writes into it whatever its
/// resource says, and for one that named a person before.
fn compare_array_of_none(
    document: &StoredDocument,
    kind: PersonKind,
    table: Option<AssociationTable>,
    column: &'static str,
    stored: Option<&Ids>,
    is_as_written: bool,
    findings: &mut Findings,
) {
    let Some(stored) = stored else { return };
    let by_trigger = match table {
        Some(table) => document.rows.associations.iter().any(|(of, row)| *of == table && row.list.is_subset(stored)),
        None => !document.rows.relations.is_empty(),
    };
    let verdict = if by_trigger || !is_as_written { Verdict::History } else { Verdict::Differs };
    debug_assert!(table.is_none_or(|table| table.person() == kind), "an array belongs to its kind of person");
    findings.judge(verdict, "document", || Difference { column: Some(column), ..difference(Some(stored), None) });
}
