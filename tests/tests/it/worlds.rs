//! Generated worlds: whatever a batch holds, and however lanes run beside each other, outcomes and all tables are those of the model
//! in memory and of the single path, in the order that was reported.

use laneway_tests::worlds::{Bench, Report, Side};

/// Worlds whose batches are written to PostgreSQL, unless `LANEWAY_WORLDS` says how many: each operation twice, so that this takes
/// most of the time.
const IN_POSTGRES: u64 = 300;
/// Worlds whose batches are written to tables in memory: decide, order and the dispatcher in earnest, and no server to wait for.
const IN_MEMORY: u64 = 2_000;

/// Worlds that show nothing would agree as well.
fn assert_agreed(report: &Report, worlds: u64) {
    if let Some(finding) = report.findings.first() {
        let seed = finding.seed;
        panic!("world {seed} differs (again, and smaller: cargo xtask worlds --seed {seed}):\n{}", finding.differences);
    }
    let Report { operations, circles, refused, .. } = *report;
    println!("{worlds} worlds, {operations} operations, {circles} circles, {refused} not stored");
    assert_eq!(report.worlds, worlds);
    assert!(operations as u64 > 40 * worlds && circles as u64 > worlds / 5, "too little to show anything");
    assert!(refused > operations / 5 && refused < operations / 2, "{refused} of {operations} not stored");
}

async fn agree<S: Side>(bench: &Bench<S>, worlds: u64) {
    assert_agreed(&bench.worlds(0..worlds).await, worlds);
}

#[tokio::test]
async fn worlds_in_memory_end_as_the_model_does() {
    agree(&Bench::in_memory(), IN_MEMORY).await;
}

#[tokio::test]
async fn worlds_in_postgresql_end_as_the_model_and_the_single_path_do() {
    let Some(bench) = Bench::in_postgres().await else { return };
    let worlds = std::env::var("LANEWAY_WORLDS").ok().and_then(|count| count.parse().ok()).unwrap_or(IN_POSTGRES);
    agree(&bench, worlds).await;
}
