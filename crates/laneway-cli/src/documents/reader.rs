//! Reads documents ahead on a thread of its own, within bounds, so that the load never waits for a
//! disk and never works on text. Never holds more than a few chunks, however large the files are.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use laneway_dms::Stamper;
use tokio::sync::mpsc;

use super::index::Index;
use super::input::Input;
use super::inputs::Inputs;
use super::line::{Line, LineError};
use super::source::Source;
use super::stream::{Documents, ReadError};

/// Documents passed on at a time: enough that waking the other side does not count.
const CHUNK_ITEMS_MAX: usize = 64;
/// Bytes passed on at a time; a longer document goes alone.
const CHUNK_BYTES_MAX: usize = 256 << 10;
/// Chunks read ahead: the reader works while one is being submitted, and no further ahead than a second.
const CHUNKS_AHEAD_MAX: usize = 2;

/// Whether bodies get their `_etag` and `_lastModifiedDate`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stamping {
    /// As the DMS does before its store.
    Stamped,
    /// Every byte as it is in the file.
    Raw,
}

/// A body as the service coerces it before it stores it; `None`: it stays as it is.
pub(crate) type Coerce = Arc<dyn Fn(&Line<'_>) -> Option<Vec<u8>> + Send + Sync>;

/// What is done to bodies before they are submitted: they are coerced, then stamped.
#[derive(Clone)]
pub(crate) struct Bodies {
    /// Whether they are stamped.
    pub(crate) stamping: Stamping,
    /// How they are coerced.
    pub(crate) coerce: Coerce,
}

/// Not coerced.
impl From<Stamping> for Bodies {
    fn from(stamping: Stamping) -> Self {
        Self { stamping, coerce: Arc::new(|_| None) }
    }
}

/// One document to submit.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// Where it comes from.
    pub(crate) source: Source,
    /// The project's name in URLs.
    pub(crate) project: Arc<str>,
    /// The resource's name in URLs.
    pub(crate) endpoint: Arc<str>,
    /// The body as it is submitted.
    pub(crate) body: Bytes,
}

/// What a line gave.
#[derive(Debug)]
pub(crate) enum Item {
    /// A document.
    Document(Document),
    /// A line that is none.
    Refused {
        /// Which line.
        source: Source,
        /// Why.
        error: LineError,
    },
}

/// Some lines in their order.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// What they gave.
    pub(crate) items: Vec<Item>,
    /// Bytes of the inputs passed with them.
    pub(crate) bytes: u64,
}

/// The receiving end of the reading thread. Dropped, it ends the thread.
pub(crate) struct Reader {
    chunks: mpsc::Receiver<Result<Chunk, ReadError>>,
}

impl Reader {
    /// Starts reading lines in the order of the files.
    pub(crate) fn start(inputs: Inputs, bodies: &Bodies) -> Self {
        Self::spawn(bodies, move |thread| thread.read_all(&inputs))
    }

    /// Starts reading these lines of `index`, in this order.
    pub(crate) fn start_listed(index: Arc<Index>, order: Vec<u32>, bodies: &Bodies) -> Self {
        Self::spawn(bodies, move |thread| thread.read_listed(&index, &order))
    }

    fn spawn(bodies: &Bodies, read: impl FnOnce(&mut Thread) -> Result<(), Stopped> + Send + 'static) -> Self {
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD_MAX);
        let refused = sender.clone();
        let bodies = bodies.clone();
        let started = std::thread::Builder::new().name("laneway-input".into()).spawn(move || {
            let mut thread = Thread { sender, bodies, stamper: Stamper::default(), chunk: Chunk::default(), filled: 0 };
            let ended = read(&mut thread).or_else(|stopped| match stopped {
                Stopped::Unreadable(error) => {
                    thread.flush()?;
                    thread.sender.blocking_send(Err(error)).map_err(|_| Stopped::Unwanted)
                }
                Stopped::Unwanted => Err(Stopped::Unwanted),
            });
            // Without a receiver there is no one to report to either.
            let _ = ended.and_then(|()| thread.flush());
        });
        if let Err(error) = started {
            let error = laneway_threads::refused("to read with", &error);
            // There is room: nothing else was sent.
            let _ = refused.try_send(Err(ReadError::new(&"the documents".into(), 0, error)));
        }
        Self { chunks }
    }

    /// The next lines in their order; `None` at the end. Cancel-safe.
    ///
    /// # Errors
    /// An input that broke off; what was read before it has been given.
    pub(crate) async fn next(&mut self) -> Result<Option<Chunk>, ReadError> {
        self.chunks.recv().await.transpose()
    }
}

