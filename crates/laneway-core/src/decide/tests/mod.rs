//! Decisions over answers made by hand.

mod runs;

use std::collections::BTreeMap;

use laneway_model::{Association, DocumentUuid, Outcome, PersonKind};
use uuid::Uuid;

use super::*;
use crate::changes::HierarchyStep;
use crate::order::BatchOrder;
use crate::snapshot::{NewIds, Organization, StoredAlias};
use crate::tests::operations::{Builder, id, operation};

const SCHOOL: (&str, &str) = ("$.schoolReference.schoolId", "4");
const EMPLOYMENT: &str = "StaffEducationOrganizationEmploymentAssociation";

/// A batch with the snapshot of a store; by default an empty store.
struct Case {
    members: Vec<PlannedOperation>,
    units: Vec<usize>,
    snapshot: Snapshot,
}

impl Case {
    fn of(operations: impl IntoIterator<Item = Builder>) -> Self {
        let accepted: Vec<PlannedOperation> =
            operations.into_iter().map(|builder| PlannedOperation::new(builder.build())).collect();
        let order = BatchOrder::of(&accepted);
        let units = order.units.iter().enumerate().flat_map(|(unit, m)| std::iter::repeat_n(unit, m.len())).collect();
        let members: Vec<PlannedOperation> = order.positions().map(|position| accepted[position].clone()).collect();
        let new = |(i, member): (usize, &PlannedOperation)| {
            let n = i as i64 * 10;
            let ids = NewIds { document: n + 1, alias: n + 2, superclass_alias: n + 3, hierarchy: n + 4 };
            (member.operation().extraction.referential_id, Found::Nothing(ids))
        };
        // Of each identity the ids of the first that has it.
        let documents = members.iter().enumerate().rev().map(new).collect();
        let snapshot = Snapshot { documents, ..Snapshot::default() };
        Self { members, units, snapshot }
    }

    fn with_alias(mut self, name: &str) -> Self {
        let document = DocumentKey { partition: 0, id: 900 };
        self.snapshot.aliases.insert(id(name), StoredAlias { id: 901, document });
        self
    }

    fn with_organization(mut self, organization: i64, ancestors: &[i64], cyclic: bool) -> Self {
        let organization_row = Organization { row: organization * 100, ancestors: ancestors.to_vec(), cyclic };
        self.snapshot.organizations.insert(organization, organization_row);
        self
    }

    /// Lets the operation at `position` (batch order) find its document stored.
    fn stored(
        mut self,
        position: usize,
        etag: Option<&str>,
        securable: &[(PersonKind, &str)],
        sides: (&str, &str),
    ) -> Self {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let kind = self.members[position].association.as_ref().map(|association| association.kind);
        let id = self.members[position].operation().extraction.referential_id;
        let stored = Found::Stored(StoredDocument {
            key: DocumentKey { partition: 3, id: 800 },
            uuid: DocumentUuid(Uuid::from_u128(77)),
            etag: etag.map(str::to_owned),
            securable: securable.iter().map(|(kind, person)| (*kind, (*person).to_owned())).collect::<BTreeMap<_, _>>(),
            association: kind.map(|kind| Association { kind, person: text(sides.0), other: text(sides.1) }),
        });
        self.snapshot.documents.insert(id, stored);
        self
    }

    fn decide(&self) -> Decided<'_> {
        decide(&self.members, &self.units, &self.snapshot)
    }

    fn words(&self) -> Vec<&'static str> {
        self.decide().decisions.iter().map(word).collect()
    }
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Insert(_) => "insert",
        Decision::Update(_) => "update",
        Decision::Unchanged(_) => "unchanged",
        Decision::Missing { .. } => "missing",
        Decision::Refused(outcome) => outcome.kind().as_str(),
        Decision::InLine => "in line",
    }
}

#[test]
fn documents_of_one_batch_may_refer_to_each_other_in_any_order() {
    let case = Case::of([operation(0, "a").refers_to("b"), operation(1, "b")]);
    assert_eq!(case.words(), ["insert", "insert"]);
    let changes = case.decide().changes;
    assert_eq!(changes.references.len(), 1);
    assert_eq!(changes.references[0].alias.id, 2, "the alias of the batch's own b");
}

