//! The messages of PostgreSQL's protocol (version 3) in a stream of bytes: where one ends, and what is needed of those that
//! clients send. Knows no connections.
//!
//! ```text
//! type (1; not before the session has begun) │ length (4, of itself and what follows) │ content
//! ```

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

use super::fault::XactStatus;

/// The version numbers that stand for a question instead of a version.
const ENCRYPTION_REQUESTS: [u32; 2] = [80_877_103, 80_877_104];

/// Whether messages have their type in front.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Typed {
    Yes,
    /// Those that clients begin with.
    No,
}

/// One message, with all its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Message {
    /// Its type; 0 where it has none.
    pub(super) kind: u8,
    pub(super) bytes: Bytes,
    /// Where its content begins.
    content_at: usize,
}

impl Message {
    /// Takes the first message out of `buffer`, if it is whole.
    pub(super) fn take(buffer: &mut BytesMut, typed: Typed) -> Option<Self> {
        let length_at = usize::from(typed == Typed::Yes);
        let length = buffer.get(length_at..length_at + 4)?;
        let end = length_at + u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
        if buffer.len() < end {
            return None;
        }
        let kind = if typed == Typed::Yes { buffer[0] } else { 0 };
        Some(Self { kind, bytes: buffer.split_to(end).freeze(), content_at: length_at + 4 })
    }

    /// Whether a client asks with it whether the server encrypts, which is answered by one byte.
    pub(super) fn asks_for_encryption(&self) -> bool {
        let mut content = &self.bytes[self.content_at..];
        content.len() == 4 && ENCRYPTION_REQUESTS.contains(&content.get_u32())
    }

    /// The `nth` text of its content; each ends with a zero byte.
    pub(super) fn text(&self, nth: usize) -> &str {
        let text = self.bytes[self.content_at..].split(|byte| *byte == 0).nth(nth).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// An answer to `pg_xact_status`, changed to say something else.
pub(super) fn with_status(answer: &[u8], status: XactStatus) -> Bytes {
    let (mut answer, mut changed) = (BytesMut::from(answer), BytesMut::new());
    while let Some(message) = Message::take(&mut answer, Typed::Yes) {
        match (message.kind, status) {
            (b'D', XactStatus::Error) => changed.extend_from_slice(&error()),
            (b'D', _) => changed.extend_from_slice(&row(status.value())),
            // Behind an error the statement is not complete.
            (b'C', XactStatus::Error) => {}
            _ => changed.extend_from_slice(&message.bytes),
        }
    }
    changed.freeze()
}

/// A row with one column.
fn row(value: Option<&str>) -> Bytes {
    let mut content = BytesMut::new();
    content.put_u16(1);
    content.put_i32(value.map_or(-1, |value| value.len() as i32));
    content.extend_from_slice(value.unwrap_or_default().as_bytes());
    message(b'D', &content)
}

fn error() -> Bytes {
    message(b'E', b"SERROR\0VERROR\0CXX001\0Mcould not access status of transaction\0\0")
}

fn message(kind: u8, content: &[u8]) -> Bytes {
    let mut message = BytesMut::new();
    message.put_u8(kind);
    message.put_u32(content.len() as u32 + 4);
    message.extend_from_slice(content);
    message.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_taken_when_it_is_whole() {
        let whole = [&message(b'P', b"s1\0SELECT 1\0\0\0")[..], &message(b'S', b"")].concat();
        let mut buffer = BytesMut::new();
        let mut taken = Vec::new();
        for byte in &whole {
            buffer.put_u8(*byte);
            taken.extend(Message::take(&mut buffer, Typed::Yes));
        }
        let [parse, sync] = &taken[..] else { panic!("{taken:?}") };
        assert_eq!((parse.kind, parse.text(0), parse.text(1), sync.kind), (b'P', "s1", "SELECT 1", b'S'));
        assert_eq!([&parse.bytes[..], &sync.bytes].concat(), whole);
    }

    #[test]
    fn what_a_client_begins_with_has_no_type() {
        let mut buffer = BytesMut::from(&[0, 0, 0, 8, 4, 210, 22, 47, 0][..]);
        let asked = Message::take(&mut buffer, Typed::No).unwrap();
        assert!(asked.asks_for_encryption() && asked.kind == 0 && buffer.len() == 1);
    }

    #[test]
    fn a_changed_answer_has_the_other_status_alone() {
        let parts = [message(b'2', b""), row(Some("committed")), message(b'C', b"SELECT 1\0"), message(b'Z', b"T")];
        let answer = parts.concat();
        assert_eq!(with_status(&answer, XactStatus::Committed), answer);
        let null = [&parts[0], &row(None), &parts[2], &parts[3]].map(|part| &part[..]).concat();
        assert_eq!(with_status(&answer, XactStatus::Null), null);
        let failed = [&parts[0], &error(), &parts[3]].map(|part| &part[..]).concat();
        assert_eq!(with_status(&answer, XactStatus::Error), failed);
    }
}