/// Why the thread stops before the end.
enum Stopped {
    /// The receiver is gone.
    Unwanted,
    Unreadable(ReadError),
}

/// The thread's state.
struct Thread {
    sender: mpsc::Sender<Result<Chunk, ReadError>>,
    bodies: Bodies,
    stamper: Stamper,
    chunk: Chunk,
    /// Bytes of bodies in `chunk`.
    filled: usize,
}

impl Thread {
    fn read_all(&mut self, inputs: &Inputs) -> Result<(), Stopped> {
        let mut number = 0;
        for input in &inputs.all {
            self.read(input, &mut number)?;
        }
        Ok(())
    }

    fn read(&mut self, input: &Input, number: &mut usize) -> Result<(), Stopped> {
        let mut documents = Documents::open(input).map_err(Stopped::Unreadable)?;
        let mut names = Names::default();
        let mut counted = 0;
        while let Some((source, found)) = documents.next(number).map_err(Stopped::Unreadable)? {
            let item = self.item(found, source, &mut names);
            let bytes = documents.bytes();
            self.chunk.bytes += bytes - counted;
            counted = bytes;
            self.push(item)?;
        }
        self.chunk.bytes += documents.bytes() - counted;
        Ok(())
    }

    fn read_listed(&mut self, index: &Index, order: &[u32]) -> Result<(), Stopped> {
        let mut documents = index.documents();
        let mut names = Names::default();
        for number in order {
            let source = index.source(*number as usize);
            let (bytes, found) = documents
                .read(*number as usize)
                .map_err(|error| Stopped::Unreadable(ReadError::new(&source.input, source.line, error)))?;
            self.chunk.bytes += bytes;
            let item = self.item(found, source, &mut names);
            self.push(item)?;
        }
        Ok(())
    }

    fn item(&mut self, found: Result<Line<'_>, LineError>, source: Source, names: &mut Names) -> Item {
        match found {
            Err(error) => Item::Refused { source, error },
            Ok(line) => {
                let body = self.body(&line);
                Item::Document(Document {
                    source,
                    project: names.project(&line.project),
                    endpoint: names.endpoint(&line.endpoint),
                    body,
                })
            }
        }
    }

    fn body(&mut self, line: &Line<'_>) -> Bytes {
        let coerced = (self.bodies.coerce)(line).and_then(|body| String::from_utf8(body).ok());
        let text = coerced.as_deref().unwrap_or(&line.body);
        let stamped = match self.bodies.stamping {
            Stamping::Stamped => {
                let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
                self.stamper.stamp(text, &now).ok()
            }
            Stamping::Raw => None,
        };
        // A body without a tag goes on as it is: extraction or the database refuses it, with the right outcome.
        stamped.map_or_else(|| Bytes::copy_from_slice(text.as_bytes()), Bytes::from)
    }

    fn push(&mut self, item: Item) -> Result<(), Stopped> {
        if let Item::Document(document) = &item {
            self.filled += document.body.len();
        }
        self.chunk.items.push(item);
        if self.chunk.items.len() >= CHUNK_ITEMS_MAX || self.filled >= CHUNK_BYTES_MAX { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        self.filled = 0;
        let chunk = std::mem::take(&mut self.chunk);
        if chunk.items.is_empty() && chunk.bytes == 0 {
            return Ok(());
        }
        self.sender.blocking_send(Ok(chunk)).map_err(|_| Stopped::Unwanted)
    }
}

/// The names of the line before: a file has mostly one project and one endpoint.
#[derive(Default)]
struct Names {
    project: Arc<str>,
    endpoint: Arc<str>,
}

impl Names {
    fn project(&mut self, name: &str) -> Arc<str> {
        Self::kept(&mut self.project, name)
    }