#[test]
fn a_missing_reference_takes_its_dependents_with_it() {
    let case = Case::of([operation(0, "a").refers_to("b"), operation(1, "b").refers_to("nowhere"), operation(2, "c")]);
    assert_eq!(case.words(), ["missing", "missing", "insert"], "b, a, c");
}

#[test]
fn references_inside_a_cycle_count_as_present() {
    let cycle = || [operation(0, "a").refers_to("b"), operation(1, "b").refers_to("a")];
    assert_eq!(Case::of(cycle()).words(), ["insert", "insert"]);
    let [a, b] = cycle();
    let broken = Case::of([a, b.refers_to("nowhere")]);
    assert_eq!(broken.words(), ["missing", "missing"]);
    assert!(broken.decide().changes.is_empty());
}

/// As in a serial run, in which references come first; whichever of the two stands first.
#[test]
fn a_member_of_a_cycle_misses_what_another_does_not_bring_before_it_conflicts() {
    let conflicts = |number| operation(number, "a").superclass("s").refers_to("b");
    let misses = |number| operation(number, "b").refers_to("a").refers_to("nowhere");
    for cycle in [[conflicts(0), misses(1)], [misses(0), conflicts(1)]] {
        assert_eq!(Case::of(cycle).with_alias("s").words(), ["missing", "missing"]);
    }
}

#[test]
fn a_self_reference_is_no_cycle() {
    assert_eq!(Case::of([operation(0, "a").refers_to("a")]).words(), ["missing"]);
    assert_eq!(
        Case::of([operation(0, "a").refers_to("a")]).with_alias("a").stored(0, None, &[], ("", "")).words(),
        ["update"]
    );
}

#[test]
fn an_equal_etag_comes_before_missing_references() {
    let of = |etag| Case::of([operation(0, "a").etag(etag).refers_to("nowhere")]).stored(0, Some("1"), &[], ("", ""));
    assert_eq!(of("1").words(), ["unchanged"]);
    assert_eq!(of("2").words(), ["missing"]);
}

#[test]
fn the_second_of_one_superclass_identity_conflicts() {
    let case = Case::of([operation(0, "a").superclass("s"), operation(1, "b").superclass("s")]);
    // The router and the segments keep them apart; the decision holds all the same.
    assert_eq!(case.words(), ["insert", "identity_conflict"]);
    assert_eq!(Case::of([operation(0, "a").superclass("s")]).with_alias("s").words(), ["identity_conflict"]);
}

#[test]
fn a_taken_organization_id_conflicts() {
    let case = Case::of([operation(0, "a").organization(4, 0), operation(1, "b").organization(4, 0)]);
    assert_eq!(case.words(), ["insert", "identity_conflict"]);
}

#[test]
fn a_parent_of_the_same_batch_is_found() {
    let case =
        Case::of([operation(0, "child").organization(2, 1).refers_to("top"), operation(1, "top").organization(1, 0)]);
    let decided = case.decide();
    let parents: Vec<_> = decided.changes.hierarchy_inserts.iter().map(|row| (row.organization, row.parent)).collect();
    assert_eq!(parents, [(1, None), (2, Some(4))]);
}

#[test]
fn an_update_must_not_make_an_organization_its_own_ancestor() {
    let case = Case::of([operation(0, "top").organization(1, 3)])
        .stored(0, None, &[], ("", ""))
        .with_organization(1, &[1], false)
        .with_organization(3, &[3, 2, 1], false);
    let Decision::Refused(Outcome::InvalidDocument { code, message }) = case.decide().decisions.remove(0) else {
        panic!("a cycle was accepted")
    };
    assert_eq!(code, "hierarchy-cycle");
    assert!(message.contains("1 → 3 → 2 → 1"), "{message}");
}

/// In a serial run the second finds where the first has gone.
#[test]
fn two_organizations_of_a_cycle_do_not_move_below_each_other() {
    let moves =
        |number, name: &str, to: &str, id, parent| operation(number, name).organization(id, parent).refers_to(to);
    let mut case = Case::of([moves(0, "a", "b", 1, 2), moves(1, "b", "a", 2, 1)]);
    for position in [0, 1] {
        case = case.stored(position, None, &[], ("", ""));
    }
    let case = case.with_alias("a").with_alias("b");
    let case = case.with_organization(1, &[1], false).with_organization(2, &[2], false);
    assert_eq!(case.words(), ["update", "invalid_document"]);
}

