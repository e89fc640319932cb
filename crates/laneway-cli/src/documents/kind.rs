//! What an input holds, seen from how it begins: documents in one of several forms, or something else, which is named.
//! Pure: knows bytes, no files.

use laneway_json::byte_order_mark_len;

/// How much of an input is looked at. What names no document within it is another kind of file.
pub(super) const HEAD_BYTES_MAX: usize = 64 << 10;

/// How much of a file's beginning a message shows.
const SHOWN_CHARS_MAX: usize = 40;

/// What an input is compressed with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Compression {
    /// Nothing.
    None,
    Gzip,
    Zstd,
}

/// How documents stand in an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// One a line.
    Lines,
    /// In an array.
    Array,
    /// One after another, over several lines each.
    Values,
}

/// What the beginning of an input shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict<T> {
    /// This.
    Is(T),
    /// Nothing yet: more has to be read.
    Unclear,
    /// Another kind of file.
    Wrong(WrongKind),
}

/// A file that holds no documents. The message is what it is instead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum WrongKind {
    /// A known one, with what to do.
    #[error("it is {0}; {1}")]
    Known(&'static str, &'static str),
    /// Text in another encoding.
    #[error("it is {0}; convert it, as with `iconv -f UTF-16 -t UTF-8`")]
    Encoding(laneway_json::Encoding),
    /// No text.
    #[error("it is no text")]
    Binary,
    /// Some other text.
    #[error("it begins with `{0}`, and no line of its beginning with `{{`")]
    Text(String),
}

const DECOMPRESS: &str = "decompress it, or compress it with gzip or zstd";
const CONVERT: &str = "convert it to JSON documents, one a line";

/// How other kinds of files begin.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a ZIP archive or an Excel file", DECOMPRESS),
    (b"BZh", "compressed with bzip2", DECOMPRESS),
    (b"\xfd7zXZ\0", "compressed with xz", DECOMPRESS),
    (b"\x04\x22\x4d\x18", "compressed with lz4", DECOMPRESS),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", DECOMPRESS),
    (GZIP, "compressed twice", "decompress it once"),
    (ZSTD, "compressed twice", "decompress it once"),
    (b"PAR1", "a Parquet file", CONVERT),
    (b"Obj\x01", "an Avro file", CONVERT),
    (b"\xd0\xcf\x11\xe0", "a file of Excel or another Office program", CONVERT),
    (b"<", "XML or HTML", CONVERT),
];

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
/// A frame of zstd that holds no data, which may come first; the lowest four bits of the first byte are free.
const ZSTD_SKIPPED: &[u8] = b"\x2a\x4d\x18";

/// Where a tar archive says that it is one.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// What an input that begins with `head` is compressed with; nothing follows `head` if it is the `whole`.
pub(super) fn compression(head: &[u8], whole: bool) -> Verdict<Compression> {
    if head.starts_with(GZIP) {
        Verdict::Is(Compression::Gzip)
    } else if head.starts_with(ZSTD) || is_zstd_skipped(head) {
        Verdict::Is(Compression::Zstd)
    } else if !whole && (GZIP.starts_with(head) || ZSTD.starts_with(head) || may_be_zstd_skipped(head)) {
        Verdict::Unclear
    } else {
        Verdict::Is(Compression::None)
    }
}

fn is_zstd_skipped(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, rest @ ..] if rest.starts_with(ZSTD_SKIPPED))
}

fn may_be_zstd_skipped(head: &[u8]) -> bool {
    matches!(head, [0x50..=0x5f, rest @ ..] if ZSTD_SKIPPED.starts_with(rest))
}

/// How documents stand in an input that begins with `head`; nothing that matters follows it if it is the `whole`. A
/// program that converses is not kept waiting: a first line that is a document is enough.
pub(super) fn form(head: &[u8], whole: bool) -> Verdict<Form> {
    // A mark, or the zeros of another encoding, are within the first four bytes.
    if head.len() < 4 && !whole && !head.contains(&b'\n') {
        return Verdict::Unclear;
    }
    let text = match byte_order_mark_len(head) {
        Ok(mark) => head[mark..].trim_ascii_start(),
        Err(encoding) => return Verdict::Wrong(WrongKind::Encoding(encoding)),
    };
    match text.first() {
        None if whole => Verdict::Is(Form::Lines),
        None => Verdict::Unclear,
        Some(b'[') => Verdict::Is(Form::Array),
        Some(b'{') => form_of_objects(text, whole),
        Some(_) => form_of_others(text, whole),
    }
}

