//! The rows that triggers make for associations: of persons with organizations, and of contacts. Pure.

use laneway_model::{Association, AssociationKind};
use serde_json::{Value as Json, json};

use super::arrays::{Verdict, is_rewritten_since};
use super::difference::{AssociationTable, Difference, Mend};
use super::facts::{AssociationRow, ContactRow, Past, StoredDocument, World};
use super::findings::Findings;
use super::ids;

fn table_of(kind: AssociationKind) -> Option<AssociationTable> {
    match kind {
        AssociationKind::StudentSchool => Some(AssociationTable::School),
        AssociationKind::StudentResponsibility => Some(AssociationTable::Responsibility),
        AssociationKind::StaffEmployment | AssociationKind::StaffAssignment => Some(AssociationTable::Staff),
        AssociationKind::StudentContact => None,
    }
}

/// A document that is an association with an organization has one row, with what is above the organization now: a moved organization
/// takes the rows along. Any other document has none.
pub(super) fn compare_association(
    document: &StoredDocument,
    association: Option<&Association<String>>,
    world: &World,
    findings: &mut Findings,
) {
    let wanted = association.and_then(|association| {
        let list = association.organization().and_then(|organization| world.ancestors(organization));
        Some((table_of(association.kind)?, association.person.clone()?, association.organization()?, list))
    });
    let shown = |person: &str, organization: i64, list: Json| json!({ "person": person, "organization": organization, "list": list });
    let mut is_there = false;
    for (table, row) in &document.rows.associations {
        let stored = shown(&row.person, row.organization, ids::list(&row.list));
        let Some((_, person, organization, list)) = wanted.as_ref().filter(|(of, ..)| of == table && !is_there) else {
            findings.differences.push(Difference::between(table.name(), Some(stored), None).about(&row.person));
            continue;
        };
        is_there = true;
        let names_the_same = row.person == *person && row.organization == *organization;
        if names_the_same && list.as_ref() == Some(&row.list) {
            continue;
        }
        let expected = shown(person, *organization, list.as_ref().map_or(Json::Null, ids::list));
        let mend = Mend::Association { table: *table, person: person.clone(), document: document.name.key };
        findings.differences.push(Difference {
            mend: (names_the_same && list.is_some()).then_some(mend),
            ..Difference::between(table.name(), Some(stored), Some(expected)).about(person)
        });
    }
    if let Some((table, person, organization, list)) = wanted.filter(|_| !is_there) {
        let expected = shown(&person, organization, list.as_ref().map_or(Json::Null, ids::list));
        findings.differences.push(Difference::between(table.name(), None, Some(expected)).about(person));
    }
}

/// An association of a student with a contact has a relation, and a row for each school association of the student.
pub(super) fn compare_contact_association(
    document: &StoredDocument,
    association: Option<&Association<String>>,
    world: &World,
    findings: &mut Findings,
) {
    let wanted = association.and_then(|association| Some((association.person.clone()?, association.other.clone()?)));
    compare_relation(document, wanted.as_ref(), findings);
    // The rows are those of the relation as it is, whether or not it is the right one.
    let Some((student, contact)) = document.rows.relations.first().cloned().or(wanted) else { return };
    let schools = world.associations_of(AssociationTable::School, &student);
    Relation { document, student, contact, schools }.compare(world, findings);
}

/// There is no update trigger: a relation stays what it was when the association was inserted.
fn compare_relation(document: &StoredDocument, wanted: Option<&(String, String)>, findings: &mut Findings) {
    const TABLE: &str = "studentcontactrelation";
    let shown = |(student, contact): &(String, String)| json!({ "student": student, "contact": contact });
    let relations = &document.rows.relations;
    if relations.len() <= 1 && relations.first() == wanted {
        return;
    }
    let may_be_older = relations.len() == 1 && document.times.is_rewritten();
    let verdict = if may_be_older { Verdict::History } else { Verdict::Differs };
    findings.judge(verdict, TABLE, || Difference::between(TABLE, relations.first().map(shown), wanted.map(shown)));
}

/// A contact's relation to a student, with the student's school associations.
struct Relation<'a> {
    document: &'a StoredDocument,
    student: String,
    contact: String,
    schools: &'a [AssociationRow],
}

const CONTACT_ROWS: &str = "contactstudentschoolauthorization";