/// Which arrays the triggers of a move reach depends on where the organizations above stand.
#[test]
fn moves_and_new_organizations_of_a_cycle_keep_batch_order() {
    let of = |number, name: &str, to: &str, id, parent| operation(number, name).organization(id, parent).refers_to(to);
    let case = Case::of([of(0, "a", "b", 1, 5), of(1, "b", "c", 2, 1), of(2, "c", "a", 3, 5)])
        .stored(1, None, &[], ("", ""))
        .with_alias("b")
        .with_organization(2, &[2, 5], false)
        .with_organization(5, &[5], false);
    let changes = case.decide().changes;
    let step = |step: &HierarchyStep<'_, '_>| match step {
        HierarchyStep::Insert(rows) => rows.iter().map(|row| row.organization).collect(),
        HierarchyStep::Move(_) => vec![],
    };
    assert_eq!(changes.hierarchy().iter().map(step).collect::<Vec<_>>(), [vec![1], vec![], vec![3]]);
}

#[test]
fn an_organization_under_a_stored_cycle_fails_alone() {
    let association =
        operation(1, "x").association("StudentSchoolAssociation", ("$.studentReference.studentUniqueId", "s"), SCHOOL);
    let case =
        Case::of([operation(0, "a"), association]).with_alias("s").with_alias("4").with_organization(4, &[4, 5], true);
    assert_eq!(case.words(), ["insert"], "the association is left for a transaction of its own");
}

#[test]
fn an_association_that_moves_ends_the_batch_before_it() {
    let moved = operation(1, "x").association(
        "StudentSchoolAssociation",
        ("$.studentReference.studentUniqueId", "new"),
        SCHOOL,
    );
    let case = Case::of([operation(0, "a"), moved, operation(2, "c")])
        .with_alias("new")
        .with_alias("4")
        .with_organization(4, &[4], false)
        .stored(1, None, &[], ("old", "4"));
    assert_eq!(case.words(), ["insert"]);
}

#[test]
fn what_a_contact_s_strategies_grant_is_read_behind_a_student_s_association() {
    let words = |contact: Builder| {
        let student = ("$.studentReference.studentUniqueId", "s");
        let association = operation(0, "x").association("StudentSchoolAssociation", student, SCHOOL);
        let case = Case::of([association, contact]).with_alias("s").with_alias("4");
        case.with_organization(4, &[4], false).words().len()
    };
    assert_eq!(words(operation(1, "b").contact("c")), 2);
    assert_eq!(words(operation(1, "b").contact("c").allowed()), 1);
}

#[test]
fn a_document_that_changes_its_student_ends_the_batch_before_it() {
    let of = |stored| {
        Case::of([operation(0, "a"), operation(1, "b").student("new")]).stored(
            1,
            None,
            &[(PersonKind::Student, stored)],
            ("", ""),
        )
    };
    assert_eq!(of("new").words(), ["insert", "update"]);
    assert_eq!(of("old").words(), ["insert"]);
}

#[test]
fn of_several_staff_associations_the_last_at_or_behind_the_document_decides() {
    let employment = |number, name: &str| {
        operation(number, name).staff("p").association(
            EMPLOYMENT,
            ("$.staffReference.staffUniqueId", "p"),
            ("$.educationOrganizationReference.educationOrganizationId", "4"),
        )
    };
    let case = Case::of([
        operation(0, "before").staff("p"),
        employment(1, "e1"),
        employment(2, "e2"),
        operation(3, "behind").staff("p"),
    ])
    .with_alias("p")
    .with_alias("4")
    .with_organization(4, &[4], false);
    let decided = case.decide();
    let refreshes: Vec<_> =
        decided.changes.staff_refreshes.iter().map(|r| (r.row.document.id, r.association.map(|key| key.id))).collect();
    assert_eq!(refreshes, [(1, Some(21)), (11, Some(21)), (21, Some(21)), (31, None)]);
}

#[test]
fn documents_of_an_associations_student_are_refreshed() {
    let association = operation(1, "x").student("s").association(
        "StudentSchoolAssociation",
        ("$.studentReference.studentUniqueId", "s"),
        SCHOOL,
    );
    let case = Case::of([
        operation(0, "a").student("s"),
        association,
        operation(2, "b").student("t"),
        operation(3, "c").contact("k"),
    ])
    .with_alias("s")
    .with_alias("4")
    .with_organization(4, &[4], false);
    let changes = case.decide().changes;
    assert_eq!(changes.student_refreshes.iter().map(|row| row.document.id).collect::<Vec<_>>(), [1, 11]);
    assert_eq!(changes.contact_refreshes.iter().map(|row| row.document.id).collect::<Vec<_>>(), [31]);
}

