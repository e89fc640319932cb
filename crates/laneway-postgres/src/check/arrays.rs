//! Whether a document's authorization array is one that the stored documents leave. Pure.
//!
//! A student's and a contact's arrays are the union over the person's rows, kept up by triggers. A staff member's are the union when
//! the document is written, and later the ancestors of whichever association is written, which stay when that one is deleted or moved
//! to another person: which was the last one is not stored.
//! Two things leave others for good: a move of an association to another student (null), and a move of an organization to another
//! parent, which reaches the rows and not the documents.

use super::difference::AssociationTable;
use super::facts::{AssociationRow, Past, Questions, Time, Times, World};
use super::ids::{self, Ids};

/// How a stored value stands to the stored documents; the better, the less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Verdict {
    /// As it ought to be.
    Fits,
    /// As another order of writes leaves it.
    History,
    /// As nothing leaves it.
    Differs,
}

/// An array of a document that names `person`.
#[derive(Debug)]
pub(super) struct Array<'a> {
    pub(super) table: AssociationTable,
    pub(super) person: &'a str,
    pub(super) stored: Option<&'a Ids>,
    /// The union, as a flush reads it.
    pub(super) expected: Option<&'a Ids>,
    /// Of the document.
    pub(super) times: Times,
}

impl Array<'_> {
    pub(super) fn verdict(&self, world: &World) -> Verdict {
        let rows = world.associations_of(self.table, self.person);
        // Where a row's own list is wrong, that is reported of the row.
        if self.stored == self.expected || self.stored == world.stored_union_of(self.table, self.person).as_ref() {
            return Verdict::Fits;
        }
        let is_history = match self.stored {
            None => self.is_left_by_a_move(rows, &world.past),
            Some(stored) => {
                self.is_of_one_association(stored, rows, world)
                    || self.is_line_of_one(stored, world)
                    || self.is_stale(stored, rows, &world.past)
            }
        };
        if is_history { Verdict::History } else { Verdict::Differs }
    }

    /// What the verdict depends on beside `world`.
    pub(super) fn ask(&self, world: &World, questions: &mut Questions) {
        let rows = world.associations_of(self.table, self.person);
        questions.moves |= self.stored.is_none();
        questions.organizations.extend(rows.iter().map(|row| row.organization));
        if self.table == AssociationTable::Staff {
            questions.organizations.extend(self.stored.into_iter().flatten().filter_map(|text| ids::number(text)));
        }
        questions.documents.extend(rows.iter().map(|row| row.document));
    }

    /// Null: an association was moved away from the person after the document and all that the person has now were written.
    fn is_left_by_a_move(&self, rows: &[AssociationRow], past: &Past) -> bool {
        let moved = match self.table {
            AssociationTable::School => past.school_moved,
            AssociationTable::Responsibility => past.responsibility_moved,
            AssociationTable::Staff => None,
        };
        let is_older =
            |row: &AssociationRow, moved| past.times.get(&row.document).is_some_and(|of| of.created <= moved);
        moved.is_some_and(|moved| self.times.modified <= moved && rows.iter().all(|row| is_older(row, moved)))
    }

    /// Staff: what one of the associations gave when it was the last.
    fn is_of_one_association(&self, stored: &Ids, rows: &[AssociationRow], world: &World) -> bool {
        self.table == AssociationTable::Staff
            && rows.iter().any(|row| world.ancestors(row.organization).as_ref() == Some(stored) || row.list == *stored)
    }

    /// Staff: the ancestors of one organization, as an association that is gone gave them.
    fn is_line_of_one(&self, stored: &Ids, world: &World) -> bool {
        let is_line = |id: i64| world.ancestors(id).as_ref() == Some(stored);
        self.table == AssociationTable::Staff && stored.iter().filter_map(|text| ids::number(text)).any(is_line)
    }

    /// Whether the union only adds to what is stored. A staff member's array that has more may be what an association gave that is
    /// gone: no statement takes that back.
    pub(super) fn may_be_mended(&self) -> bool {
        let is_added_to =
            |stored: &Ids| self.expected.is_some_and(|expected| stored.is_subset(expected) && stored != expected);
        self.table != AssociationTable::Staff || self.stored.is_none_or(is_added_to)
    }

    /// Every organization that the person belongs to is there, and in the line of one something was moved since.
    fn is_stale(&self, stored: &Ids, rows: &[AssociationRow], past: &Past) -> bool {
        let has = |row: &AssociationRow| stored.contains(&ids::id(row.organization));
        let moved = |row: &AssociationRow| is_rewritten_since(past, row.organization, self.times.modified);
        match self.table {
            AssociationTable::Staff => rows.iter().any(|row| has(row) && moved(row)),
            _ => rows.iter().all(has) && rows.iter().any(moved),
        }
    }
}

