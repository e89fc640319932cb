//! The recorded sequences mixed: steps of several, in any order, some of them twice, in every second mixture most of them
//! several times, so that rules meet which no recording lets meet. A batch of them leaves and answers what a serial run in batch order does.

use fastrand::Rng;
use laneway_replay::{Action, Case, Cut, Step};
use uuid::Uuid;

use crate::replay::Bench;

/// Mixtures tried, unless `LANEWAY_MIXTURES` says how many; the failing one's seed is in its name.
const MIXTURES: u64 = 60;
/// The most sequences that a mixture is of. Most mixtures are of one group, whose sequences name the same things.
const SEQUENCES_MAX: usize = 4;
/// The most steps of a mixture.
const STEPS_MAX: usize = 24;
/// The schemas of most sequences.
const SCHEMAS: [&str; 1] = ["ds-5.2"];

/// A mixture. Deletes are left out: a plain writer's are between batches, where nothing can meet them.
fn mixture(cases: &[Case], seed: u64) -> Case {
    let mut random = Rng::with_seed(seed);
    let first = random.choice(cases).expect("sequences");
    let group = first.name.split('/').next();
    let near: Vec<&Case> =
        cases.iter().filter(|case| random.u8(0..8) == 0 || case.name.split('/').next() == group).collect();
    let chosen = (0..random.usize(1..=SEQUENCES_MAX)).filter_map(|_| random.choice(&near).copied()).collect::<Vec<_>>();
    let repeats = if seed.is_multiple_of(2) { Repeats { one_in: 8, max: 1 } } else { Repeats { one_in: 2, max: 3 } };
    let mut queues: Vec<Vec<&Step>> = chosen.iter().map(|case| upserts(case, repeats, &mut random)).collect();
    let mut steps: Vec<Step> = Vec::new();
    while steps.len() < STEPS_MAX && queues.iter().any(|queue| !queue.is_empty()) {
        let at = random.usize(0..queues.len());
        if let Some(step) = queues[at].pop() {
            steps.push(renewed(step, steps.len(), &mut random));
        }
    }
    Case { name: format!("mixtures/{seed} ({})", names(&chosen)), steps, ..first.clone() }
}

fn names(cases: &[&Case]) -> String {
    cases.iter().map(|case| &*case.name).collect::<Vec<_>>().join(", ")
}

/// One step in so many comes again, up to so many times.
#[derive(Clone, Copy)]
struct Repeats {
    one_in: u8,
    max: usize,
}

/// The upserts of a sequence, the last first; some several times, and sometimes in any order.
fn upserts<'c>(case: &'c Case, repeats: Repeats, random: &mut Rng) -> Vec<&'c Step> {
    let mut steps: Vec<&Step> = Vec::new();
    for step in case.steps.iter().rev().filter(|step| matches!(step.action, Action::Upsert(_))) {
        let again = if random.u8(0..repeats.one_in) == 0 { random.usize(1..=repeats.max) } else { 0 };
        steps.extend(std::iter::repeat_n(step, 1 + again));
    }
    if random.u8(0..4) == 0 {
        random.shuffle(&mut steps);
    }
    steps
}

/// The step as another caller's; now and then under the same id, which is another document's then.
fn renewed(step: &Step, place: usize, random: &mut Rng) -> Step {
    let mut step = step.clone();
    if let Action::Upsert(upsert) = &mut step.action {
        upsert.trace_id = format!("t{place}");
        if random.u8(0..16) > 0 {
            upsert.document_uuid = Uuid::from_u64_pair(random.u64(..), random.u64(..));
        }
    }
    step
}

#[tokio::test]
async fn mixtures_of_recorded_sequences_end_as_a_serial_run_in_batch_order() {
    let Some(Bench { mut replay, cases, database: _database }) = Bench::set_up().await else { return };
    let cases: Vec<Case> = cases.into_iter().filter(|case| case.schemas == SCHEMAS).collect();
    let mixtures = std::env::var("LANEWAY_MIXTURES").ok().and_then(|count| count.parse().ok()).unwrap_or(MIXTURES);
    let (mut steps, mut reordered, mut cycles) = (0, 0, 0);
    for seed in 0..mixtures {
        let case = mixture(&cases, seed);
        let single = replay.case(&case, Cut::Single).await.expect("a replay");
        let case = single.observed.record(&case);
        for cut in [Cut::One, Cut::Random(seed)] {
            let batched = replay.case(&case, cut).await.expect("a replay");
            assert!(batched.differences.is_empty(), "{} cut {cut}:\n{}", case.name, batched.differences);
            reordered += usize::from(batched.reordered);
            cycles += batched.cycles;
        }
        steps += case.steps.len();
    }
    println!("{mixtures} mixtures of {steps} steps, {reordered} compared in batch order, {cycles} cycles");
}