#[test]
fn an_association_whose_organization_is_unknown_is_isolated() {
    let association =
        operation(1, "x").association("StudentSchoolAssociation", ("$.studentReference.studentUniqueId", "s"), SCHOOL);
    let case = Case::of([operation(0, "a"), association]).with_alias("s").with_alias("4");
    assert_eq!(case.words(), ["insert"]);
}

/// What keeps an operation out of others' transaction once the store has answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Plain,
    NewAssociation,
    MovedAssociation,
    /// Moves, but carries the `_etag` that is stored: nothing is written.
    UnchangedAssociation,
    MovedDocument,
    MovedOrganization,
    /// An association with something that is no organization.
    NowhereAssociation,
    /// Its caller's strategies look at the student of the new association.
    Authorized,
}

const KINDS: [Kind; 8] = [
    Kind::Plain,
    Kind::NewAssociation,
    Kind::MovedAssociation,
    Kind::UnchangedAssociation,
    Kind::MovedDocument,
    Kind::MovedOrganization,
    Kind::NowhereAssociation,
    Kind::Authorized,
];

fn of_kinds(kinds: &[Kind]) -> Case {
    let association = |builder: Builder, school| {
        builder.student("s").association(
            "StudentSchoolAssociation",
            ("$.studentReference.studentUniqueId", "s"),
            ("$.schoolReference.schoolId", school),
        )
    };
    let build = |(position, kind): (usize, &Kind)| {
        let builder = operation(position as u64, &format!("own {position}"));
        match kind {
            Kind::Plain => builder,
            Kind::NewAssociation | Kind::MovedAssociation => association(builder, "4"),
            Kind::UnchangedAssociation => association(builder, "4").etag("1"),
            Kind::MovedDocument => builder.student("t"),
            Kind::MovedOrganization => builder.organization(5, 4),
            Kind::NowhereAssociation => association(builder, "x"),
            Kind::Authorized => builder.student("s").allowed(),
        }
    };
    let mut case = Case::of(kinds.iter().enumerate().map(build));
    for name in ["s", "4", "x"] {
        case = case.with_alias(name);
    }
    case = case.with_organization(4, &[4], false).with_organization(5, &[5], false);
    for (position, kind) in kinds.iter().enumerate() {
        case = match kind {
            Kind::MovedAssociation => case.stored(position, None, &[(PersonKind::Student, "s")], ("s", "5")),
            Kind::UnchangedAssociation => case.stored(position, Some("1"), &[(PersonKind::Student, "s")], ("s", "5")),
            Kind::MovedDocument => case.stored(position, None, &[(PersonKind::Student, "u")], ("", "")),
            Kind::MovedOrganization => case.stored(position, None, &[], ("", "")),
            _ => case,
        };
    }
    case
}

/// Every four operations of these kinds: transaction by transaction, a transaction ends where the rule has it.
#[test]
fn every_four_kinds_share_transactions_by_the_rule() {
    for number in 0..KINDS.len().pow(4) {
        let kinds: Vec<Kind> = (0..4).map(|position| KINDS[number >> (position * 3) & 7]).collect();
        let mut rest = &kinds[..];
        while !rest.is_empty() {
            let decided = of_kinds(rest).decide().decisions.len();
            assert_eq!(decided, longest(rest), "{rest:?}");
            rest = &rest[decided..];
        }
    }
}

/// How many of `kinds` may share one transaction.
fn longest(kinds: &[Kind]) -> usize {
    let keeps_out = |position: usize| match kinds[position] {
        Kind::MovedAssociation | Kind::MovedDocument | Kind::MovedOrganization | Kind::NowhereAssociation => true,
        Kind::Authorized => kinds[..position].contains(&Kind::NewAssociation),
        Kind::Plain | Kind::NewAssociation | Kind::UnchangedAssociation => false,
    };
    (1..=kinds.len()).take_while(|n| *n == 1 || !(0..*n).any(keeps_out)).last().unwrap_or(1)
}
