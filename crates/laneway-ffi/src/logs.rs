//! Log records of one runtime: what the library logs on that runtime's threads, kept until it is read. There is no
//! subscriber for the whole process, and nothing of dependencies is kept, whose secrets are not ours to judge.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use laneway_model::{ExtractWorker, Extractor, Route, RouteError};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

use crate::limits::micros;

/// Targets begin with this: only our own crates are listened to.
const OWN: &str = "laneway";
/// No message is longer, but for the mark of the cut: some name a file's content or a server's words, of any length.
const MESSAGE_BYTES_MAX: usize = 8 << 10;
/// Nor are the fields together, as JSON.
const FIELDS_BYTES_MAX: usize = 16 << 10;
/// A field is not cut below that.
const FIELD_BYTES_MIN: usize = 64;

/// One record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LogRecord {
    pub(crate) level: u32,
    pub(crate) timestamp_us: u64,
    pub(crate) target: &'static str,
    pub(crate) message: String,
    /// A JSON object of texts.
    pub(crate) fields: String,
}

impl LogRecord {
    pub(crate) fn text_len(&self) -> usize {
        self.target.len() + self.message.len() + self.fields.len()
    }
}

/// What is kept.
pub(crate) struct Logs {
    level: LevelFilter,
    records_max: usize,
    /// Written by any thread that logs, read by the host's: held to move one record, or while a reading copies texts.
    kept: Mutex<Kept>,
    /// Called when there is a record and none was announced since the last reading.
    announce: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Kept {
    records: VecDeque<LogRecord>,
    dropped: u64,
    announced: bool,
}

impl Logs {
    pub(crate) fn new(level: u32, records_max: usize, announce: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        let level = match level {
            0 => LevelFilter::OFF,
            1 => LevelFilter::ERROR,
            2 => LevelFilter::WARN,
            3 => LevelFilter::INFO,
            _ => LevelFilter::DEBUG,
        };
        Arc::new(Self { level, records_max, kept: Mutex::default(), announce: Box::new(announce) })
    }

    /// The dispatcher by which threads write to these logs.
    pub(crate) fn dispatch(self: &Arc<Self>) -> Dispatch {
        Dispatch::new(Collector(Arc::clone(self)))
    }

    /// Moves records out while `write` takes them; how many were lost since the last reading.
    pub(crate) fn read(&self, mut write: impl FnMut(&LogRecord) -> bool) -> u64 {
        let mut kept = self.lock();
        while kept.records.front().is_some_and(&mut write) {
            kept.records.pop_front();
        }
        // Those that are left were announced; with none left, the next is announced anew.
        kept.announced = !kept.records.is_empty();
        std::mem::take(&mut kept.dropped)
    }

    /// The size of the first record's texts.
    pub(crate) fn first_text_len(&self) -> Option<usize> {
        self.lock().records.front().map(LogRecord::text_len)
    }

    fn keep(&self, record: LogRecord) {
        let mut kept = self.lock();
        if kept.records.len() >= self.records_max {
            kept.records.pop_front();
            kept.dropped += 1;
        }
        kept.records.push_back(record);
        if !std::mem::replace(&mut kept.announced, true) {
            drop(kept);
            (self.announce)();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A record is put in whole or not at all.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

thread_local! {
    static LOGS_TO: RefCell<Option<tracing::dispatcher::DefaultGuard>> = const { RefCell::new(None) };
}

/// Makes this thread log to `dispatch` for as long as it lives. For our own threads only.
pub(crate) fn adopt_thread(dispatch: &Dispatch) {
    LOGS_TO.set(Some(tracing::dispatcher::set_default(dispatch)));
}

/// An extractor whose threads log to a runtime's logs.
pub(crate) struct LoggedExtractor {
    pub(crate) inner: Arc<dyn Extractor>,
    pub(crate) dispatch: Dispatch,
}

impl Extractor for LoggedExtractor {
    fn route(&self, project_endpoint: &str, endpoint: &str) -> Result<Route, RouteError> {
        self.inner.route(project_endpoint, endpoint)
    }

    fn worker(&self) -> Box<dyn ExtractWorker> {
        self.inner.worker()
    }

    fn on_thread_start(&self) {
        adopt_thread(&self.dispatch);
        self.inner.on_thread_start();
    }
}

struct Collector(Arc<Logs>);

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.0.level && metadata.target().starts_with(OWN)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut texts = Texts::default();
        event.record(&mut texts);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.0.keep(LogRecord {
            level: level_code(*event.metadata().level()),
            timestamp_us: micros(since),
            target: event.metadata().target(),
            message: cut(texts.message, MESSAGE_BYTES_MAX),
            fields: to_json(&texts.fields),
        });
    }

    // Spans are not kept; `enabled` refuses them.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// At most so many bytes of a text, then how many it had.
fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        let len = text.len();
        text.truncate(text.floor_char_boundary(bytes_max));
        // Writing to a String cannot fail.
        let _ = write!(text, "… (cut, {len} bytes)");
    }
    text
}

/// Fields as JSON, the long ones cut until all of them fit.
fn to_json(fields: &[(&'static str, String)]) -> String {
    let mut bytes_max = MESSAGE_BYTES_MAX;
    loop {
        let object: serde_json::Map<_, _> =
            fields.iter().map(|(name, text)| ((*name).to_owned(), cut(text.clone(), bytes_max).into())).collect();
        let json = serde_json::Value::Object(object).to_string();
        // A call site has few fields, whose names it writes: with short values they fit.
        if json.len() <= FIELDS_BYTES_MAX || bytes_max < FIELD_BYTES_MIN {
            return json;
        }
        bytes_max /= 2;
    }
}

fn level_code(level: Level) -> u32 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        _ => 4,
    }
}

#[derive(Default)]
struct Texts {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Visit for Texts {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.to_owned());
    }
}

