//! What is read of the database for some documents. Values only.

use std::collections::{BTreeMap, BTreeSet};

use laneway_core::store::{DocumentKey, Organization, StoredAlias};
use laneway_model::{Association, PersonKind, ReferentialId};

use super::difference::{AssociationTable, CheckedDocument};
use super::ids::{self, Ids};

/// A time in microseconds.
pub(super) type Time = i64;

/// When a document was first and last written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Times {
    pub(super) created: Time,
    pub(super) modified: Time,
}

impl Times {
    /// Whether it was written again after it was created.
    pub(super) fn is_rewritten(self) -> bool {
        self.modified > self.created
    }
}

/// A row of `Document`.
#[derive(Clone, Debug)]
pub(super) struct StoredDocument {
    pub(super) name: CheckedDocument,
    pub(super) project: String,
    pub(super) resource: String,
    pub(super) is_descriptor: bool,
    pub(super) body: String,
    pub(super) id_in_body: Option<String>,
    pub(super) security: String,
    /// The association that it is, its sides as triggers read them.
    pub(super) association: Option<Association<String>>,
    pub(super) arrays: DocumentArrays,
    pub(super) times: Times,
    pub(super) rows: Rows,
}

impl StoredDocument {
    /// The persons of this kind whom it, or the relation that it left, associates with something.
    pub(super) fn associated_persons(&self, kind: PersonKind) -> impl Iterator<Item = &str> {
        let related = self.rows.relations.iter().filter(move |_| kind == PersonKind::Student);
        let named = self.association.as_ref().and_then(|association| association.person_of(kind));
        named.into_iter().chain(related.map(|(student, _)| student.as_str()))
    }

    /// Whether triggers take the document for one of this person: its only securable row of the kind names the person.
    pub(super) fn is_of(&self, kind: PersonKind, person: &str) -> bool {
        self.rows.persons.get(&kind).is_some_and(|persons| *persons == [person])
    }
}

/// A document's four arrays.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct DocumentArrays {
    pub(super) student: Option<Ids>,
    pub(super) responsibility: Option<Ids>,
    pub(super) contact: Option<Ids>,
    pub(super) staff: Option<Ids>,
}

/// What other tables hold for a document.
#[derive(Clone, Default, Debug)]
pub(super) struct Rows {
    /// With the partitions that they are in.
    pub(super) aliases: BTreeSet<(i16, ReferentialId)>,
    pub(super) references: BTreeSet<Reference>,
    pub(super) persons: BTreeMap<PersonKind, Vec<String>>,
    pub(super) associations: Vec<(AssociationTable, AssociationRow)>,
    /// Student and contact.
    pub(super) relations: Vec<(String, String)>,
    pub(super) contact_rows: Vec<ContactRow>,
}

/// A row of `Reference`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Reference {
    pub(super) alias_partition: i16,
    pub(super) alias: i64,
    pub(super) document: DocumentKey,
}

/// A row that an association with an organization has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct AssociationRow {
    pub(super) person: String,
    pub(super) organization: i64,
    pub(super) list: Ids,
    /// The association's document.
    pub(super) document: DocumentKey,
}

/// A row of `ContactStudentSchoolAuthorization`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ContactRow {
    pub(super) student: String,
    pub(super) contact: String,
    pub(super) list: Ids,
    /// The school association's document.
    pub(super) school: Option<DocumentKey>,
}

/// A row of the hierarchy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) project: String,
    pub(super) resource: String,
    pub(super) document: DocumentKey,
    pub(super) parent: Option<i64>,
}

/// Of a contact: the schools of related students, and the lists of the rows that stand for them.
#[derive(Clone, Default, Debug)]
pub(super) struct ContactFacts {
    pub(super) schools: Vec<i64>,
    pub(super) lists: Vec<Ids>,
}

/// What documents are compared with beside their own rows.
#[derive(Clone, Default, Debug)]
pub(super) struct World {
    pub(super) aliases: BTreeMap<ReferentialId, StoredAlias>,
    pub(super) organizations: BTreeMap<i64, Organization>,
    pub(super) places: BTreeMap<i64, Place>,
    pub(super) associations: BTreeMap<(AssociationTable, String), Vec<AssociationRow>>,
    pub(super) contacts: BTreeMap<String, ContactFacts>,
    /// What only documents that differ are asked about; empty before.
    pub(super) past: Past,
}

/// What tells of values that another order of writes left.
#[derive(Clone, Default, Debug)]
pub(super) struct Past {
    /// When an association with a student's school, or with one responsible, was last moved to another student.
    pub(super) school_moved: Option<Time>,
    pub(super) responsibility_moved: Option<Time>,
    /// When one of an organization's line was last written again.
    pub(super) rewritten: BTreeMap<i64, Time>,
    /// Times of associations.
    pub(super) times: BTreeMap<DocumentKey, Times>,
}

impl World {
    /// An organization and all above it; `None`: it is not in the hierarchy.
    pub(super) fn ancestors(&self, organization: i64) -> Option<Ids> {
        self.organizations.get(&organization).map(|found| found.ancestors.iter().map(|id| ids::id(*id)).collect())
    }

    pub(super) fn associations_of(&self, table: AssociationTable, person: &str) -> &[AssociationRow] {
        self.associations.get(&(table, person.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The union of the ancestors over a person's associations: what the person's arrays ought to be.
    pub(super) fn union_of(&self, table: AssociationTable, person: &str) -> Option<Ids> {
        let lists: Vec<Ids> =
            self.associations_of(table, person).iter().filter_map(|row| self.ancestors(row.organization)).collect();
        ids::union(&lists)
    }

    /// The same over the lists of the rows, as they stand.
    pub(super) fn stored_union_of(&self, table: AssociationTable, person: &str) -> Option<Ids> {
        ids::union(self.associations_of(table, person).iter().map(|row| &row.list))
    }

    /// The union over a contact's students' schools.
    pub(super) fn union_of_contact(&self, contact: &str) -> Option<Ids> {
        let schools = self.contacts.get(contact).map_or(&[][..], |facts| &facts.schools);
        let lists: Vec<Ids> = schools.iter().filter_map(|school| self.ancestors(*school)).collect();
        ids::union(&lists)
    }

    /// The same over the lists of the contact's rows, as they stand.
    pub(super) fn stored_union_of_contact(&self, contact: &str) -> Option<Ids> {
        ids::union(self.contacts.get(contact).map_or(&[][..], |facts| &facts.lists))
    }
}

/// What is to be asked about the past.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Questions {
    pub(super) organizations: BTreeSet<i64>,
    pub(super) documents: BTreeSet<DocumentKey>,
    pub(super) moves: bool,
}
