//! The driver of a load: submits documents in order, keeps a bounded number of them unsettled, counts each outcome.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use laneway_model::{Outcome, ReferentialId};
use laneway_postgres::sqlstate::{is_disk_full, is_permanent, is_store_lost};

use super::failures::Failures;
use super::lost::Lost;
use super::pace::{Pace, Schedule};
use super::progress::Progress;
use super::summary::Summary;
use super::tally::{Effort, Tally};
use super::versions::{Unstored, Versions};
use super::watch::Watch;
use crate::documents::{Chunk, Document, Item, ReadError, Reader};
use crate::interrupt::Interrupt;

/// What writes documents.
pub(crate) trait Engine: Send {
    /// A document that was submitted; resolves to its outcome.
    type Pending: Future<Output = Settled> + Send;

    /// Submits a document; returns once its position in the order is fixed. Versions of one record settle in that order.
    fn submit(&mut self, document: &Document) -> impl Future<Output = Self::Pending> + Send;

    /// The work done up to now.
    fn effort(&self) -> Effort;

    /// Whether the database accepts a connection.
    fn is_reachable(&self) -> impl Future<Output = bool> + Send;

    /// Settles what was submitted soon, whatever the database does.
    fn interrupt(&self);
}

/// How a document ended.
pub(super) struct Settled {
    /// Its outcome.
    pub(super) outcome: Outcome,
    /// Which record it is a version of, where that is known.
    pub(super) record: Option<ReferentialId>,
}

/// Documents in a row that failed for want of a database before the next look whether it is there: one look a document
/// would be another load.
const LOST_IN_A_ROW_MAX: usize = 256;

/// Receives how a document ended that is not stored; returns whether to leave it uncounted, because the document will be
/// submitted again.
pub(super) type Keep<'a> = &'a mut (dyn FnMut(&Document, &Settled) -> bool + Send);

/// The state of a load through all its rounds.
pub(super) struct LoadDriver {
    /// When documents are submitted.
    schedule: Schedule,
    /// Who follows how they end.
    watch: Arc<dyn Watch>,
    /// The outcomes so far.
    pub(super) tally: Tally,
    /// Where failures go.
    pub(super) failures: Failures,
    /// Which documents a later version has superseded; `None` where their order says nothing.
    versions: Option<Versions>,
    /// See [`Self::take_dropped`].
    dropped: HashSet<usize>,
    /// Shows how far it is.
    pub(super) progress: Progress,
    /// Resolves at Ctrl-C.
    interrupt: Interrupt,
    /// Whether Ctrl-C was pressed; everything submitted before has settled.
    pub(super) interrupted: bool,
    /// The input that broke off, if one did.
    pub(super) unread: Option<ReadError>,
    /// Documents in a row, up to the last one, that failed for want of a database.
    lost_in_a_row: usize,
    /// Whether to look if the database is there.
    looks: bool,
    /// Why the database cannot be used any more, if so.
    pub(super) lost: Option<Lost>,
}

impl LoadDriver {
    /// Before the first document.
    pub(super) fn new(pace: Pace, failures: Failures, progress: Progress, interrupt: Interrupt) -> Self {
        Self {
            schedule: Schedule::new(pace),
            watch: Arc::new(()),
            tally: Tally::start(),
            failures,
            versions: Some(Versions::default()),
            dropped: HashSet::new(),
            progress,
            interrupt,
            interrupted: false,
            unread: None,
            lost_in_a_row: 0,
            looks: false,
            lost: None,
        }
    }

    /// Reports to `watch` how documents end.
    pub(super) fn watched(self, watch: Arc<dyn Watch>) -> Self {
        Self { watch, ..self }
    }

    /// Takes the order of documents for one that says nothing of which is the later one.
    pub(super) fn without_versions(self) -> Self {
        Self { versions: None, ..self }
    }

    /// Whether no more documents should be submitted.
    pub(super) fn is_stopped(&self) -> bool {
        self.interrupted || self.unread.is_some() || self.failures.is_broken() || self.lost.is_some()
    }

