//! `laneway store check`: whether a store's rows are those that its documents ought to have.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use laneway_postgres::check::{CheckError, Difference, Page, Position, StoreCheck};

use crate::console;
use crate::failure::{Exit, Failure, chain};
use crate::interrupt::Interrupt;
use crate::plugins::PluginArgs;
use crate::store::{CheckCheckpoint, CheckProgress, CheckTotals, DatabaseArgs};

/// Between two looks at what was written lately, at least.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How many differences are remembered, so that each is reported once.
const REPORTED_MAX: usize = 100_000;

/// Compares a store's rows with what its documents ought to have: aliases, references, the hierarchy, securable rows, and
/// authorization rows and arrays. Every document is extracted again.
///
/// Each difference is a line on standard output; progress and totals go to standard error. Values that depend on the order in
/// which documents were written, and that some order leaves, are no differences: they are counted as history. Nothing is
/// written, but with --apply.
///
/// Exit codes: 0 no differences, or all mended, 1 there are some, 2 wrong usage, 3 database error, 130 interrupted.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    plugins: PluginArgs,
    /// Print each difference as a JSON object.
    #[arg(long)]
    json: bool,
    /// Print the statements that mend authorization arrays and the rows that they are made of, as a script for psql; the
    /// differences are its comments.
    #[arg(long, conflicts_with = "json")]
    repair: bool,
    /// Run these statements, transaction by transaction, and compare again.
    #[arg(long, requires = "repair")]
    apply: bool,
    /// Compare only what is written from now on, persons and organizations that new rows tell of, until interrupted.
    #[arg(long)]
    follow: bool,
    /// With --follow: the most of one core's time that comparing may take, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 10, requires = "follow", value_parser = clap::value_parser!(u8).range(1..=100))]
    share: u8,
    /// Keep how far the check has come in FILE; when FILE is there, go on from it. It is removed at the end.
    #[arg(long, value_name = "FILE", conflicts_with = "follow")]
    checkpoint: Option<PathBuf>,
    /// Number of connections that read at a time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    connections: u8,
}

impl Args {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<Exit, Failure> {
        let config = self.database.config()?;
        let mut checkpoint = CheckCheckpoint::open(self.checkpoint.clone())?;
        // Documents are stored as they are: what would be coerced today is extracted all the same.
        let plugins = self.plugins.load()?.taking_any_identity();
        let resources = plugins.resources();
        let mut interrupt = Interrupt::listen();
        let opened = StoreCheck::open(&config, Arc::new(plugins), &resources);
        let check = tokio::select! {
            check = opened => check.map_err(|error| failure(&error))?,
            () = interrupt.wait() => return Ok(Exit::Interrupted),
        };
        let mut run = Run { args: &self, check, totals: checkpoint.totals() };
        let ended = if self.follow {
            run.follow(&mut interrupt).await
        } else {
            run.whole(&mut checkpoint, &mut interrupt).await
        };
        console::remark(&run.totals);
        Ok(match ended? {
            Exit::Success if run.totals.remaining() > 0 => Exit::SomeFailed,
            exit => exit,
        })
    }
}

fn failure(error: &CheckError) -> Failure {
    Failure::database(
        chain(error),
        "What was reported before stays true. Run the check again when the database can be used.",
    )
}

/// A check under way.
struct Run<'a> {
    args: &'a Args,
    check: StoreCheck,
    totals: CheckTotals,
}

impl Run<'_> {
    async fn whole(&mut self, checkpoint: &mut CheckCheckpoint, interrupt: &mut Interrupt) -> Result<Exit, Failure> {
        let documents = self.check.documents().await.map_err(|error| failure(&error))?;
        let mut progress = CheckProgress::new(documents);
        let mut pages = self.check.pages(checkpoint.position(), self.args.connections.into());
        loop {
            let page = tokio::select! {
                page = pages.next() => page.map_err(|error| failure(&error))?,
                () = interrupt.wait() => {
                    checkpoint.write(&self.totals)?;
                    return Ok(Exit::Interrupted);
                }
            };
            let Some(page) = page else { break };
            let position = page.position;
            self.take(page).await?;
            progress.show(&self.totals);
            checkpoint.reached(position, &self.totals)?;
        }
        checkpoint.reached(Position::End, &self.totals)?;
        Ok(Exit::Success)
    }

    /// Comparing takes its share of the time, and pauses for the rest.
    async fn follow(&mut self, interrupt: &mut Interrupt) -> Result<Exit, Failure> {
        let mut follow = self.check.follow().await.map_err(|error| failure(&error))?;
        console::remark("following what is written from now on; Ctrl-C ends it");
        let share = u32::from(self.args.share);
        let mut reported = HashSet::new();
        loop {
            let started = Instant::now();
            let work = async {
                follow.look().await?;
                follow.next().await
            };
            let page = work.await.map_err(|error| failure(&error))?;
            let is_idle = page.is_none();
            if let Some(mut page) = page {
                // Rows are looked at again until no older transaction is under way.
                page.differences.retain(|difference| reported.insert(difference.to_string()));
                self.take(page).await?;
            } else if reported.len() > REPORTED_MAX {
                reported.clear();
            }
            let pause = started.elapsed() * (100 - share) / share;
            tokio::select! {
                () = tokio::time::sleep(if is_idle { pause.max(LOOK_EVERY) } else { pause }) => {}
                () = interrupt.wait() => return Ok(Exit::Success),
            }
        }
    }

    /// Shows what was found, and mends it if that is wanted.
    async fn take(&mut self, page: Page) -> Result<(), Failure> {
        for difference in &page.differences {
            self.show(difference);
        }
        self.totals.add(&page);
        if !self.args.repair || page.differences.is_empty() {
            return Ok(());
        }
        let repairs = self.check.repairs(&page.differences).await.map_err(|error| failure(&error))?;
        for repair in &repairs {
            console::result(repair.script.trim_end());
            if self.args.apply {
                self.check.apply(repair).await.map_err(|error| failure(&error))?;
            }
        }
        if self.args.apply && !repairs.is_empty() {
            let mended: Vec<Difference> =
                page.differences.iter().filter(|difference| difference.can_be_mended()).cloned().collect();
            let again = self.check.again(&mended).await.map_err(|error| failure(&error))?;
            let left = again.differences.iter().filter(|difference| difference.can_be_mended()).count();
            self.totals.mended(mended.len().saturating_sub(left));
        }
        Ok(())
    }

    fn show(&self, difference: &Difference) {
        if self.args.json {
            console::result(difference.json());
        } else if self.args.repair {
            console::result(format_args!("-- {difference}"));
        } else {
            console::result(difference);
        }
    }
}