impl Texts {
    fn put(&mut self, field: &Field, value: String) {
        if field.name() == "message" {
            // Writing to a String cannot fail.
            let _ = self.message.write_str(&value);
        } else {
            self.fields.push((field.name(), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn logs(level: u32, records_max: usize) -> (Arc<Logs>, Arc<AtomicUsize>) {
        let announced = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&announced);
        (Logs::new(level, records_max, move || _ = counter.fetch_add(1, Ordering::Relaxed)), announced)
    }

    fn all(logs: &Logs) -> (Vec<LogRecord>, u64) {
        let mut records = Vec::new();
        let dropped = logs.read(|record| {
            records.push(record.clone());
            true
        });
        (records, dropped)
    }

    #[test]
    fn keeps_own_events_of_the_level_with_their_fields() {
        let (logs, announced) = logs(2, 10);
        tracing::dispatcher::with_default(&logs.dispatch(), || {
            tracing::warn!(target: "laneway_x", lane = 3, name = "a\"b", "something {}", 1);
            tracing::info!(target: "laneway_x", "too low");
            tracing::error!(target: "tokio_postgres", "a dependency's");
        });
        let (records, dropped) = all(&logs);
        let seen: Vec<_> = records.iter().map(|r| (r.level, r.target, &*r.message, &*r.fields)).collect();
        assert_eq!(seen, [(2, "laneway_x", "something 1", r#"{"lane":"3","name":"a\"b"}"#)]);
        assert_eq!((dropped, announced.load(Ordering::Relaxed)), (0, 1));
    }

    #[test]
    fn a_long_entry_is_cut_between_characters_and_the_cut_is_marked() {
        let (logs, _) = logs(3, 10);
        let long = "é".repeat(50_000);
        tracing::dispatcher::with_default(&logs.dispatch(), || {
            tracing::info!(target: "laneway", a = %long, b = %"\0".repeat(50_000), c = "short", "x{long}");
            tracing::info!(target: "laneway", "short");
        });
        let (records, _) = all(&logs);
        let [first, second] = &records[..] else { panic!("{records:?}") };
        assert_eq!(first.message.strip_suffix("… (cut, 100001 bytes)").map(str::len), Some(8191));
        let fields: serde_json::Value = serde_json::from_str(&first.fields).unwrap();
        assert!(fields["a"].as_str().unwrap().ends_with(" bytes)"), "{fields}");
        assert_eq!(fields["c"], "short");
        assert!(first.text_len() < 32 << 10, "{}", first.text_len());
        assert_eq!(second.message, "short");
    }

    #[test]
    fn drops_the_oldest_and_counts_them_and_announces_once_a_reading() {
        let (logs, announced) = logs(3, 2);
        tracing::dispatcher::with_default(&logs.dispatch(), || {
            (0..5).for_each(|n| tracing::info!(target: "laneway", "{n}"));
            let (records, dropped) = all(&logs);
            assert_eq!(records.iter().map(|r| &*r.message).collect::<Vec<_>>(), ["3", "4"]);
            assert_eq!((dropped, announced.load(Ordering::Relaxed)), (3, 1));
            tracing::info!(target: "laneway", "again");
        });
        assert_eq!(announced.load(Ordering::Relaxed), 2);
    }
}