    /// Submits what the reader reads, and waits for all outcomes.
    pub(super) async fn run<E: Engine>(&mut self, mut reader: Reader, engine: &mut E, keep: Keep<'_>) {
        self.schedule.restart();
        let mut unsettled = FuturesUnordered::new();
        let mut waiting = Chunk::default().items.into_iter();
        let mut ticker = tokio::time::interval(Progress::EVERY);
        ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut at_end = false;
        let mut unsettled_bytes = 0;
        loop {
            if std::mem::take(&mut self.looks) && !self.is_stopped() {
                // A server that is silent is waited for.
                let reachable = tokio::select! {
                    biased;
                    () = self.interrupt.wait() => true,
                    reachable = engine.is_reachable() => reachable,
                };
                self.lost = (!reachable).then_some(Lost::Gone);
            }
            if self.is_stopped() {
                at_end = true;
                waiting = Chunk::default().items.into_iter();
            }
            while waiting.len() > 0
                && let Some(from) = self.schedule.next(unsettled.len(), Instant::now())
                && let Some(item) = waiting.next()
            {
                match item {
                    Item::Document(document) => {
                        unsettled_bytes += document.body.len();
                        let pending = engine.submit(&document).await;
                        unsettled.push(settle(document, from, pending));
                    }
                    Item::Refused { source, error } => {
                        self.tally.unreadable();
                        self.failures.line(&source, &error);
                    }
                }
            }
            if self.schedule.is_full(unsettled.len()) {
                self.watch.full(unsettled_bytes);
            }
            let starved = waiting.len() == 0 && !at_end;
            let due = self.schedule.due().filter(|_| waiting.len() > 0);
            if unsettled.is_empty() && !starved && waiting.len() == 0 {
                break;
            }
            tokio::select! {
                biased;
                () = self.interrupt.wait(), if !self.interrupted => {
                    self.interrupted = true;
                    engine.interrupt();
                    self.progress.note("interrupted: waiting for the documents that were submitted (press Ctrl-C again to stop at once)");
                }
                Some((document, settled, latency)) = unsettled.next() => {
                    self.tally.latency(latency);
                    self.watch.settled(document.source.number, latency);
                    unsettled_bytes -= document.body.len();
                    if settled.outcome.is_stored() || !keep(&document, &settled) {
                        self.settled(&document, &settled);
                    } else {
                        self.unstored(&document, &settled, false, None);
                    }
                }
                chunk = reader.next(), if starved => match chunk {
                    Ok(Some(chunk)) => {
                        self.progress.read(chunk.bytes);
                        waiting = chunk.items.into_iter();
                    }
                    Ok(None) => at_end = true,
                    Err(error) => self.unread = Some(error),
                },
                // Its timer's millisecond counts as the document's: latencies are rather too long than too short.
                () = tokio::time::sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {}
                _ = ticker.tick() => self.progress.show(&self.tally, engine.effort()),
            }
        }
    }

    /// Counts a document and notes it if it is not stored.
    pub(super) fn settled(&mut self, document: &Document, settled: &Settled) {
        let outcome = &settled.outcome;
        self.tally.settled(outcome.kind());
        self.look_for_loss(outcome);
        if outcome.is_stored() {
            self.supersede(document, settled.record);
        } else {
            let entry = self.failures.document(document, outcome);
            self.unstored(document, settled, true, entry);
        }
    }

    fn unstored(&mut self, document: &Document, settled: &Settled, is_counted: bool, entry: Option<u64>) {
        if let (Some(versions), Some(record)) = (&mut self.versions, settled.record) {
            let (number, kind) = (document.source.number, settled.outcome.kind());
            versions.unstored(record, Unstored { number, kind, is_counted, entry });
        }
    }

    /// What was not stored of a record is no failure once a later version is.
    fn supersede(&mut self, document: &Document, record: Option<ReferentialId>) {
        let (Some(versions), Some(record)) = (&mut self.versions, record) else { return };
        for Unstored { number, kind, is_counted, entry } in versions.stored(record, document.source.number) {
            self.tally.supersede(kind, is_counted);
            self.failures.withdraw(number, entry);
            self.dropped.extend((!is_counted).then_some(number));
        }
    }

    /// The documents that were to be submitted again and are not any more, since the last time this was asked.
    pub(super) fn take_dropped(&mut self) -> HashSet<usize> {
        std::mem::take(&mut self.dropped)
    }

    /// What the load came to.
    pub(super) fn summary(&self, effort: Effort) -> Summary {
        let superseded =
            self.versions.as_ref().map_or((0, false), |versions| (versions.superseded(), versions.is_least()));
        self.tally.summary(effort, superseded)
    }

