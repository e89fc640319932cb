//! That the recorded sequences notice: each fault point of the flush is skipped once, and a sequence then fails.

use std::io::Write as _;

use laneway_core::FaultPoint;
use laneway_replay::{Case, Cut, Difference, Replay, Replayed};
use serde_json::json;

use crate::replay::Bench;

/// Each step and a sequence that notices when it is missing. What only two sessions at once notice is not among them:
/// `two_sessions`.
const NOTICED: &[(FaultPoint, &str)] = &[
    (FaultPoint::BatchOrder, "authorization/edorg-after-move"),
    (FaultPoint::OneIdentityATransaction, "update/etag-case"),
    (FaultPoint::Isolation, "authorization/student-second-school"),
    (FaultPoint::Authorization, "authorization/and-only"),
    (FaultPoint::EtagShortcut, "precedence/etag-before-references"),
    (FaultPoint::ReferenceCheck, "hierarchy/invalid-update-keeps-parent"),
    (FaultPoint::OwnBatchReferences, "authorization/edorg-own"),
    (FaultPoint::CycleReferences, CYCLE),
    (FaultPoint::ProbeBeforeConflict, REFUSED_BEFORE_CONFLICT),
    (FaultPoint::HierarchyRows, "insert/subclass-school"),
    (FaultPoint::HierarchyBeforeDocuments, "ssa/other-students"),
    (FaultPoint::HierarchyParentsFirst, "authorization/edorg-own"),
    (FaultPoint::HierarchyUpdates, "hierarchy/lea-parent-lea"),
    (FaultPoint::ArraysAsRead, "authorization/people-student"),
    (FaultPoint::SuperclassAliases, "insert/subclass-school"),
    (FaultPoint::References, "references/duplicate"),
    (FaultPoint::ReferencesRemoved, "hierarchy/delete-parent-after-move"),
    (FaultPoint::ReferencesAdded, "hierarchy/delete-parent-after-move"),
    (FaultPoint::SecurableRows, "securable/student-only"),
    (FaultPoint::SecurableUpdates, "probe/assignment-both-changed"),
    (FaultPoint::StudentRefresh, "contact/after-association"),
    (FaultPoint::ContactRefresh, "contact/two-by-two"),
    (FaultPoint::StaffRefresh, "securable/each-kind-after"),
    (FaultPoint::StaffLastWins, "staff/last-written-wins"),
];

/// The group of sequences that were not recorded.
const MADE: &str = "made/";
const CYCLE: &str = "made/cycle-of-new-documents";
const REFUSED_BEFORE_CONFLICT: &str = "made/refused-before-conflict";

/// Two sequences that were not recorded: the service cannot insert a cycle, and no recorded document is refused by the
/// database while another one holds its superclass identity. Their answers follow from the rules; what they leave is
/// looked at.
fn made_by_hand() -> Vec<Case> {
    const ONE: &str = "05326a2d-94c5-42b6-9dcf-67fc77d7bc5b";
    const TWO: &str = "71cc7a30-79a1-4ef1-8218-eec7f79c535c";
    let step = |endpoint: &str, uuid: &str, body: &str, outcome: serde_json::Value| {
        let upsert = json!({
            "project": "ed-fi", "endpoint": endpoint, "document_uuid": uuid, "trace_id": "t", "body_text": body,
        });
        json!({"upsert": upsert, "outcome": outcome})
    };
    let inserted = |uuid| json!({"outcome": "inserted", "document_uuid": uuid});
    let standard = |uuid, id, parent| {
        let body = json!({"learningStandardId": id, "parentLearningStandardReference": {"learningStandardId": parent}});
        step("learningStandards", uuid, &body.to_string(), inserted(uuid))
    };
    let refused = json!({"outcome": "failed", "sqlstate": "22P05"});
    let cycle = json!([standard(ONE, "1", "2"), standard(TWO, "2", "1")]);
    let conflict = json!([
        step("localEducationAgencies", ONE, r#"{"localEducationAgencyId":1}"#, inserted(ONE)),
        step("schools", TWO, r#"{"schoolId":1,"x":"\u0000"}"#, refused),
    ]);
    let case = |(name, steps): (&str, serde_json::Value)| {
        let case = json!({"name": name, "schemas": ["ds-5.2"], "steps": steps, "store": {}, "documents": {}});
        serde_json::from_str(&case.to_string()).expect("a case")
    };
    [(CYCLE, cycle), (REFUSED_BEFORE_CONFLICT, conflict)].map(case).into()
}

/// What one step's absence showed; `None`: nothing.
fn noticed(whole: &Replayed, without: &Replayed) -> Option<String> {
    let what = |difference: &Difference| match difference {
        Difference::Outcome { step, .. } => format!("the outcome of step {step}"),
        Difference::Table { table, .. } => format!("table {table}"),
        Difference::Order { .. } => "the order".to_owned(),
    };
    let (before, after) = (whole.tally.transactions, without.tally.transactions);
    match without.differences.0.first() {
        Some(first) => Some(what(first)),
        // What the database refuses is repeated until it stands alone: right in the end, but not at once.
        None => (after > before).then(|| format!("{after} transactions instead of {before}")),
    }
}

#[tokio::test]
async fn every_step_of_the_flush_is_missed() {
    let Some(Bench { mut replay, mut cases, database: _database }) = Bench::set_up().await else { return };
    for case in made_by_hand() {
        cases.push(seen_whole(&mut replay, case).await);
    }
    let (mut list, mut unnoticed) = (String::new(), Vec::new());
    for &(step, name) in NOTICED {
        let case = cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"));
        replay.skip(None);
        let whole = replay.case(case, Cut::One).await.expect("a replay");
        assert!(whole.differences.is_empty(), "{name} with all steps:\n{}", whole.differences);
        replay.skip(Some(step));
        let without = replay.case(case, Cut::One).await.expect("a replay");
        match noticed(&whole, &without) {
            Some(what) => {
                let made = if name.starts_with(MADE) { " (made by hand, not recorded)" } else { "" };
                list.push_str(&format!("without {step:?}: {name}{made} fails in {what}\n"));
            }
            None => unnoticed.push(format!("{step:?} by {name}")),
        }
    }
    // Standard error of a passing test is captured by the test harness; this is to be seen.
    std::io::stderr().write_all(list.as_bytes()).expect("standard error");
    assert!(unnoticed.is_empty(), "no sequence noticed that these were skipped: {unnoticed:?}");
}

#[test]
fn every_fault_point_is_skipped_once() {
    for step in FaultPoint::ALL {
        let steps = NOTICED.iter().map(|(step, _)| *step).chain(crate::two_sessions::steps());
        assert_eq!(steps.filter(|named| *named == step).count(), 1, "{step:?}");
    }
}

/// The case with what it leaves, after its answers have been checked.
async fn seen_whole(replay: &mut Replay, case: Case) -> Case {
    let whole = replay.case(&case, Cut::One).await.expect("a replay");
    let expected: Vec<_> = case.steps.iter().map(|step| step.outcome.clone()).collect();
    assert_eq!(whole.observed.outcomes, expected, "{}", case.name);
    whole.observed.record(&case)
}