/// Whether an organization of this one's line was written again at that time or later.
pub(super) fn is_rewritten_since(past: &Past, organization: i64, since: Time) -> bool {
    past.rewritten.get(&organization).is_some_and(|modified| *modified >= since)
}

#[cfg(test)]
mod tests {
    use laneway_core::store::{DocumentKey, Organization};

    use super::*;

    const KEY: DocumentKey = DocumentKey { partition: 0, id: 1 };

    /// A person of two associations: organization 1 under 10, and organization 2 under 10.
    fn world(table: AssociationTable) -> World {
        let mut world = World::default();
        for organization in [1, 2] {
            let above = Organization { row: organization, ancestors: vec![organization, 10], cyclic: false };
            world.organizations.insert(organization, above);
            let list = Ids::from([ids::id(organization), ids::id(10)]);
            let row = AssociationRow { person: "p".to_owned(), organization, list, document: KEY };
            world.associations.entry((table, "p".to_owned())).or_default().push(row);
        }
        world
    }

    fn verdict(table: AssociationTable, stored: Option<&str>, past: Past) -> Verdict {
        let world = World { past, ..world(table) };
        let expected = world.union_of(table, "p");
        let stored = stored.map(ids::ids);
        let times = Times { created: 5, modified: 5 };
        Array { table, person: "p", stored: stored.as_ref(), expected: expected.as_ref(), times }.verdict(&world)
    }

    #[test]
    fn the_union_fits_and_less_does_not() {
        for table in [AssociationTable::School, AssociationTable::Responsibility, AssociationTable::Staff] {
            assert_eq!(verdict(table, Some(r#"["10","2","1"]"#), Past::default()), Verdict::Fits);
            for stored in [None, Some("[]"), Some(r#"["1","2"]"#), Some(r#"["1","2","10","11"]"#), Some("[1,2,10]")] {
                assert_eq!(verdict(table, stored, Past::default()), Verdict::Differs, "{table:?} {stored:?}");
            }
        }
    }

    #[test]
    fn the_last_association_of_staff_is_any_of_them() {
        for stored in [r#"["1","10"]"#, r#"["2","10"]"#] {
            assert_eq!(verdict(AssociationTable::Staff, Some(stored), Past::default()), Verdict::History);
            assert_eq!(verdict(AssociationTable::School, Some(stored), Past::default()), Verdict::Differs);
        }
    }

    #[test]
    fn null_is_left_by_a_later_move_only() {
        let moved = |at, created| Past {
            school_moved: Some(at),
            times: [(KEY, Times { created, modified: created })].into(),
            ..Past::default()
        };
        assert_eq!(verdict(AssociationTable::School, None, moved(6, 3)), Verdict::History);
        assert_eq!(verdict(AssociationTable::School, None, moved(4, 3)), Verdict::Differs);
        assert_eq!(verdict(AssociationTable::School, None, moved(6, 7)), Verdict::Differs);
        assert_eq!(verdict(AssociationTable::Staff, None, moved(6, 3)), Verdict::Differs);
    }

    #[test]
    fn a_moved_organization_leaves_what_was_above_it() {
        let moved = |at| Past { rewritten: [(1, at)].into(), ..Past::default() };
        assert_eq!(verdict(AssociationTable::School, Some(r#"["1","2","10","9"]"#), moved(6)), Verdict::History);
        assert_eq!(verdict(AssociationTable::School, Some(r#"["1","2","10","9"]"#), moved(4)), Verdict::Differs);
        assert_eq!(verdict(AssociationTable::School, Some(r#"["1","10","9"]"#), moved(6)), Verdict::Differs);
    }
}
