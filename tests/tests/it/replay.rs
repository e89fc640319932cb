//! The recorded sequences: Laneway answers and leaves what the DMS answered and left, however operations are cut into
//! batches, and so does the baseline.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use laneway_embedded::Database;
use laneway_postgres_tools::Permission;
use laneway_postgres_tools::baseline::Baseline;
use laneway_replay::{Action, Case, Cut, Replay, ReplayErrorKind, Schemas, in_memory, read_cases};
use laneway_tests::isolation::isolation;
use laneway_tests::need;
use laneway_tests::release::deploy;
use laneway_tests::writer::writer;

/// How many sequences are recorded.
const CASES: usize = 351;
/// How many differing cases a failure shows.
const SHOWN_MAX: usize = 5;

/// The recorded cases, and a scratch store to replay them on.
pub(super) struct Bench {
    pub(super) database: Database,
    pub(super) replay: Replay,
    pub(super) cases: Vec<Case>,
}

impl Bench {
    pub(super) async fn set_up() -> Option<Self> {
        let data = need::data()?;
        let server = need::server()?;
        let database = server.create_database("laneway_test").await.expect("a database");
        deploy(database.config()).await.expect("a store");
        let writer = writer(server, &database).await;
        let schemas = Schemas::new(data.join("schemas"));
        let replay = Replay::open_as(database.config(), &writer, Permission::OnlyIfMarked, schemas, isolation()).await;
        let replay = replay.expect("a scratch store");
        Some(Self { database, replay, cases: recorded(&data) })
    }
}

pub(super) fn recorded(data: &Path) -> Vec<Case> {
    let file = File::open(data.join("vectors/upserts.ndjson")).expect("the recorded sequences");
    let cases: Vec<Case> =
        read_cases("upserts.ndjson", BufReader::new(file)).collect::<Result<_, _>>().expect("sequences");
    assert_eq!(cases.len(), CASES);
    cases
}

/// Gathers the differences of cases.
#[derive(Default)]
struct Findings {
    differing: Vec<String>,
    reordered: usize,
    cycles: usize,
    beside: usize,
    skewed: usize,
}

impl Findings {
    fn assert_none(&self, of: &str) {
        let shown = self.differing[..self.differing.len().min(SHOWN_MAX)].join("\n");
        assert!(self.differing.is_empty(), "{} cases differ ({of}):\n{shown}", self.differing.len());
    }
}

async fn replay(cut: Cut) -> Option<Findings> {
    replay_some(cut, |_| true).await
}

async fn replay_some(cut: Cut, is_wanted: impl Fn(&Case) -> bool) -> Option<Findings> {
    let Bench { mut replay, mut cases, database: _database } = Bench::set_up().await?;
    cases.retain(is_wanted);
    let mut findings = Findings::default();
    for case in &cases {
        let replayed = replay.case(case, cut).await.expect("a replay");
        if !replayed.differences.is_empty() {
            findings.differing.push(format!("{}\n{}", case.name, replayed.differences));
        }
        findings.reordered += usize::from(replayed.reordered);
        findings.cycles += replayed.cycles;
        findings.beside += replayed.beside;
        findings.skewed += usize::from(replayed.skewed);
    }
    findings.assert_none(&cut.to_string());
    Some(findings)
}

#[tokio::test]
async fn the_single_path_agrees_with_every_recorded_case() {
    let Some(findings) = replay(Cut::Single).await else { return };
    assert_eq!(findings.reordered, 0, "one after another nothing changes places");
}

#[tokio::test]
async fn batches_of_one_agree_with_every_recorded_case() {
    let Some(findings) = replay(Cut::Each).await else { return };
    assert_eq!(findings.reordered, 0, "one after another nothing changes places");
}

#[tokio::test]
async fn whole_batches_agree_with_every_recorded_case() {
    let Some(findings) = replay(Cut::One).await else { return };
    assert!(findings.reordered < CASES / 2, "most are compared with what was recorded: {}", findings.reordered);
    assert!(findings.cycles > 0, "cycles of references are among the cases");
}

/// Three seeds; the batches of several lanes beside each other.
#[tokio::test]
async fn batches_cut_and_laned_at_random_agree_with_a_serial_run_in_their_order() {
    for seed in 1..=3 {
        let Some(findings) = replay(Cut::Random(seed)).await else { return };
        assert!(findings.reordered > CASES / 2, "lanes change the order: {}", findings.reordered);
    }
}

/// The model that generated worlds are compared with is the service's.
#[test]
fn the_model_in_memory_agrees_with_every_recorded_case() {
    let Some(data) = need::data() else { return };
    let mut schemas = Schemas::new(data.join("schemas"));
    let mut findings = Findings::default();
    for case in &recorded(&data) {
        let differences = in_memory(case, &mut schemas).expect("schemas");
        if !differences.is_empty() {
            findings.differing.push(format!("{}\n{differences}", case.name));
        }
    }
    findings.assert_none("the model");
}

/// Of the cases with deletes: those, and some updates, as the service's own statements in sessions beside the batches. They take no locks, so that some cases
/// end with the skew that the service has with itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_beside_the_services_statements_agree_with_a_serial_run_of_both() {
    let deletes = |case: &Case| case.steps.iter().any(|step| matches!(step.action, Action::Delete(_)));
    let Some(findings) = replay_some(Cut::Beside(1), deletes).await else { return };
    assert!(findings.beside > 100, "statements ran beside batches: {}", findings.beside);
    assert!(findings.skewed < CASES / 20, "of the cases some were skewed: {}", findings.skewed);
}

/// The baseline, and with it the triggers that `deploy` brings. It does not authorize: what was refused is passed over.
#[tokio::test]
async fn the_baseline_agrees_with_every_recorded_case() {
    let Some(Bench { mut replay, cases, database }) = Bench::set_up().await else { return };
    let baseline = Baseline::open(database.config(), 1).await.expect("the baseline");
    let mut findings = Findings::default();
    for case in &cases {
        let replayed = replay.serially(case, &baseline).await.expect("a replay");
        if !replayed.differences.is_empty() {
            findings.differing.push(format!("{}\n{}", case.name, replayed.differences));
        }
    }
    findings.assert_none("the baseline");
}

/// An unmarked database is left alone.
#[tokio::test]
async fn only_a_marked_database_is_emptied() {
    let Some(server) = need::server() else { return };
    // Every database of the tests has a name that marks it; this one is distinguished by a prefix of its own.
    let database = server.create_database("laneway_kept").await.expect("a database");
    deploy(database.config()).await.expect("a store");
    let open =
        async |permission| Replay::open(database.config(), permission, Schemas::new("."), isolation()).await.map(drop);
    let refused = open(Permission::OnlyIfMarked).await.expect_err("not marked");
    assert_eq!(refused.kind(), ReplayErrorKind::NotMarked, "{refused}");
    open(Permission::Given).await.expect("permission was given");
    let client = database.config().connect().await.expect("a connection");
    let comment = format!("COMMENT ON DATABASE \"{}\" IS 'Scratch, to be emptied'", database.name());
    client.batch_execute(&comment).await.expect("a comment");
    open(Permission::OnlyIfMarked).await.expect("it is marked");
}
