//! That the recorded sequences notice: each fault point of the flush is skipped once, and a sequence then fails.

use std::io::Write as _;

use laneway_core::FaultPoint;
use laneway_replay::{Case, Cut, Difference, Replay, Replayed};
use serde_json::{Value, json};

use crate::replay::Bench;

/// Each step and a sequence that notices when it is missing. What only two sessions at once notice is not among them:
/// `two_sessions`.
const NOTICED: &[(FaultPoint, &str)] = &[
    (FaultPoint::BatchOrder, "authorization/edorg-after-move"),
    (FaultPoint::OneIdentityATransaction, ASSOCIATION_TWICE),
    (FaultPoint::Isolation, "authorization/student-second-school"),
    (FaultPoint::Authorization, "authorization/and-only"),
    (FaultPoint::EtagShortcut, "precedence/etag-before-references"),
    (FaultPoint::ReferenceCheck, "hierarchy/invalid-update-keeps-parent"),
    (FaultPoint::OwnBatchReferences, "authorization/edorg-own"),
    (FaultPoint::CycleReferences, CYCLE),
    (FaultPoint::RunState, "update/etag-case"),
    (FaultPoint::RunLastBody, "update/etag-case"),
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
const ASSOCIATION_TWICE: &str = "made/association-twice";
const REFUSED_BEFORE_CONFLICT: &str = "made/refused-before-conflict";

/// Sequences that were not recorded: the service cannot insert a cycle, no recorded document is refused by the database while
/// another one holds its superclass identity, and none stands between two writes of one of several associations. Their answers
/// follow from the rules; what they leave is looked at.
fn made_by_hand() -> Vec<Case> {
    let made = [
        (CYCLE, cycle()),
        (REFUSED_BEFORE_CONFLICT, refused_before_conflict()),
        (ASSOCIATION_TWICE, association_twice()),
    ];
    let case = |(name, steps): (&str, Vec<Value>)| {
        let case = json!({"name": name, "schemas": ["ds-5.2"], "steps": steps, "store": {}, "documents": {}});
        serde_json::from_str(&case.to_string()).expect("a case")
    };
    made.map(case).into()
}

/// A DocumentUuid.
fn uuid(number: u8) -> String {
    format!("05326a2d-94c5-42b6-9dcf-{number:012x}")
}

/// An upsert under the `number`th id, and what it answers.
fn step(number: u8, endpoint: &str, body: &str, outcome: Value) -> Value {
    let upsert = json!({
        "project": "ed-fi", "endpoint": endpoint, "document_uuid": uuid(number), "trace_id": "t", "body_text": body,
    });
    json!({"upsert": upsert, "outcome": outcome})
}

fn inserted(number: u8, endpoint: &str, body: Value) -> Value {
    step(number, endpoint, &body.to_string(), json!({"outcome": "inserted", "document_uuid": uuid(number)}))
}

fn cycle() -> Vec<Value> {
    let standard = |number, id, parent| {
        let body = json!({"learningStandardId": id, "parentLearningStandardReference": {"learningStandardId": parent}});
        inserted(number, "learningStandards", body)
    };
    vec![standard(1, "1", "2"), standard(2, "2", "1")]
}

fn refused_before_conflict() -> Vec<Value> {
    let refused = json!({"outcome": "failed", "sqlstate": "22P05"});
    vec![
        inserted(1, "localEducationAgencies", json!({"localEducationAgencyId": 1})),
        step(2, "schools", r#"{"schoolId":1,"x":"\u0000"}"#, refused),
    ]
}

/// A document of a staff member with two associations, of which one is written again behind it: it keeps what both grant.
fn association_twice() -> Vec<Value> {
    const EMPLOYMENTS: &str = "staffEducationOrganizationEmploymentAssociations";
    let descriptor = |code: &str| json!({"namespace": "uri://x", "codeValue": code, "shortDescription": code});
    let staff = || json!({"staffUniqueId": "p"});
    let employment = |organization: u8, version: u8| {
        json!({
            "hireDate": "2020-08-01", "educationOrganizationReference": {"educationOrganizationId": organization},
            "staffReference": staff(), "employmentStatusDescriptor": "uri://x#employed", "version": version,
        })
    };
    let leave = json!({
        "beginDate": "2020-08-01", "staffReference": staff(), "staffLeaveEventCategoryDescriptor": "uri://x#leave",
    });
    let again = json!({"outcome": "updated", "document_uuid": uuid(7)});
    vec![
        inserted(1, "schools", json!({"schoolId": 1})),
        inserted(2, "schools", json!({"schoolId": 2})),
        inserted(3, "staffs", staff()),
        inserted(4, "staffLeaveEventCategoryDescriptors", descriptor("leave")),
        inserted(5, "employmentStatusDescriptors", descriptor("employed")),
        inserted(6, EMPLOYMENTS, employment(2, 1)),
        inserted(7, EMPLOYMENTS, employment(1, 1)),
        inserted(8, "staffLeaves", leave),
        step(9, EMPLOYMENTS, &employment(1, 2).to_string(), again),
    ]
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
