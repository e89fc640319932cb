//! Each step of the flush skipped, and the generated world that notices. What only two sessions at once notice, worlds in memory
//! do not: `tests/it/two_sessions.rs` does.

use laneway_core::FaultPoint;
use laneway_tests::worlds::Bench;

use crate::table::Table;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many worlds each step is skipped in, at most.
    #[arg(long, default_value_t = 1_000)]
    count: u64,
}

/// The steps that keep two sessions apart.
const OF_TWO_SESSIONS: [FaultPoint; 6] = [
    FaultPoint::HierarchyLock,
    FaultPoint::StudentLocks,
    FaultPoint::StaffLocks,
    FaultPoint::ContactLocks,
    FaultPoint::DocumentLocks,
    FaultPoint::AliasKeyOrder,
];

pub(crate) async fn run(options: Options) -> bool {
    let mut bench = Bench::in_memory();
    let mut table = Table::new(&["step skipped", "noticed by", "how"]);
    for step in FaultPoint::ALL.into_iter().filter(|step| !OF_TWO_SESSIONS.contains(step)) {
        bench.skip(Some(step));
        let report = bench.worlds(0..options.count).await;
        let first = report.findings.first();
        let world = first.map_or_else(|| "NONE".to_owned(), |finding| format!("world {}", finding.seed));
        let how = first.and_then(|finding| finding.differences.lines().next());
        let how: String = how.unwrap_or_default().replace('\t', " ").chars().take(120).collect();
        table.row(&[format!("{step:?}"), world, how], first.is_some());
    }
    table.kept()
}