    fn endpoint(&mut self, name: &str) -> Arc<str> {
        Self::kept(&mut self.endpoint, name)
    }

    fn kept(last: &mut Arc<str>, name: &str) -> Arc<str> {
        if **last != *name {
            *last = name.into();
        }
        Arc::clone(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, stamping: Stamping) -> Vec<Item> {
        let file = tempfile::Builder::new().suffix(".ndjson").tempfile().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut reader = Reader::start(Inputs::find(&[file.path().to_path_buf()]).unwrap(), &stamping.into());
        let mut items = Vec::new();
        let mut bytes = 0;
        while let Some(Ok(chunk)) = reader.chunks.blocking_recv() {
            items.extend(chunk.items);
            bytes += chunk.bytes;
        }
        assert!(bytes > 0);
        items
    }

    #[test]
    fn documents_come_in_file_order_with_their_place() {
        let text: String = (0..1_000)
            .map(|i| format!("{{\"project\":\"p\",\"endpoint\":\"e\",\"body\":{{\"i\":{i}}}}}\n\n"))
            .collect();
        let items = read(&text, Stamping::Raw);
        assert_eq!(items.len(), 1_000);
        for (i, item) in items.iter().enumerate() {
            let Item::Document(document) = item else { panic!("{item:?}") };
            assert_eq!(document.body, format!("{{\"i\":{i}}}"));
            assert_eq!(document.source.line, 2 * i as u64 + 1);
        }
    }

    #[test]
    fn listed_lines_come_in_the_order_of_the_list() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines = (0..3).map(|i| format!("{{\"project\":\"p\",\"endpoint\":\"e\",\"body\":{i}}}\n\n"));
        std::fs::write(file.path(), lines.collect::<String>()).unwrap();
        let index = Index::of(&Inputs::find(&[file.path().to_path_buf()]).unwrap()).unwrap();
        let mut reader = Reader::start_listed(Arc::new(index), vec![2, 0, 2], &Stamping::Raw.into());
        let chunk = reader.chunks.blocking_recv().unwrap().unwrap();
        let found = chunk.items.iter().map(|item| match item {
            Item::Document(document) => (document.source.number, document.source.line, document.body.clone()),
            Item::Refused { error, .. } => panic!("{error}"),
        });
        assert_eq!(found.collect::<Vec<_>>(), [(2, 5, "2".into()), (0, 1, "0".into()), (2, 5, "2".into())]);
        assert!(reader.chunks.blocking_recv().is_none());
    }

    #[test]
    fn a_bad_line_is_one_item_and_costs_no_other() {
        let items = read("nonsense\n{\"project\":\"p\",\"endpoint\":\"e\",\"body\":{}}", Stamping::Stamped);
        assert!(matches!(&items[0], Item::Refused { source, error: LineError::NotALine(_) } if source.line == 1));
        let Item::Document(document) = &items[1] else { panic!("{items:?}") };
        let body = std::str::from_utf8(&document.body).unwrap();
        assert!(body.contains("\"_etag\":\"RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=\""), "{body}");
        assert!(body.starts_with("{\"_lastModifiedDate\":\"20") && body[..44].ends_with("Z\","), "{body}");
    }

    #[test]
    fn a_body_without_a_tag_continues_unstamped() {
        let body = r#"{"a":"\ud800"}"#;
        let items = read(&format!("{{\"project\":\"p\",\"endpoint\":\"e\",\"body\":{body}}}"), Stamping::Stamped);
        assert!(matches!(&items[..], [Item::Document(document)] if document.body == body), "{items:?}");
    }
}
