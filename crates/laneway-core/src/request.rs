//! What a caller hands over, and why it may not be taken. Knows no queues.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use laneway_json::{Encoding, byte_order_mark_len};
use laneway_model::{DocumentUuid, Operation, Outcome, RouteError, Strategy, TRACE_ID_CHARS_MAX};

/// One upsert as it arrives: a plugin extracts the document. The names are looked up in the
/// call that hands it over, and are not kept.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The project's name in URLs, such as `ed-fi`; matched without case.
    pub project: &'a str,
    /// The resource's name in URLs, such as `students`; matched without case.
    pub endpoint: &'a str,
    /// The document: a JSON object in UTF-8, with or without a byte order mark, which is not kept.
    pub document: Bytes,
    /// The id that the document gets if it is new.
    pub document_uuid: DocumentUuid,
    /// The caller's trace id, stored with the document; at most [`TRACE_ID_CHARS_MAX`] characters.
    pub trace_id: Box<str>,
    /// The caller's strategies; `None`: the host has decided already.
    pub authorization: Option<Arc<[Strategy]>>,
    /// When the caller gives up: an operation that is not being written by then settles as `deadline`.
    pub deadline: Option<Instant>,
}

/// One upsert that the host has extracted itself.
#[derive(Clone, Debug)]
pub struct Extracted {
    /// The whole operation.
    pub operation: Operation,
    /// When the caller gives up.
    pub deadline: Option<Instant>,
}

/// Anything that can be handed over.
#[derive(Clone, Debug)]
pub enum Submission<'a> {
    /// A plugin extracts.
    Raw(Request<'a>),
    /// The host has extracted.
    Extracted(Box<Extracted>),
}

impl<'a> From<Request<'a>> for Submission<'a> {
    fn from(request: Request<'a>) -> Self {
        Self::Raw(request)
    }
}

impl From<Extracted> for Submission<'_> {
    fn from(extracted: Extracted) -> Self {
        Self::Extracted(Box::new(extracted))
    }
}

impl Submission<'_> {
    /// The id that the document gets if it is new.
    #[must_use]
    pub fn document_uuid(&self) -> DocumentUuid {
        match self {
            Self::Raw(request) => request.document_uuid,
            Self::Extracted(extracted) => extracted.operation.document_uuid,
        }
    }

    /// The document's size.
    #[must_use]
    pub fn document_bytes(&self) -> usize {
        match self {
            Self::Raw(request) => request.document.len(),
            Self::Extracted(extracted) => extracted.operation.document.len(),
        }
    }

    /// The size of what was handed over: the document, its extraction if the host made it, trace id and strategies.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let (extraction, authorization) = match self {
            Self::Raw(request) => (0, &request.authorization),
            Self::Extracted(extracted) => (extracted.operation.extraction.bytes(), &extracted.operation.authorization),
        };
        let strategies: usize = authorization.iter().flat_map(|strategies| &**strategies).map(Strategy::bytes).sum();
        self.document_bytes() + extraction + self.trace_id().len() + strategies
    }

    fn trace_id(&self) -> &str {
        match self {
            Self::Raw(request) => &request.trace_id,
            Self::Extracted(extracted) => &extracted.operation.trace_id,
        }
    }

    /// Refuses what no store can take, and takes the byte order mark off a document, which no store takes either.
    pub(crate) fn check(&mut self) -> Result<(), Rejected> {
        if let Self::Raw(request) = self {
            let mark = byte_order_mark_len(&request.document)?;
            request.document = request.document.slice(mark..);
        }
        match self.trace_id().chars().nth(TRACE_ID_CHARS_MAX) {
            Some(_) => Err(Rejected::TraceIdTooLong),
            None => Ok(()),
        }
    }

    /// When the caller gives up.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Raw(request) => request.deadline,
            Self::Extracted(extracted) => extracted.deadline,
        }
    }
}

/// Why an operation was not accepted: nothing of it remains, and no completion comes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Rejected {
    /// There is no room, and the caller does not wait.
    #[error("the queue is full; try again in {retry_after_ms} ms")]
    QueueFull {
        /// About how long an operation takes that is accepted now: all that is pending, at the rate of the last seconds.
        retry_after_ms: u64,
    },
    /// The runtime accepts nothing any more.
    #[error("the runtime is closed")]
    Closed,
    /// The document is over the size limit.
    #[error("the document has {bytes} bytes, the limit is {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The trace id does not fit into its column.
    #[error("the trace id has more than {TRACE_ID_CHARS_MAX} characters")]
    TraceIdTooLong,
    /// The document is in an encoding that is not read.
    #[error("the document is in {0}; send it in UTF-8")]
    Encoding(Encoding),
    /// No plugin serves the resource.
    #[error(transparent)]
    UnknownResource(#[from] RouteError),
    /// The deadline passed while the caller waited for room.
    #[error("the deadline passed before there was room")]
    Deadline,
}

impl From<Encoding> for Rejected {
    fn from(encoding: Encoding) -> Self {
        Self::Encoding(encoding)
    }
}

impl From<Rejected> for Outcome {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::QueueFull { retry_after_ms } => Self::QueueFull { retry_after_ms },
            Rejected::Closed => Self::Closed,
            Rejected::TooLarge { bytes, bytes_max } => Self::TooLarge { bytes, bytes_max },
            Rejected::TraceIdTooLong => {
                Self::InvalidDocument { code: "trace-id-too-long".into(), message: rejected.to_string() }
            }
            Rejected::Encoding(_) => {
                Self::InvalidDocument { code: "invalid-json".into(), message: rejected.to_string() }
            }
            Rejected::UnknownResource(error) => error.into(),
            Rejected::Deadline => Self::Deadline,
        }
    }
}

impl Rejected {
    /// The same as the outcome that the caller's caller sees.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(document: &'static [u8]) -> Result<Bytes, Rejected> {
        let mut submission = Submission::Raw(Request {
            project: "ed-fi",
            endpoint: "schools",
            document: Bytes::from_static(document),
            document_uuid: DocumentUuid::now(),
            trace_id: "".into(),
            authorization: None,
            deadline: None,
        });
        submission.check()?;
        match submission {
            Submission::Raw(request) => Ok(request.document),
            Submission::Extracted(_) => unreachable!("it was handed over raw"),
        }
    }

    #[test]
    fn a_byte_order_mark_is_taken_off_and_another_encoding_is_refused_by_name() {
        assert_eq!(checked(b"\xef\xbb\xbf{}").unwrap(), &b"{}"[..]);
        assert_eq!(checked(b"{}").unwrap(), &b"{}"[..]);
        let Outcome::InvalidDocument { code, message } = checked(b"\xff\xfe{\0}\0").unwrap_err().outcome() else {
            panic!("a text in UTF-16 was not refused as an invalid document");
        };
        assert_eq!(
            (&*code, &*message),
            ("invalid-json", "the document is in UTF-16 (little-endian); send it in UTF-8")
        );
    }
}
