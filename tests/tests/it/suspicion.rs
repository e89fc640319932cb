//! Documents that are isolated because the database may refuse them: those whose numbers it does refuse, and none for what
//! its strings look like.

use laneway_model::OutcomeKind;
use laneway_replay::{Action, Case, Cut, Replayed, Step, StepOutcome, Upsert};
use uuid::Uuid;

use crate::replay::Bench;

/// Upserts students in one batch.
async fn upsert(bench: &mut Bench, bodies: impl IntoIterator<Item = String>) -> Replayed {
    let step = |body_text| {
        let upsert = Upsert {
            project: "ed-fi".into(),
            endpoint: "students".into(),
            document_uuid: Uuid::from_u128(fastrand::u128(..)),
            trace_id: "t".into(),
            body: None,
            body_text: Some(body_text),
            authorization: None,
        };
        // Not what is expected: these outcomes are looked at one by one.
        let outcome = Some(StepOutcome::Other { outcome: OutcomeKind::Cancelled });
        Step { action: Action::Upsert(upsert), outcome, dms: None }
    };
    let case = Case {
        name: "suspicion".into(),
        note: None,
        schemas: vec!["probe".into()],
        steps: bodies.into_iter().map(step).collect(),
        store: Default::default(),
        documents: Default::default(),
    };
    bench.replay.case(&case, Cut::One).await.expect("a replay")
}

fn is_inserted(outcome: &Option<StepOutcome>) -> bool {
    matches!(outcome, Some(StepOutcome::Inserted { .. }))
}

#[tokio::test]
async fn ids_that_look_like_numbers_share_a_transaction() {
    let Some(mut bench) = Bench::set_up().await else { return };
    let bodies = (0..64).map(|n| format!(r#"{{"studentUniqueId":"12e3456{n:025}","note":"{}"}}"#, "7".repeat(20_000)));
    let replayed = upsert(&mut bench, bodies).await;
    assert!(replayed.observed.outcomes.iter().all(is_inserted), "{:?}", replayed.observed.outcomes);
    assert_eq!((replayed.tally.transactions, replayed.tally.singles), (1, 0));
}

/// In pairs: what `numeric` just holds, and what is one digit too much.
#[tokio::test]
async fn numbers_are_isolated_exactly_where_the_database_refuses_them() {
    let Some(mut bench) = Bench::set_up().await else { return };
    let ones = |count: usize| "1".repeat(count);
    for (held, beyond) in [
        ("1e131071".to_owned(), "1e131072".to_owned()),
        ("-1E-16383".to_owned(), "-1E-16384".to_owned()),
        (ones(131_072), ones(131_073)),
        (format!("0.{}", ones(16_383)), format!("0.{}", ones(16_384))),
        (format!("0.{}e-900", ones(15_483)), format!("0.{}e-900", ones(15_484))),
        (format!("{}e+00072", ones(131_000)), format!("{}e+00073", ones(131_000))),
    ] {
        for (number, is_held) in [(held, true), (beyond, false)] {
            let bodies = ["a", "b", "c"].map(|id| match id {
                "b" => format!(r#"{{"studentUniqueId":"b","number":{number}}}"#),
                other => format!(r#"{{"studentUniqueId":"{other}"}}"#),
            });
            let Replayed { observed, tally, .. } = upsert(&mut bench, bodies).await;
            let shown = &number[..number.len().min(40)];
            let [first, second, third] = &observed.outcomes[..] else { panic!("three outcomes") };
            assert!(is_inserted(first) && is_inserted(third), "{shown}: {:?}", observed.outcomes);
            if is_held {
                assert!(is_inserted(second) && tally.transactions == 1, "{shown}: {second:?}, {tally:?}");
            } else {
                assert_eq!(*second, Some(StepOutcome::Failed { sqlstate: Some("22003".into()) }), "{shown}");
                assert_eq!((tally.transactions, tally.retries), (3, 0), "{shown}: isolated from the start, {tally:?}");
            }
        }
    }
}
