//! What an input holds, told by how it begins: documents in one of several forms, or something else, which is named.
//! Pure: knows bytes, no files.

use laneway_json::byte_order_mark_len;

/// How much of an input is looked at. What names no document within it is another kind of file.
pub(super) const HEAD_BYTES_MAX: usize = 64 << 10;

/// How much of a file's beginning a message shows.
const SHOWN_CHARS_MAX: usize = 40;

/// What an input is compressed with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Packing {
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

/// What the beginning of an input says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Told<T> {
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

const UNPACK: &str = "unpack it, or pack it with gzip or zstd";
const CONVERT: &str = "convert it to JSON documents, one a line";

/// How other kinds of files begin.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a ZIP archive or an Excel file", UNPACK),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\xfd7zXZ\0", "packed with xz", UNPACK),
    (b"\x04\x22\x4d\x18", "packed with lz4", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (GZIP, "packed twice", "unpack it once"),
    (ZSTD, "packed twice", "unpack it once"),
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
pub(super) fn packing(head: &[u8], whole: bool) -> Told<Packing> {
    if head.starts_with(GZIP) {
        Told::Is(Packing::Gzip)
    } else if head.starts_with(ZSTD) || is_zstd_skipped(head) {
        Told::Is(Packing::Zstd)
    } else if !whole && (GZIP.starts_with(head) || ZSTD.starts_with(head) || may_be_zstd_skipped(head)) {
        Told::Unclear
    } else {
        Told::Is(Packing::None)
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
pub(super) fn form(head: &[u8], whole: bool) -> Told<Form> {
    // A mark, or the zeros of another encoding, are within the first four bytes.
    if head.len() < 4 && !whole && !head.contains(&b'\n') {
        return Told::Unclear;
    }
    let text = match byte_order_mark_len(head) {
        Ok(mark) => head[mark..].trim_ascii_start(),
        Err(encoding) => return Told::Wrong(WrongKind::Encoding(encoding)),
    };
    match text.first() {
        None if whole => Told::Is(Form::Lines),
        None => Told::Unclear,
        Some(b'[') => Told::Is(Form::Array),
        Some(b'{') => form_of_objects(text, whole),
        Some(_) => form_of_others(text, whole),
    }
}

/// The first line begins an object.
fn form_of_objects(text: &[u8], whole: bool) -> Told<Form> {
    let Some(end) = memchr::memchr(b'\n', text) else {
        return if whole { Told::Is(Form::Lines) } else { Told::Unclear };
    };
    let is_cut = serde_json::from_slice::<serde::de::IgnoredAny>(&text[..end]).is_err_and(|error| error.is_eof());
    if !is_cut {
        return Told::Is(Form::Lines);
    }
    // A first line that was cut off is followed by another one; an object over several lines goes on.
    let next = text[end..].iter().find(|byte| !matches!(byte, b'\n' | b'\r'));
    match next {
        Some(b' ' | b'\t' | b'"' | b'}') => Told::Is(Form::Values),
        None if !whole => Told::Unclear,
        _ => Told::Is(Form::Lines),
    }
}

/// The first line is none; others may be.
fn form_of_others(text: &[u8], whole: bool) -> Told<Form> {
    if let Some((_, what, next)) = OTHERS.iter().find(|(magic, ..)| text.starts_with(magic)) {
        return Told::Wrong(WrongKind::Known(what, next));
    }
    if text.get(TAR.0..).is_some_and(|text| text.starts_with(TAR.1)) {
        return Told::Wrong(WrongKind::Known("a tar archive", UNPACK));
    }
    let mut lines = text.split(|byte| *byte == b'\n').skip(1);
    if !text.contains(&0) && lines.any(|line| line.trim_ascii_start().starts_with(b"{")) {
        Told::Is(Form::Lines)
    } else if !whole {
        Told::Unclear
    } else if text.contains(&0) {
        Told::Wrong(WrongKind::Binary)
    } else {
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let shown = String::from_utf8_lossy(&line[..line.len().min(SHOWN_CHARS_MAX * 4)]);
        let shown = shown.chars().filter(|char| !char.is_control()).take(SHOWN_CHARS_MAX).collect();
        Told::Wrong(WrongKind::Text(shown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_is_told_by_the_first_bytes_and_by_no_more_than_needed() {
        for (head, told) in [
            (&b"{"[..], Told::Is(Packing::None)),
            (b"\x1f", Told::Unclear),
            (b"\x1f\x8b", Told::Is(Packing::Gzip)),
            (b"\x28\xb5\x2f", Told::Unclear),
            (b"\x28\xb5\x2f\xfd", Told::Is(Packing::Zstd)),
            (b"(comment)", Told::Is(Packing::None)),
            (b"\x5f\x2a\x4d\x18", Told::Is(Packing::Zstd)),
            (b"", Told::Unclear),
        ] {
            assert_eq!(packing(head, false), told, "{head:?}");
        }
        assert_eq!(packing(b"", true), Told::Is(Packing::None));
        assert_eq!(packing(b"\x1f", true), Told::Is(Packing::None));
    }

    #[test]
    fn a_first_line_that_is_a_document_is_enough() {
        for head in
            [&b"{\"a\":1}\n"[..], b"{}\n", b"\xef\xbb\xbf{\"a\":1}\r\n", b"\n \n{\"a\":1}\n", b"{\"a\":nonsense}\n"]
        {
            assert_eq!(form(head, false), Told::Is(Form::Lines), "{head:?}");
        }
        for head in [&b"{"[..], b"{\"a\":", b"{\n", b"nonsense\n", b"", b"\xef\xbb"] {
            assert_eq!(form(head, false), Told::Unclear, "{head:?}");
        }
    }

    #[test]
    fn forms_are_told_apart() {
        for (head, told) in [
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
            assert_eq!(form(head.as_bytes(), true), Told::Is(told), "{head:?}");
        }
    }

    #[test]
    fn another_kind_of_file_is_named() {
        let wrong = |head: &[u8]| match form(head, true) {
            Told::Wrong(kind) => kind.to_string(),
            told => panic!("{told:?}"),
        };
        assert!(wrong(b"id,name\n1,Ann\n").contains("begins with `id,name`"));
        assert!(wrong(b"PK\x03\x04abc").contains("ZIP"));
        assert!(wrong(b"\x1f\x8b\x08\0").contains("packed twice"));
        assert!(wrong(b"<?xml version=\"1.0\"?>\n{").contains("XML"));
        assert!(wrong(b"\xff\xfe{\0}\0").contains("UTF-16 (little-endian)"));
        assert!(wrong(b"\x7fELF\x02\x01\0\0\0\n{").contains("no text"));
        let tar = [&b"students.jsonl"[..], &[0; 243], b"ustar\0"].concat();
        assert!(wrong(&tar).contains("tar archive"));
        assert!(wrong(&[0xc3; 1_000]).chars().count() < 200);
    }
}