    fn look_for_loss(&mut self, outcome: &Outcome) {
        if !is_store_lost(outcome) {
            self.lost_in_a_row = 0;
        } else if is_disk_full(outcome) {
            self.lost = Some(Lost::Full);
        } else if let Outcome::Failed { message, .. } = outcome
            && is_permanent(outcome)
        {
            self.lost = Some(Lost::Refused(message.clone()));
        } else {
            // The runtime has waited for it already, so that the first counts.
            self.looks |= self.lost_in_a_row.is_multiple_of(LOST_IN_A_ROW_MAX);
            self.lost_in_a_row += 1;
        }
    }
}

async fn settle<P: Future<Output = Settled>>(
    document: Document,
    started: Instant,
    pending: P,
) -> (Document, Settled, Duration) {
    let settled = pending.await;
    (document, settled, started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Inputs, Stamping};
    use laneway_model::{DocumentUuid, SqlState};
    use std::num::NonZeroUsize;
    use tokio::sync::{mpsc, oneshot, watch};
    use uuid::Uuid;

    /// Passes documents on to the test, which settles them.
    struct Scripted {
        handed: mpsc::UnboundedSender<Handed>,
    }

    struct Handed {
        line: u64,
        settle: oneshot::Sender<Outcome>,
    }

    impl Engine for Scripted {
        type Pending = futures_util::future::BoxFuture<'static, Settled>;

        async fn submit(&mut self, document: &Document) -> Self::Pending {
            let (settle, settled) = oneshot::channel();
            self.handed.send(Handed { line: document.source.line, settle }).unwrap();
            // Lines of the same text are versions of one record.
            let text = document.body.iter().fold(0, |sum, byte| (sum << 8) | u128::from(*byte));
            let record = Some(ReferentialId(Uuid::from_u128(text)));
            Box::pin(async move { Settled { outcome: settled.await.unwrap(), record } })
        }

        fn effort(&self) -> Effort {
            Effort::default()
        }

        async fn is_reachable(&self) -> bool {
            false
        }

        fn interrupt(&self) {}
    }

    /// A load of `text` under way; dropping the file is all right once it is open.
    struct Running {
        task: tokio::task::JoinHandle<LoadDriver>,
        handed: mpsc::UnboundedReceiver<Handed>,
        interrupt: watch::Sender<bool>,
        _file: tempfile::NamedTempFile,
    }

    fn start(text: &str, concurrency: usize) -> Running {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let inputs = Inputs::find(&[file.path().to_path_buf()]).unwrap();
        let (interrupt, asked) = watch::channel(false);
        let reader = Reader::start(inputs, &Stamping::Raw.into());
        let pace = Pace::Callers(NonZeroUsize::new(concurrency).unwrap());
        let mut driver = LoadDriver::new(pace, Failures::default(), Progress::hidden(), Interrupt::by(asked));
        let (sender, handed) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            driver.run(reader, &mut Scripted { handed: sender }, &mut |_, _| false).await;
            driver
        });
        Running { task, handed, interrupt, _file: file }
    }

    const LINE: &str = "{\"project\":\"p\",\"endpoint\":\"e\",\"body\":{}}\n";

    fn inserted() -> Outcome {
        Outcome::Inserted { document_uuid: DocumentUuid::now() }
    }

    #[tokio::test]
    async fn documents_are_submitted_in_order_and_within_the_concurrency() {
        let mut running = start(&LINE.repeat(100), 3);
        let mut open = Vec::new();
        for line in 1..=100 {
            let handed = running.handed.recv().await.unwrap();
            assert_eq!(handed.line, line);
            open.push(handed.settle);
            assert!(open.len() <= 3);
            if open.len() == 3 {
                // The last one submitted settles first: others need not wait for it.
                assert!(running.handed.try_recv().is_err());
                open.pop().unwrap().send(inserted()).unwrap();
            }
        }
        open.into_iter().for_each(|settle| settle.send(inserted()).unwrap());
        let end = running.task.await.unwrap();
        let summary = end.summary(Effort { retries: 3, batch_mean: 2.0, round_trips: Some(10), split: None });
        assert_eq!((summary.documents, summary.inserted, summary.failed), (100, 100, 0));
        assert_eq!((summary.retries, summary.round_trips_per_document), (3, Some(0.1)));
        assert!(!end.is_stopped());
    }

    #[tokio::test]
    async fn every_line_is_counted_once() {
        let lines: String = (0..3).map(|i| LINE.replace("{}", &format!("{{\"i\":{i}}}"))).collect();
        let mut running = start(&format!("nonsense\n{lines}"), 8);
        let outcomes = [inserted(), Outcome::InDoubt, Outcome::Updated { document_uuid: DocumentUuid::now() }];
        for outcome in outcomes {
            running.handed.recv().await.unwrap().settle.send(outcome).unwrap();
        }
        let end = running.task.await.unwrap();
        let summary = end.summary(Effort::default());
        assert_eq!((summary.documents, summary.inserted, summary.updated, summary.failed), (4, 1, 1, 2));
        assert_eq!(summary.failures, [("in_doubt", 1), ("invalid_document", 1)].into());
        let kinds: Vec<_> = end.failures.examples().map(|example| example.split(": ").nth(1).unwrap()).collect();
        assert_eq!(kinds, ["invalid_document", "in_doubt"]);
    }

    #[tokio::test]
    async fn a_refusal_counts_for_nothing_once_a_later_version_is_stored() {
        let mut running = start(&LINE.repeat(4), 1);
        let missing = || Outcome::InvalidReferences { resources: vec!["School".to_owned()] };
        for outcome in [missing(), inserted(), Outcome::Updated { document_uuid: DocumentUuid::now() }, missing()] {
            running.handed.recv().await.unwrap().settle.send(outcome).unwrap();
        }
        let end = running.task.await.unwrap();
        let summary = end.summary(Effort::default());
        assert_eq!((summary.documents, summary.inserted, summary.updated, summary.failed), (4, 1, 1, 1));
        // The first, which was refused, and the second, which was overwritten.
        assert_eq!((summary.superseded, summary.failures), (2, [("invalid_references", 1)].into()));
        let examples: Vec<_> = end.failures.examples().collect();
        assert!(matches!(&examples[..], [only] if only.contains(":4: invalid_references")), "{examples:?}");
    }

    #[tokio::test]
    async fn a_database_that_is_gone_ends_the_load() {
        let mut running = start(&LINE.repeat(100), 1);
        while let Some(handed) = running.handed.recv().await {
            let outcome = if handed.line < 10 { inserted() } else { Outcome::InDoubt };
            handed.settle.send(outcome).unwrap();
        }
        let end = running.task.await.unwrap();
        assert_eq!((end.lost, end.tally.documents()), (Some(Lost::Gone), 10));
    }

    #[tokio::test]
    async fn a_missing_right_ends_the_load() {
        let mut running = start(&LINE.repeat(100), 1);
        let first = running.handed.recv().await.unwrap();
        let message = "permission denied for table document".to_owned();
        first.settle.send(Outcome::Failed { sqlstate: Some(SqlState(*b"42501")), message }).unwrap();
        assert!(running.handed.recv().await.is_none(), "one more was submitted");
        let end = running.task.await.unwrap();
        assert!(matches!(end.lost, Some(Lost::Refused(cause)) if cause.contains("permission denied")));
    }

    #[tokio::test]
    async fn a_full_disk_ends_the_load() {
        let mut running = start(&LINE.repeat(100), 1);
        let first = running.handed.recv().await.unwrap();
        let full = Outcome::Failed { sqlstate: Some(SqlState(*b"53100")), message: "could not extend file".into() };
        first.settle.send(full).unwrap();
        assert!(running.handed.recv().await.is_none(), "one more was submitted");
        let end = running.task.await.unwrap();
        assert_eq!((end.lost, end.tally.documents()), (Some(Lost::Full), 1));
    }

    #[tokio::test]
    async fn after_an_interrupt_nothing_is_submitted_and_the_rest_settles() {
        let mut running = start(&LINE.repeat(1_000), 2);
        let first = running.handed.recv().await.unwrap();
        let second = running.handed.recv().await.unwrap();
        running.interrupt.send(true).unwrap();
        first.settle.send(inserted()).unwrap();
        second.settle.send(inserted()).unwrap();
        let end = running.task.await.unwrap();
        assert!(end.interrupted);
        assert_eq!(end.tally.documents(), 2);
    }
}
