//! The dispatcher: takes documents in order, keeps so many unsettled, notes each outcome.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use laneway_model::Outcome;
use laneway_postgres::sqlstate::{is_connection_lost, is_disk_full};

use super::failures::Failures;
use super::progress::Progress;
use super::tally::{Effort, Tally};
use crate::documents::{Chunk, Document, Item, ReadError, Reader};
use crate::interrupt::Interrupt;

/// What writes documents.
pub(crate) trait Engine: Send {
    /// A document on its way; resolves to what became of it.
    type Pending: Future<Output = Outcome> + Send;

    /// Hands one over; returns when it has its place in the order.
    fn hand_over(&mut self, document: &Document) -> impl Future<Output = Self::Pending> + Send;

    /// What it took up to now.
    fn effort(&self) -> Effort;

    /// Whether the database answers.
    fn answers(&self) -> impl Future<Output = bool> + Send;
}

/// Documents in a row that failed as if for want of a database before it is asked whether it is there: more than one
/// flush carries.
const LOST_IN_A_ROW_MAX: usize = 256;

/// Takes the outcome of a document that is not stored, in place of counting it: it will be handed over again.
pub(super) type Keep<'a> = &'a mut (dyn FnMut(&Document, &Outcome) -> bool + Send);

/// What goes on through all rounds of a load.
pub(super) struct Dispatcher {
    /// The most documents unsettled at a time: as many callers as that.
    pub(super) concurrency: NonZeroUsize,
    /// What became of them.
    pub(super) tally: Tally,
    /// Where failures go.
    pub(super) failures: Failures,
    /// Told how far it is.
    pub(super) progress: Progress,
    /// Tells of Ctrl-C.
    pub(super) interrupt: Interrupt,
    /// Whether Ctrl-C was pressed; everything handed over before has settled.
    pub(super) interrupted: bool,
    /// The input that broke off, if one did.
    pub(super) unread: Option<ReadError>,
    /// Documents in a row up to now that failed as if for want of a database.
    pub(super) lost_in_a_row: usize,
    /// What made the database of no use, if something did.
    pub(super) lost: Option<Lost>,
}

/// Why there is no use in handing over more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lost {
    /// The database does not answer.
    Gone,
    /// Its disk is full.
    Full,
}

impl Dispatcher {
    /// Whether no more documents should be handed over.
    pub(super) fn is_stopped(&self) -> bool {
        self.interrupted || self.unread.is_some() || self.failures.is_broken() || self.lost.is_some()
    }

    /// Hands over what the reader gives, and waits for all outcomes. `keep` says of a document that was not stored
    /// whether it is kept back from counting.
    pub(super) async fn run<E: Engine>(&mut self, mut reader: Reader, engine: &mut E, keep: Keep<'_>) {
        let mut unsettled = FuturesUnordered::new();
        let mut waiting = Chunk::default().items.into_iter();
        let mut ticker = tokio::time::interval(Progress::EVERY);
        ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut at_end = false;
        loop {
            if self.lost_in_a_row >= LOST_IN_A_ROW_MAX {
                self.lost_in_a_row = 0;
                if !engine.answers().await {
                    self.lost = Some(Lost::Gone);
                }
            }
            if self.is_stopped() {
                at_end = true;
                waiting = Chunk::default().items.into_iter();
            }
            while unsettled.len() < self.concurrency.get()
                && let Some(item) = waiting.next()
            {
                match item {
                    Item::Document(document) => {
                        let started = Instant::now();
                        let pending = engine.hand_over(&document).await;
                        unsettled.push(settle(document, started, pending));
                    }
                    Item::Refused { source, error } => {
                        self.tally.refused();
                        self.failures.line(&source, &error);
                    }
                }
            }
            let starved = waiting.len() == 0 && !at_end;
            if unsettled.is_empty() && !starved {
                break;
            }
            tokio::select! {
                biased;
                () = self.interrupt.wait(), if !self.interrupted => {
                    self.interrupted = true;
                    self.progress.note("interrupted: waiting for what was handed over (Ctrl-C again: stop at once)");
                }
                Some((document, outcome, latency)) = unsettled.next() => {
                    self.tally.latency(latency);
                    if outcome.is_stored() || !keep(&document, &outcome) {
                        self.settled(&document, &outcome);
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
                _ = ticker.tick() => self.progress.tell(&self.tally, engine.effort()),
            }
        }
    }

    /// Counts a document and notes it if it is not stored.
    pub(super) fn settled(&mut self, document: &Document, outcome: &Outcome) {
        self.tally.settled(outcome.kind());
        self.lost_in_a_row = if is_connection_lost(outcome) { self.lost_in_a_row + 1 } else { 0 };
        if is_disk_full(outcome) {
            self.lost = Some(Lost::Full);
        }
        if !outcome.is_stored() {
            self.failures.document(document, outcome);
        }
    }
}

async fn settle<P: Future<Output = Outcome>>(
    document: Document,
    started: Instant,
    pending: P,
) -> (Document, Outcome, Duration) {
    let outcome = pending.await;
    (document, outcome, started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Inputs, Stamping};
    use laneway_model::{DocumentUuid, SqlState};
    use tokio::sync::{mpsc, oneshot, watch};

    /// Tells the test what it was handed, and settles it when the test says so.
    struct Scripted {
        handed: mpsc::UnboundedSender<Handed>,
    }

    struct Handed {
        line: u64,
        settle: oneshot::Sender<Outcome>,
    }

    impl Engine for Scripted {
        type Pending = futures_util::future::BoxFuture<'static, Outcome>;

        async fn hand_over(&mut self, document: &Document) -> Self::Pending {
            let (settle, settled) = oneshot::channel();
            self.handed.send(Handed { line: document.source.line, settle }).unwrap();
            Box::pin(async move { settled.await.unwrap() })
        }

        fn effort(&self) -> Effort {
            Effort::default()
        }

        async fn answers(&self) -> bool {
            false
        }
    }

    /// A load of `text` under way; dropping the file is all right once it is open.
    struct Running {
        task: tokio::task::JoinHandle<Dispatcher>,
        handed: mpsc::UnboundedReceiver<Handed>,
        interrupt: watch::Sender<bool>,
        _file: tempfile::NamedTempFile,
    }

    fn start(text: &str, concurrency: usize) -> Running {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let inputs = Inputs::find(&[file.path().to_path_buf()]).unwrap();
        let (interrupt, asked) = watch::channel(false);
        let reader = Reader::start(inputs, Stamping::Raw);
        let mut dispatcher = Dispatcher {
            concurrency: NonZeroUsize::new(concurrency).unwrap(),
            tally: Tally::start(),
            failures: Failures::default(),
            progress: Progress::hidden(),
            interrupt: Interrupt::by(asked),
            interrupted: false,
            unread: None,
            lost_in_a_row: 0,
            lost: None,
        };
        let (sender, handed) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            dispatcher.run(reader, &mut Scripted { handed: sender }, &mut |_, _| false).await;
            dispatcher
        });
        Running { task, handed, interrupt, _file: file }
    }

