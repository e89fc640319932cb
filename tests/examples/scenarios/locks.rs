//! Locks of another session under a load of 64 callers that do not need them: they notice nothing, and those that do need them
//! settle when they are released. A lock on a whole table is needed by all.

use std::time::{Duration, Instant};

use laneway_core::Ticket;
use laneway_model::Limits;
use laneway_tests::locks::{ALIAS, DOCUMENT, HIERARCHY, PERSON, Scene, Stage, TABLE};
use tokio::time::sleep;

use crate::Length;
use crate::callers::{Callers, Ended, is_stored, percentile};
use crate::table::{Table, time};

/// Callers that do not need the lock, each with one document at a time.
const CALLERS: usize = 64;
/// How often a document is handed over that needs it.
const NEED_EVERY: Duration = Duration::from_millis(500);
/// How long after its release everything that needed a lock may take.
const SETTLES_WITHIN: Duration = Duration::from_secs(1);
/// How many times as long as without a lock the others may take.
const SLOWDOWN_MAX: u32 = 3;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    length: Length,
}

pub(crate) async fn run(options: Options) -> bool {
    let mut table = Table::new(&[
        "lock",
        "others",
        "their p99 without",
        "with it",
        "not stored",
        "needed it",
        "not stored",
        "settled after",
        "named as",
    ]);
    let table_scene = Scene { lock: TABLE, needs: PERSON.related, related: &[] };
    for (name, scene, is_needed_by_all) in [
        ("a document's row", &DOCUMENT, false),
        ("an alias", &ALIAS, false),
        ("a person", &PERSON, false),
        ("the hierarchy", &HIERARCHY, false),
        ("the table document", &table_scene, true),
    ] {
        let Some(stage) = Stage::set_up(Limits::default()).await else { return false };
        row(&mut table, name, scene, is_needed_by_all, &stage, options.length.duration()).await;
        stage.runtime.close().await;
    }
    table.kept()
}

async fn row(table: &mut Table, name: &str, scene: &Scene<'_>, is_needed_by_all: bool, stage: &Stage, held: Duration) {
    let without = others(stage, "without");
    sleep(held / 4).await;
    let without = Summary::of(&without.end().await);
    stage.lock(&format!("SET LOCAL application_name = 'scenario'; {}", scene.lock)).await;
    let released = Instant::now() + held;
    let others = others(stage, "with");
    let (mut needs, mut named) = (Vec::new(), None);
    while Instant::now() < released {
        needs.push(stage.submit(scene.needs[needs.len() % scene.needs.len()]).await);
        sleep(NEED_EVERY).await;
        named = stage.runtime.wait().map(|wait| wait.to_string()).or(named);
    }
    // Those that need no lock are over with it; those that all need it go on until it is released.
    let others = if is_needed_by_all {
        stage.release().await;
        others.end().await
    } else {
        let others = others.end().await;
        stage.release().await;
        others
    };
    let others = Summary::of(&others);
    let released = Instant::now();
    let needed = needs.len();
    let failed = stored_not(needs).await;
    let settled_after = released.elapsed();
    let named = named.unwrap_or_else(|| "nothing".to_owned());
    let is_fast = is_needed_by_all || others.p99 <= SLOWDOWN_MAX * without.p99;
    let kept = is_fast
        && without.failed + others.failed + failed == 0
        && (is_needed_by_all || settled_after <= SETTLES_WITHIN)
        && named.contains("held by pid")
        && named.contains("'scenario'");
    let cells = [
        name.to_owned(),
        others.count.to_string(),
        time(without.p99),
        time(others.p99),
        others.failed.to_string(),
        needed.to_string(),
        failed.to_string(),
        time(settled_after),
        named,
    ];
    table.row(&cells, kept);
}

/// How many of them were not stored.
async fn stored_not(tickets: Vec<Ticket>) -> usize {
    let mut failed = 0;
    for ticket in tickets {
        failed += usize::from(!is_stored(ticket.await.outcome.kind()));
    }
    failed
}

/// Callers that hand over documents which have to do with nothing else.
fn others(stage: &Stage, prefix: &'static str) -> Callers {
    let document = move |number| ("learningStandards", format!(r#"{{"learningStandardId":"{prefix} {number}"}}"#));
    Callers::start(&stage.runtime, CALLERS, Duration::ZERO, document)
}

/// What became of theirs.
struct Summary {
    count: usize,
    failed: usize,
    p99: Duration,
}

impl Summary {
    fn of(all: &[Ended]) -> Self {
        let failed = all.iter().filter(|(.., kind)| !is_stored(*kind)).count();
        Self { count: all.len(), failed, p99: percentile(all.iter().map(|(_, latency, _)| *latency), 99) }
    }
}
