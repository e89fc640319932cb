//! Documents that refer to each other in all ways, cycles and repeated identities among them: a batch leaves what a
//! serial run in batch order leaves, in which a cycle's members go one after another (`laneway-replay`'s `cycle.rs`).

use fastrand::Rng;
use laneway_replay::{Case, Cut};
use serde_json::json;
use uuid::Uuid;

use crate::replay::Bench;

/// Sequences tried; the failing one's seed is in its name.
const SEQUENCES: u64 = 150;
/// Identities that operations have. One more is referred to, and never there.
const IDENTITIES: u8 = 3;
const OPERATIONS_MAX: usize = 8;

/// Standards, each with a parent or none.
fn case(seed: u64) -> Case {
    let mut random = Rng::with_seed(seed);
    let steps: Vec<_> = (0..random.usize(3..=OPERATIONS_MAX))
        .map(|place| {
            let id = random.u8(1..=IDENTITIES).to_string();
            let mut body = json!({"learningStandardId": id, "n": place});
            if random.u8(0..4) > 0 {
                let referred = IDENTITIES + u8::from(random.u8(0..12) == 0);
                let parent = random.u8(1..=referred).to_string();
                body["parentLearningStandardReference"] = json!({"learningStandardId": parent});
            }
            let uuid = Uuid::from_u64_pair(random.u64(..), random.u64(..));
            let upsert = json!({
                "project": "ed-fi", "endpoint": "learningStandards", "document_uuid": uuid,
                "trace_id": format!("t{place}"), "body_text": body.to_string(),
            });
            // Whatever comes of it: the serial run says what should.
            json!({"upsert": upsert, "outcome": {"outcome": "failed", "sqlstate": null}})
        })
        .collect();
    let name = format!("cycles/{seed}");
    let case = json!({"name": name, "schemas": ["ds-5.2"], "steps": steps, "store": {}, "documents": {}});
    serde_json::from_str(&case.to_string()).expect("a case")
}

#[tokio::test]
async fn a_batch_with_cycles_leaves_what_a_serial_run_leaves() {
    let Some(Bench { mut replay, database: _database, .. }) = Bench::set_up().await else { return };
    let (mut cycles, mut refused) = (0, 0);
    for seed in 0..SEQUENCES {
        let case = case(seed);
        // Where a batch keeps the order of the steps, it is compared with this.
        let single = replay.case(&case, Cut::Single).await.expect("a replay");
        let case = single.observed.record(&case);
        for cut in [Cut::One, Cut::Random(seed)] {
            let whole = replay.case(&case, cut).await.expect("a replay");
            assert!(whole.differences.is_empty(), "{} cut {cut}:\n{}", case.name, whole.differences);
            cycles += whole.cycles;
            let outcomes = whole.observed.outcomes.iter().flatten();
            refused += outcomes
                .filter(|outcome| matches!(outcome, laneway_replay::StepOutcome::InvalidReferences { .. }))
                .count();
        }
    }
    assert!(cycles > 50 && refused > 100, "{cycles} cycles, {refused} refused: too few to show anything");
}
