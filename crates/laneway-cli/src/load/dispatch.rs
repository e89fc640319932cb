//! The dispatcher: takes documents in order, keeps so many unsettled, notes each outcome.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use laneway_model::Outcome;

use super::failures::Failures;
use super::progress::Progress;
use super::summary::Summary;
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
}

/// What is loaded, and how.
pub(crate) struct Load {
    /// The documents.
    pub(crate) reader: Reader,
    /// The most documents unsettled at a time: as many callers as that.
    pub(crate) concurrency: NonZeroUsize,
    /// Where failures go.
    pub(crate) failures: Failures,
    /// Told how far it is.
    pub(crate) progress: Progress,
    /// Tells of Ctrl-C.
    pub(crate) interrupt: Interrupt,
}

/// How a load ended.
pub(crate) struct End {
    /// What it came to.
    pub(crate) summary: Summary,
    /// The failures, with their file still open.
    pub(crate) failures: Failures,
    /// Whether it was interrupted; everything handed over before has settled.
    pub(crate) interrupted: bool,
    /// The input that broke off, if one did.
    pub(crate) unread: Option<ReadError>,
}

/// Hands all documents over and waits for their outcomes.
pub(crate) async fn run<E: Engine>(load: Load, engine: &mut E) -> End {
    let Load { mut reader, concurrency, mut failures, mut progress, mut interrupt } = load;
    let mut tally = Tally::start();
    let mut unsettled = FuturesUnordered::new();
    let mut waiting = Chunk::default().items.into_iter();
    let mut ticker = tokio::time::interval(Progress::EVERY);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let (mut at_end, mut interrupted, mut unread) = (false, false, None);
    loop {
        while unsettled.len() < concurrency.get()
            && let Some(item) = waiting.next()
        {
            match item {
                Item::Document(document) => {
                    let started = Instant::now();
                    let pending = engine.hand_over(&document).await;
                    unsettled.push(settle(document, started, pending));
                }
                Item::Refused { source, error } => {
                    tally.refused();
                    failures.line(&source, &error);
                }
            }
        }
        let starved = waiting.len() == 0 && !at_end;
        if unsettled.is_empty() && !starved {
            break;
        }
        tokio::select! {
            biased;
            Some((document, outcome, latency)) = unsettled.next() => {
                tally.settled(outcome.kind(), latency);
                if !outcome.is_stored() {
                    failures.document(&document, &outcome);
                }
            }
            chunk = reader.next(), if starved => match chunk {
                Ok(Some(chunk)) => {
                    progress.read(chunk.bytes);
                    waiting = chunk.items.into_iter();
                }
                Ok(None) => at_end = true,
                Err(error) => (at_end, unread) = (true, Some(error)),
            },
            () = interrupt.wait(), if !interrupted => {
                interrupted = true;
                at_end = true;
                waiting = Vec::new().into_iter();
                progress.note("interrupted: waiting for what was handed over (Ctrl-C again: stop at once)");
            }
            _ = ticker.tick() => progress.tell(&tally, engine.effort()),
        }
        if failures.is_broken() && !at_end {
            at_end = true;
            waiting = Vec::new().into_iter();
        }
    }
    progress.finish();
    End { summary: tally.summary(engine.effort()), failures, interrupted, unread }
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
    use laneway_model::DocumentUuid;
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
            Effort { retries: 3, batch_mean: 2.0, round_trips: Some(10) }
        }
    }

    /// A load of `text` under way; dropping the file is all right once it is open.
    struct Running {
        task: tokio::task::JoinHandle<End>,
        handed: mpsc::UnboundedReceiver<Handed>,
        interrupt: watch::Sender<bool>,
        _file: tempfile::NamedTempFile,
    }

    fn start(text: &str, concurrency: usize) -> Running {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let inputs = Inputs::find(&[file.path().to_path_buf()]).unwrap();
        let (interrupt, asked) = watch::channel(false);
        let load = Load {
            reader: Reader::start(inputs, Stamping::Raw),
            concurrency: NonZeroUsize::new(concurrency).unwrap(),
            failures: Failures::default(),
            progress: Progress::hidden(),
            interrupt: Interrupt::by(asked),
        };
        let (sender, handed) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move { run(load, &mut Scripted { handed: sender }).await });
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
        assert_eq!((end.summary.documents, end.summary.inserted, end.summary.failed), (100, 100, 0));
        assert_eq!((end.summary.retries, end.summary.round_trips_per_document), (3, Some(0.1)));
        assert!(!end.interrupted && end.unread.is_none());
    }

    #[tokio::test]
    async fn counts_every_line_once() {
        let mut running = start(&format!("nonsense\n{}", LINE.repeat(3)), 8);
        let outcomes = [inserted(), Outcome::InDoubt, Outcome::Updated { document_uuid: DocumentUuid::now() }];
        for outcome in outcomes {
            running.handed.recv().await.unwrap().settle.send(outcome).unwrap();
        }
        let end = running.task.await.unwrap();
        let summary = &end.summary;
        assert_eq!((summary.documents, summary.inserted, summary.updated, summary.failed), (4, 1, 1, 2));
        assert_eq!(summary.failures, [("in_doubt", 1), ("invalid_document", 1)].into());
        let places: Vec<_> = end.failures.examples().iter().map(|told| told.split(": ").nth(1).unwrap()).collect();
        assert_eq!(places, ["invalid_document", "in_doubt"]);
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
        assert_eq!(end.summary.documents, 2);
    }
}
