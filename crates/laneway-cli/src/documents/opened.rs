//! An input that is open: decompressed, its byte order mark passed over, the form of its documents known.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::input::{Input, Origin};
use super::kind::{Compression, Form, HEAD_BYTES_MAX, Verdict, WrongKind, compression, form};
use super::line::LineError;
use super::peek::Peek;
use super::zstd::Frames;

/// Bytes read from a file at a time.
const READ_BYTES: usize = 256 << 10;
/// No more than that says what an input is compressed with.
const MAGIC_BYTES_MAX: usize = 4;
/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// An input that is open.
pub(super) struct Opened {
    /// What is read, decompressed and behind the mark.
    pub(super) text: Box<dyn BufRead>,
    /// How documents stand in it.
    pub(super) form: Form,
    /// Bytes of `text` that were passed over before it.
    pub(super) passed: u64,
    /// Whether it is decompressed while it is read, so that nothing can be read twice in the file.
    pub(super) is_compressed: bool,
    /// Bytes read from the input itself, up to now.
    pub(super) bytes: Arc<AtomicU64>,
}

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The system's reason.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It holds no documents.
    #[error("it holds no documents: {0}")]
    Wrong(WrongKind),
    /// It holds bodies, and nothing says of which resource.
    #[error("{0}")]
    Nameless(LineError),
}

impl Opened {
    /// Opens an input; one that can be read only once must not be opened twice.
    pub(super) fn open(input: &Input) -> Result<Self, OpenError> {
        match &input.origin {
            Origin::File(path) | Origin::Pipe(path) => {
                Self::of(BufReader::with_capacity(READ_BYTES, File::open(path)?))
            }
            Origin::Stdin => Self::of(io::stdin().lock()),
        }
    }

    /// Reads what `input` holds.
    pub(super) fn of(input: impl BufRead + 'static) -> Result<Self, OpenError> {
        let bytes = Arc::new(AtomicU64::new(0));
        let mut compressed = Peek::new(Counting { inner: input, bytes: Arc::clone(&bytes) });
        let compression = match compressed.look(MAGIC_BYTES_MAX, compression)? {
            Verdict::Is(compression) => compression,
            Verdict::Unclear => Compression::None,
            Verdict::Wrong(kind) => return Err(OpenError::Wrong(kind)),
        };
        let decompressed: Box<dyn BufRead> = match compression {
            Compression::None => Box::new(compressed),
            Compression::Gzip => Box::new(BufReader::with_capacity(READ_BYTES, MultiGzDecoder::new(compressed))),
            Compression::Zstd => Box::new(BufReader::with_capacity(READ_BYTES, Frames::new(compressed))),
        };
        let mut text = Peek::new(decompressed);
        let form = match text.look(HEAD_BYTES_MAX, form)? {
            Verdict::Is(form) => form,
            Verdict::Unclear => Form::Lines,
            Verdict::Wrong(kind) => return Err(OpenError::Wrong(kind)),
        };
        let mark = if text.fill_buf()?.starts_with(MARK) { MARK.len() } else { 0 };
        text.consume(mark);
        let is_compressed = compression != Compression::None;
        Ok(Self { text: Box::new(text), form, passed: mark as u64, is_compressed, bytes })
    }
}

/// Counts what is read.
struct Counting<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: BufRead> io::Read for Counting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counting<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.inner.consume(bytes);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    const TEXT: &str = "\u{feff}{\"a\":1}\n{\"b\":2}\n";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut compressed = GzEncoder::new(Vec::new(), flate2::Compression::default());
        compressed.write_all(text).unwrap();
        compressed.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn opened(input: Vec<u8>, buffered: usize) -> Result<Opened, OpenError> {
        Opened::of(BufReader::with_capacity(buffered, io::Cursor::new(input)))
    }

    fn read(mut opened: Opened) -> io::Result<String> {
        let mut text = String::new();
        opened.text.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn what_is_compressed_is_decompressed_whatever_its_name_and_the_buffer() {
        let (first, second) = TEXT.as_bytes().split_at(14);
        let skipped = b"\x53\x2a\x4d\x18\x03\0\0\0abc".to_vec();
        for (compressed, is_compressed) in [
            (TEXT.into(), false),
            (gzip(TEXT.as_bytes()), true),
            ([gzip(first), gzip(second)].concat(), true),
            (zstd(TEXT.as_bytes()), true),
            ([skipped.clone(), zstd(first), skipped, zstd(second)].concat(), true),
        ] {
            for buffered in [1, 3, 4_096] {
                let opened = opened(compressed.clone(), buffered).unwrap();
                assert_eq!((opened.form, opened.passed, opened.is_compressed), (Form::Lines, 3, is_compressed));
                let bytes = Arc::clone(&opened.bytes);
                assert_eq!(read(opened).unwrap(), TEXT[3..]);
                assert_eq!(bytes.load(Ordering::Relaxed), compressed.len() as u64);
            }
        }
    }

    #[test]
    fn compressed_data_that_are_cut_off_or_corrupt_are_no_end() {
        let text = TEXT.repeat(10_000);
        for compressed in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
            let cut = opened(compressed[..compressed.len() - 6].to_vec(), 64).and_then(|opened| Ok(read(opened)?));
            assert!(cut.is_err());
            let mut corrupt = compressed;
            let last = corrupt.len() - 5;
            corrupt[last] ^= 1;
            let corrupt = opened(corrupt, 64).and_then(|opened| Ok(read(opened)?));
            assert!(corrupt.is_err(), "corrupt data were read");
        }
    }

    #[test]
    fn a_wrong_kind_is_found_behind_the_packing() {
        let error = opened(gzip(b"id,name\n1,Ann\n"), 64).err().unwrap().to_string();
        assert!(error.contains("holds no documents") && error.contains("`id,name`"), "{error}");
        assert!(opened(gzip(&gzip(b"{}")), 64).err().unwrap().to_string().contains("compressed twice"));
    }
}