/// The first line begins an object.
fn form_of_objects(text: &[u8], whole: bool) -> Verdict<Form> {
    let Some(end) = memchr::memchr(b'\n', text) else {
        return if whole { Verdict::Is(Form::Lines) } else { Verdict::Unclear };
    };
    let is_cut = serde_json::from_slice::<serde::de::IgnoredAny>(&text[..end]).is_err_and(|error| error.is_eof());
    if !is_cut {
        return Verdict::Is(Form::Lines);
    }
    // A first line that was cut off is followed by another one; an object over several lines goes on.
    let next = text[end..].iter().find(|byte| !matches!(byte, b'\n' | b'\r'));
    match next {
        Some(b' ' | b'\t' | b'"' | b'}') => Verdict::Is(Form::Values),
        None if !whole => Verdict::Unclear,
        _ => Verdict::Is(Form::Lines),
    }
}

/// The first line is none; others may be.
fn form_of_others(text: &[u8], whole: bool) -> Verdict<Form> {
    if let Some((_, what, next)) = OTHERS.iter().find(|(magic, ..)| text.starts_with(magic)) {
        return Verdict::Wrong(WrongKind::Known(what, next));
    }
    if text.get(TAR.0..).is_some_and(|text| text.starts_with(TAR.1)) {
        return Verdict::Wrong(WrongKind::Known("a tar archive", DECOMPRESS));
    }
    let mut lines = text.split(|byte| *byte == b'\n').skip(1);
    if !text.contains(&0) && lines.any(|line| line.trim_ascii_start().starts_with(b"{")) {
        Verdict::Is(Form::Lines)
    } else if !whole {
        Verdict::Unclear
    } else if text.contains(&0) {
        Verdict::Wrong(WrongKind::Binary)
    } else {
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let shown = String::from_utf8_lossy(&line[..line.len().min(SHOWN_CHARS_MAX * 4)]);
        let shown = shown.chars().filter(|char| !char.is_control()).take(SHOWN_CHARS_MAX).collect();
        Verdict::Wrong(WrongKind::Text(shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_shows_in_the_first_bytes_and_by_no_more_than_needed() {
        for (head, verdict) in [
            (&b"{"[..], Verdict::Is(Compression::None)),
            (b"\x1f", Verdict::Unclear),
            (b"\x1f\x8b", Verdict::Is(Compression::Gzip)),
            (b"\x28\xb5\x2f", Verdict::Unclear),
            (b"\x28\xb5\x2f\xfd", Verdict::Is(Compression::Zstd)),
            (b"(comment)", Verdict::Is(Compression::None)),
            (b"\x5f\x2a\x4d\x18", Verdict::Is(Compression::Zstd)),
            (b"", Verdict::Unclear),
        ] {
            assert_eq!(compression(head, false), verdict, "{head:?}");
        }
        assert_eq!(compression(b"", true), Verdict::Is(Compression::None));
        assert_eq!(compression(b"\x1f", true), Verdict::Is(Compression::None));
    }

    #[test]
    fn a_first_line_that_is_a_document_is_enough() {
        for head in
            [&b"{\"a\":1}\n"[..], b"{}\n", b"\xef\xbb\xbf{\"a\":1}\r\n", b"\n \n{\"a\":1}\n", b"{\"a\":nonsense}\n"]
        {
            assert_eq!(form(head, false), Verdict::Is(Form::Lines), "{head:?}");
        }
        for head in [&b"{"[..], b"{\"a\":", b"{\n", b"nonsense\n", b"", b"\xef\xbb"] {
            assert_eq!(form(head, false), Verdict::Unclear, "{head:?}");
        }
    }

    #[test]
    fn forms_are_distinguished() {
        for (head, verdict) in [
            ("", Form::Lines),
            ("  \n", Form::Lines),
            ("{\"a\":", Form::Lines),
            ("[]", Form::Array),
            ("\u{feff}\r\n  [{\n", Form::Array),
            ("{\n  \"a\": 1\n}\n", Form::Values),
            ("{\"a\": [\n1]}\n", Form::Lines),
            ("{\"a\":\n{\"b\":1}\n", Form::Lines),
            ("nonsense\n{\"a\":1}\n", Form::Lines),
        ] {
            assert_eq!(form(head.as_bytes(), true), Verdict::Is(verdict), "{head:?}");
        }
    }

    #[test]
    fn another_kind_of_file_is_named() {
        let wrong = |head: &[u8]| match form(head, true) {
            Verdict::Wrong(kind) => kind.to_string(),
            verdict => panic!("{verdict:?}"),
        };
        assert!(wrong(b"id,name\n1,Ann\n").contains("begins with `id,name`"));
        assert!(wrong(b"PK\x03\x04abc").contains("ZIP"));
        assert!(wrong(b"\x1f\x8b\x08\0").contains("compressed twice"));
        assert!(wrong(b"<?xml version=\"1.0\"?>\n{").contains("XML"));
        assert!(wrong(b"\xff\xfe{\0}\0").contains("UTF-16 (little-endian)"));
        assert!(wrong(b"\x7fELF\x02\x01\0\0\0\n{").contains("no text"));
        let tar = [&b"students.jsonl"[..], &[0; 243], b"ustar\0"].concat();
        assert!(wrong(&tar).contains("tar archive"));
        assert!(wrong(&[0xc3; 1_000]).chars().count() < 200);
    }
}
