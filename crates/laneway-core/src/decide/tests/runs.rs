//! Decisions about operations of one identity.

use super::*;

/// By which an operation can be recognised.
fn uuid_of(case: &Case, position: usize) -> DocumentUuid {
    case.members[position].operation().document_uuid
}

/// Operations of one identity.
fn run(count: u64, build: impl Fn(Builder, u64) -> Builder) -> Case {
    Case::of((0..count).map(|number| build(operation(number, "a"), number)))
}

#[test]
fn of_a_run_the_last_body_is_written_once_under_the_first_id() {
    let case = run(3, |builder, number| if number == 1 { builder.refers_to("x") } else { builder.refers_to("y") })
        .with_alias("x")
        .with_alias("y");
    assert_eq!(case.words(), ["insert", "update", "update"]);
    let Decided { decisions, changes } = case.decide();
    let uuids: Vec<_> = decisions.iter().map(|decision| decision.written().unwrap().1).collect();
    assert_eq!(uuids, [DocumentUuid(Uuid::from_u128(1)); 3]);
    let [write] = &changes.inserts[..] else { panic!("{:?}", changes.inserts) };
    assert_eq!((write.uuid, write.is_replaced), (uuids[0], true));
    assert_eq!(write.operation.document_uuid, uuid_of(&case, 2));
    assert!(changes.updates.is_empty());
    assert_eq!((changes.aliases.len(), changes.references.len(), changes.reference_sets.len()), (1, 1, 0));
}

#[test]
fn an_operation_of_a_run_is_compared_with_the_one_before_it() {
    let etags = ["1", "2", "2", "1"];
    let of = || run(4, |builder, number| builder.etag(etags[number as usize]));
    assert_eq!(of().words(), ["insert", "update", "unchanged", "update"]);
    let stored = of().stored(0, Some("1"), &[], ("", ""));
    assert_eq!(stored.words(), ["unchanged", "update", "unchanged", "update"]);
    let changes = stored.decide().changes;
    assert_eq!(changes.updates.len(), 1);
    assert_eq!(changes.updates[0].operation.document_uuid, uuid_of(&stored, 3));
    assert!(!changes.updates[0].is_replaced);
}

#[test]
fn a_tag_is_compared_with_what_is_stored_where_the_one_before_it_has_none() {
    let of = |etags: [bool; 2]| {
        run(2, move |builder, number| if etags[number as usize] { builder.etag("1") } else { builder })
    };
    assert_eq!(of([false, true]).words(), ["insert"], "its body may have one that extraction passes over");
    assert_eq!(of([true, false]).words(), ["insert", "update"]);
    assert_eq!(of([false, false]).words(), ["insert", "update"]);
}

#[test]
fn one_of_a_run_that_misses_references_writes_nothing() {
    let mut case = run(3, |builder, number| if number == 1 { builder.refers_to("nowhere") } else { builder });
    assert_eq!(case.words(), ["insert", "missing", "update"], "a missing reference is final");
    assert_eq!(case.decide().changes.inserts[0].operation.document_uuid, uuid_of(&case, 2));
    for member in &mut case.members[1..] {
        member.accepted.in_line = true;
    }
    assert_eq!(case.words(), ["insert", "missing", "in line"], "it may come yet");
    let changes = case.decide().changes;
    assert_eq!(changes.inserts[0].operation.document_uuid, uuid_of(&case, 0));
    assert!(!changes.inserts[0].is_replaced);
}

#[test]
fn the_next_of_a_run_inserts_where_the_first_is_refused() {
    let mut case = run(2, |builder, _| builder);
    let first = case.members[0].operation().document_uuid;
    case.snapshot.uuids_taken.insert(first);
    assert_eq!(case.words(), ["identity_conflict", "insert"]);
    assert_eq!(case.decide().changes.inserts[0].uuid, case.members[1].operation().document_uuid);
}

#[test]
fn a_document_of_a_run_may_refer_to_itself_behind_one_that_is_written() {
    let case = run(2, |builder, number| if number == 1 { builder.refers_to("a") } else { builder });
    assert_eq!(case.words(), ["insert", "update"]);
    assert_eq!(case.decide().changes.references[0].alias.id, 2, "its own alias");
    assert_eq!(run(2, |builder, _| builder.refers_to("a")).words(), ["missing", "missing"]);
}

#[test]
fn a_run_ends_where_the_person_changes() {
    let of =
        |first: &'static str| run(2, move |builder, number| builder.student(if number == 0 { first } else { "t" }));
    assert_eq!(of("t").words(), ["insert", "update"]);
    assert_eq!(of("s").words(), ["insert"]);
    let stored = of("t").stored(0, None, &[(PersonKind::Student, "t")], ("", ""));
    assert_eq!(stored.words(), ["update", "update"]);
    let securable = stored.decide().changes.securable_updates;
    assert_eq!(securable[&PersonKind::Student].len(), 1);
}

#[test]
fn the_last_write_of_a_run_decides_whether_an_association_stands_behind_it() {
    let association = |number| {
        operation(number, "e").association(
            EMPLOYMENT,
            ("$.staffReference.staffUniqueId", "p"),
            ("$.educationOrganizationReference.educationOrganizationId", "4"),
        )
    };
    let of = |etag: &str| {
        let last = operation(2, "a").staff("p").etag(etag);
        Case::of([operation(0, "a").staff("p").etag("1"), association(1), last])
            .with_alias("p")
            .with_alias("4")
            .with_organization(4, &[4], false)
    };
    let associations = |case: &Case| {
        let refreshes = case.decide().changes.staff_refreshes;
        refreshes.iter().map(|refresh| refresh.association.map(|key| key.id)).collect::<Vec<_>>()
    };
    assert_eq!(of("2").words(), ["insert", "insert", "update"]);
    assert_eq!(associations(&of("2")), [None]);
    assert_eq!(of("1").words(), ["insert", "insert", "unchanged"]);
    assert_eq!(associations(&of("1")), [Some(11)]);
}