impl Relation<'_> {
    fn compare(&self, world: &World, findings: &mut Findings) {
        let rows = &self.document.rows.contact_rows;
        for school in self.schools {
            let mut found: Vec<&ContactRow> = rows.iter().filter(|row| self.stands_for(row, school)).collect();
            // An association that moved away and back has left an empty row beside the right one.
            found.sort_by_key(|row| Self::judge_list(row, school, world));
            let before = findings.differences.len();
            match *found {
                [] => {
                    let verdict = if self.may_lack(school, &world.past) { Verdict::History } else { Verdict::Differs };
                    findings.judge(verdict, CONTACT_ROWS, || Difference {
                        mend: Some(self.mend(school)),
                        ..self.difference(None, Some(school), world)
                    });
                }
                [row, ref more @ ..] => {
                    let verdict = Self::judge_list(row, school, world);
                    // The statement means one row: of several, some are empty because the association moved.
                    let mend = more.is_empty().then(|| self.mend(school));
                    findings.judge(verdict, CONTACT_ROWS, || Difference {
                        mend,
                        ..self.difference(Some(row), Some(school), world)
                    });
                    // A school association that moves to this student adds rows under each relation, as often as there are others.
                    let multiplied =
                        if is_rewritten(school, &world.past) { Verdict::History } else { Verdict::Differs };
                    for row in more {
                        findings.judge(multiplied, CONTACT_ROWS, || self.difference(Some(row), None, world));
                    }
                }
            }
            if findings.differences.len() > before {
                findings.questions.documents.extend(self.schools.iter().map(|school| school.document));
                findings.questions.organizations.insert(school.organization);
            }
        }
        for row in rows.iter().filter(|row| !self.schools.iter().any(|school| self.stands_for(row, school))) {
            let of_student =
                self.schools.iter().find(|school| row.student == self.student && row.school == Some(school.document));
            let is_left = row.list.is_empty() || of_student.is_some_and(|school| is_rewritten(school, &world.past));
            findings.questions.documents.extend(of_student.map(|school| school.document));
            let verdict = if is_left { Verdict::History } else { Verdict::Differs };
            findings.judge(verdict, CONTACT_ROWS, || self.difference(Some(row), None, world));
        }
    }

    fn stands_for(&self, row: &ContactRow, school: &AssociationRow) -> bool {
        row.school == Some(school.document) && row.student == self.student && row.contact == self.contact
    }

    /// The ancestors of the school; an organization that moves leaves these lists as they were.
    fn judge_list(row: &ContactRow, school: &AssociationRow, world: &World) -> Verdict {
        if world.ancestors(school.organization).as_ref() == Some(&row.list) {
            return Verdict::Fits;
        }
        let is_stale = row.list.contains(&ids::id(school.organization))
            && is_rewritten_since(&world.past, school.organization, i64::MIN);
        if is_stale { Verdict::History } else { Verdict::Differs }
    }

    /// Whether the association may have come from another student when this relation was there: then it brought a row only to
    /// contacts that had one for the student already.
    fn may_lack(&self, school: &AssociationRow, past: &Past) -> bool {
        let Some(times) = past.times.get(&school.document).filter(|times| times.is_rewritten()) else { return false };
        let was_there = |other: &&AssociationRow| {
            other.document != school.document
                && past.times.get(&other.document).is_some_and(|of| of.created <= times.modified)
        };
        let has_row =
            |other: &AssociationRow| self.document.rows.contact_rows.iter().any(|row| self.stands_for(row, other));
        self.document.times.created <= times.modified && !self.schools.iter().filter(was_there).any(has_row)
    }

    fn difference(&self, stored: Option<&ContactRow>, school: Option<&AssociationRow>, world: &World) -> Difference {
        let shown = |student: &str, contact: &str, list: Json, school: Option<_>| {
            let school = school.map(|key: laneway_core::store::DocumentKey| format!("{}:{}", key.partition, key.id));
            json!({ "student": student, "contact": contact, "schoolAssociation": school, "list": list })
        };
        let expected = school.map(|school| {
            let list = world.ancestors(school.organization).as_ref().map_or(Json::Null, ids::list);
            shown(&self.student, &self.contact, list, Some(school.document))
        });
        let stored = stored.map(|row| shown(&row.student, &row.contact, ids::list(&row.list), row.school));
        Difference::between(CONTACT_ROWS, stored, expected).about(&self.contact)
    }

    fn mend(&self, school: &AssociationRow) -> Mend {
        Mend::ContactRow {
            student: self.student.clone(),
            contact: self.contact.clone(),
            relation: self.document.name.key,
            school: school.document,
        }
    }
}

fn is_rewritten(school: &AssociationRow, past: &Past) -> bool {
    past.times.get(&school.document).is_some_and(|times| times.is_rewritten())
}
