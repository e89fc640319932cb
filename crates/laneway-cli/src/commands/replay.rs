//! `laneway replay`: recorded sequences of operations on a scratch store, compared with what was recorded.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use laneway_postgres::Isolation;
use laneway_postgres_tools::Permission;
use laneway_replay::{Case, Cut, Replay, ReplayError, ReplayErrorKind, Replayed, Schemas, Tally, read_cases};
use serde_json::json;

use crate::console;
use crate::failure::{Exit, Failure};
use crate::store::DatabaseArgs;

/// Replays recorded sequences of operations, each on empty tables, and shows where the results differ.
///
/// Exit codes: 0 all agree, 1 some differ, 2 wrong usage, 3 database error.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Folder of the schemas that the sequences name: NAME.apischema.json.
    #[arg(long, value_name = "DIR")]
    schemas: PathBuf,
    /// How operations are cut into batches: `single` (no batching), `each` (a batch for each), `one` (one batch between
    /// two deletes), `random:SEED`, or `beside:SEED` (at random, with deletes and some updates as the service's own statements in
    /// sessions beside).
    #[arg(long, default_value = "one")]
    cut: Cut,
    /// How Laneway's transactions are isolated from those of other sessions: read-committed or repeatable-read.
    #[arg(long, value_name = "LEVEL", default_value_t)]
    isolation: Isolation,
    /// Write the sequences to OUT with the observed results instead of the expected ones.
    #[arg(long, value_name = "OUT")]
    record: Option<PathBuf>,
    /// Print the result as one JSON object, on the last line of standard output.
    #[arg(long)]
    json: bool,
    /// Empty the tables even if neither the name nor the comment of the database marks it as scratch.
    #[arg(long)]
    yes_empty_it: bool,
    /// NDJSON files, one sequence per line.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let permission = if self.yes_empty_it { Permission::Given } else { Permission::OnlyIfMarked };
        let cases = self.files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?.concat();
        let mut record = self.record.as_deref().map(Record::create).transpose()?;
        let schemas = Schemas::new(&self.schemas);
        let opening = Replay::open(&self.database.config()?, permission, schemas, self.isolation).await;
        let mut replay = opening.map_err(|error| failure(&error))?;
        let mut summary = Summary::new(self.cut);
        for case in &cases {
            let replayed = replay.case(case, self.cut).await.map_err(|error| failure(&error))?;
            if !replayed.differences.is_empty() {
                console::result(format_args!("{}\n{}", case.name, replayed.differences));
            }
            summary.add(case, &replayed);
            if let Some(record) = &mut record {
                record.add(replayed.observed.record(case))?;
            }
        }
        record.map_or(Ok(()), Record::finish)?;
        let differ = summary.differ;
        if self.json {
            console::result(summary.json());
        } else {
            console::result(summary);
        }
        Ok(if differ == 0 { Exit::Success } else { Exit::SomeFailed })
    }
}

fn read(path: &Path) -> Result<Vec<Case>, Failure> {
    let next = "Name files of recorded sequences, one JSON object per line.";
    let file = File::open(path).map_err(|error| Failure::file("read", path, &error, next))?;
    let name = path.display().to_string();
    let cases = read_cases(&name, BufReader::new(file));
    cases.map(|case| case.map_err(|error| failure(&error))).collect()
}

fn failure(error: &ReplayError) -> Failure {
    match error.kind() {
        ReplayErrorKind::NotMarked => Failure::usage(error, "To empty it anyway, add --yes-empty-it."),
        ReplayErrorKind::Database => Failure::database(error, "The sequences before it were replayed."),
        _ => Failure::usage(error, "Check the files of sequences, and that --schemas is the folder of their schemas."),
    }
}

/// The file that the observed sequences are written to.
struct Record<'a> {
    path: &'a Path,
    file: BufWriter<File>,
}

const NEXT_RECORD: &str = "Choose a file for --record that is writable.";

impl<'a> Record<'a> {
    fn create(path: &'a Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| Failure::file("write", path, &error, NEXT_RECORD))?;
        Ok(Self { path, file: BufWriter::new(file) })
    }

    fn add(&mut self, case: Case) -> Result<(), Failure> {
        let line = serde_json::to_string(&case).map_err(std::io::Error::from);
        line.and_then(|line| writeln!(self.file, "{line}"))
            .map_err(|error| Failure::file("write", self.path, &error, NEXT_RECORD))
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.file.flush().map_err(|error| Failure::file("write", self.path, &error, NEXT_RECORD))
    }
}

/// The totals over all cases.
struct Summary {
    cut: Cut,
    started: Instant,
    cases: usize,
    operations: usize,
    differ: usize,
    reordered: usize,
    cycles: usize,
    beside: usize,
    skewed: usize,
    tally: Tally,
}

impl Summary {
    fn new(cut: Cut) -> Self {
        let started = Instant::now();
        let tally = Tally::default();
        Self { cut, started, cases: 0, operations: 0, differ: 0, reordered: 0, cycles: 0, beside: 0, skewed: 0, tally }
    }

    fn add(&mut self, case: &Case, replayed: &Replayed) {
        self.cases += 1;
        self.operations += case.steps.len();
        self.differ += usize::from(!replayed.differences.is_empty());
        self.reordered += usize::from(replayed.reordered);
        self.cycles += replayed.cycles;
        self.beside += replayed.beside;
        self.skewed += usize::from(replayed.skewed);
        self.tally += replayed.tally;
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "cut": self.cut.to_string(),
            "cases": self.cases,
            "agree": self.cases - self.differ,
            "differ": self.differ,
            "reordered": self.reordered,
            "cycles": self.cycles,
            "beside": self.beside,
            "skewed": self.skewed,
            "operations": self.operations,
            "batches": self.tally.batches,
            "transactions": self.tally.transactions,
            "retries": self.tally.retries,
            "singles": self.tally.singles,
            "seconds": self.started.elapsed().as_secs_f64(),
        })
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let agree = self.cases - self.differ;
        write!(f, "{agree} of {} cases agree, {} differ (cut: {}); ", self.cases, self.differ, self.cut)?;
        write!(f, "{} operations in {} batches and ", self.operations, self.tally.batches)?;
        write!(f, "{} transactions, {:.1} s", self.tally.transactions, self.started.elapsed().as_secs_f64())?;
        if self.reordered > 0 {
            let cycles = self.cycles;
            write!(f, "\n{} cases were reordered or held cycles ({cycles} of them): ", self.reordered)?;
            f.write_str("compared with a serial run in batch order")?;
        }
        if let Cut::Beside(_) = self.cut {
            write!(f, "\n{} of the service's statements ran beside a batch; ", self.beside)?;
            write!(f, "{} cases were skewed by them, as they take no locks", self.skewed)?;
        }
        Ok(())
    }
}