    const LINE: &str = "{\"project\":\"p\",\"endpoint\":\"e\",\"body\":{}}\n";

    fn inserted() -> Outcome {
        Outcome::Inserted { document_uuid: DocumentUuid::now() }
    }

    #[tokio::test]
    async fn hands_over_in_order_and_never_more_than_so_many() {
        let mut running = start(&LINE.repeat(100), 3);
        let mut open = Vec::new();
        for line in 1..=100 {
            let handed = running.handed.recv().await.unwrap();
            assert_eq!(handed.line, line);
            open.push(handed.settle);
            assert!(open.len() <= 3);
            if open.len() == 3 {
                // The last one handed over settles first: others need not wait for it.
                assert!(running.handed.try_recv().is_err());
                open.pop().unwrap().send(inserted()).unwrap();
            }
        }
        open.into_iter().for_each(|settle| settle.send(inserted()).unwrap());
        let end = running.task.await.unwrap();
        let summary = end.tally.summary(Effort { retries: 3, batch_mean: 2.0, round_trips: Some(10) });
        assert_eq!((summary.documents, summary.inserted, summary.failed), (100, 100, 0));
        assert_eq!((summary.retries, summary.round_trips_per_document), (3, Some(0.1)));
        assert!(!end.is_stopped());
    }

    #[tokio::test]
    async fn counts_every_line_once() {
        let mut running = start(&format!("nonsense\n{}", LINE.repeat(3)), 8);
        let outcomes = [inserted(), Outcome::InDoubt, Outcome::Updated { document_uuid: DocumentUuid::now() }];
        for outcome in outcomes {
            running.handed.recv().await.unwrap().settle.send(outcome).unwrap();
        }
        let end = running.task.await.unwrap();
        let summary = end.tally.summary(Effort::default());
        assert_eq!((summary.documents, summary.inserted, summary.updated, summary.failed), (4, 1, 1, 2));
        assert_eq!(summary.failures, [("in_doubt", 1), ("invalid_document", 1)].into());
        let places: Vec<_> = end.failures.examples().iter().map(|told| told.split(": ").nth(1).unwrap()).collect();
        assert_eq!(places, ["invalid_document", "in_doubt"]);
    }

    #[tokio::test]
    async fn a_database_that_is_gone_ends_the_load() {
        let mut running = start(&LINE.repeat(LOST_IN_A_ROW_MAX * 3), 1);
        while let Some(handed) = running.handed.recv().await {
            // One that is stored begins the count again.
            let outcome = if handed.line == 10 { inserted() } else { Outcome::InDoubt };
            handed.settle.send(outcome).unwrap();
        }
        let end = running.task.await.unwrap();
        assert_eq!(end.lost, Some(Lost::Gone));
        assert_eq!(end.tally.documents(), 10 + LOST_IN_A_ROW_MAX as u64);
    }

    #[tokio::test]
    async fn a_full_disk_ends_the_load() {
        let mut running = start(&LINE.repeat(100), 1);
        let first = running.handed.recv().await.unwrap();
        let full = Outcome::Failed { sqlstate: Some(SqlState(*b"53100")), message: "could not extend file".into() };
        first.settle.send(full).unwrap();
        assert!(running.handed.recv().await.is_none(), "one more was handed over");
        let end = running.task.await.unwrap();
        assert_eq!((end.lost, end.tally.documents()), (Some(Lost::Full), 1));
    }

    #[tokio::test]
    async fn an_interrupt_hands_over_nothing_more_and_waits_for_the_rest() {
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
