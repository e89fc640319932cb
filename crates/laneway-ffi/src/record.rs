//! One record of the queue before it is written into a caller's array: what an outcome is in C.

use std::time::Duration;

use laneway_core::{Completion, FlushInfo};
use laneway_model::{OperationId, Outcome, OutcomeKind, SqlState};
use serde_json::json;

use crate::abi::{laneway_completion_kind_t, laneway_completion_t};
use crate::limits::micros;
use crate::versioned::sized;

/// A record, and the details that go into the caller's other buffer.
pub(crate) struct Record {
    pub(crate) fixed: laneway_completion_t,
    pub(crate) detail: Box<[u8]>,
}

impl Record {
    /// A record of an event.
    pub(crate) fn event(kind: laneway_completion_kind_t, store: u64, token: u64) -> Self {
        Self { fixed: empty(kind, store, token), detail: Box::default() }
    }

    /// The end of an operation that a store accepted.
    pub(crate) fn operation(store: u64, token: u64, completion: &Completion) -> Self {
        let Completion { id, outcome, info, queued, elapsed, .. } = completion;
        let mut fixed = empty(laneway_completion_kind_t::LANEWAY_KIND_OPERATION, store, token);
        fixed.outcome = outcome_code(outcome.kind());
        // Not after a doubtful COMMIT: a repetition may overwrite what others have written since.
        fixed.retriable = matches!(outcome, Outcome::WriteConflict { .. } | Outcome::QueueFull { .. }).into();
        if let Outcome::Inserted { document_uuid } | Outcome::Updated { document_uuid } = outcome {
            fixed.document_uuid = document_uuid.0.into_bytes();
        }
        if let Some(SqlState(code)) = sqlstate(outcome) {
            // Five characters of eight: the rest stays zero and ends the text.
            fixed.sqlstate[..code.len()].copy_from_slice(&code);
        }
        fixed.operation_id = id.0;
        fixed.flush_sequence = info.sequence;
        fixed.flush_position = info.position;
        fixed.batch_size = info.batch_size;
        fixed.attempts = info.attempts;
        fixed.document_at_fault = outcome.is_document_at_fault().into();
        fixed.queued_us = micros(*queued);
        fixed.elapsed_us = micros(*elapsed);
        Self { fixed, detail: detail(outcome) }
    }

    /// The end of an operation that was refused before it was numbered in the order of acceptance.
    pub(crate) fn refused(store: u64, token: u64, outcome: Outcome) -> Self {
        let (id, info, zero) = (OperationId(0), FlushInfo::default(), Duration::ZERO);
        let completion = Completion { id, outcome, referential_id: None, info, queued: zero, elapsed: zero };
        Self::operation(store, token, &completion)
    }

    /// Whether it was counted as outstanding when it was asked for.
    pub(crate) fn is_outstanding(&self) -> bool {
        self.fixed.kind == laneway_completion_kind_t::LANEWAY_KIND_OPERATION as u32
            || self.fixed.kind == laneway_completion_kind_t::LANEWAY_KIND_CHECKPOINT as u32
    }

    /// Whether nothing comes after it.
    pub(crate) fn is_last(&self) -> bool {
        self.fixed.kind == laneway_completion_kind_t::LANEWAY_KIND_RUNTIME_CLOSED as u32
    }
}

fn empty(kind: laneway_completion_kind_t, store: u64, token: u64) -> laneway_completion_t {
    laneway_completion_t { kind: kind as u32, store, token, ..sized() }
}

/// The `laneway_outcome_t` of an outcome: its index in the vocabulary, from 1.
pub(crate) fn outcome_code(kind: OutcomeKind) -> u32 {
    // 0 is left for records that have no outcome.
    kind as u32 + 1
}

fn sqlstate(outcome: &Outcome) -> Option<SqlState> {
    match outcome {
        Outcome::Failed { sqlstate, .. } | Outcome::WriteConflict { sqlstate } => *sqlstate,
        _ => None,
    }
}

/// The outcome's details beyond the fixed fields, as `laneway_outcome_t` documents them.
fn detail(outcome: &Outcome) -> Box<[u8]> {
    let detail = match outcome {
        Outcome::InvalidDescriptors(descriptors) => {
            let entries: Vec<_> = descriptors
                .iter()
                .map(|entry| json!({"path": entry.path, "resource": entry.resource, "value": entry.value}))
                .collect();
            json!({"descriptors": entries})
        }
        Outcome::InvalidDocument { code, message } | Outcome::UnknownResource { code, message } => {
            json!({"code": code, "message": message})
        }
        Outcome::TooLarge { bytes, bytes_max } => json!({"bytes": bytes, "bytes_max": bytes_max}),
        Outcome::InvalidReferences { resources } => json!({"resources": resources}),
        Outcome::IdentityConflict { resource, identity } => json!({"resource": resource, "identity": identity}),
        Outcome::NotAuthorized { messages, hints } => json!({"messages": messages, "hints": hints}),
        Outcome::Failed { message, .. } | Outcome::PluginFailed { message } => json!({"message": message}),
        // Each by name: whoever adds an outcome has to say here what its details are.
        Outcome::Inserted { .. }
        | Outcome::Updated { .. }
        | Outcome::WriteConflict { .. }
        | Outcome::InDoubt
        | Outcome::QueueFull { .. }
        | Outcome::Closed
        | Outcome::Deadline
        | Outcome::Cancelled => return Box::default(),
    };
    detail.to_string().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::laneway_outcome_t;

    #[test]
    fn the_codes_of_outcomes_follow_the_vocabulary() {
        assert_eq!(outcome_code(OutcomeKind::Inserted), laneway_outcome_t::LANEWAY_OUTCOME_INSERTED as u32);
        assert_eq!(outcome_code(OutcomeKind::InDoubt), laneway_outcome_t::LANEWAY_OUTCOME_IN_DOUBT as u32);
        assert_eq!(outcome_code(OutcomeKind::Cancelled), laneway_outcome_t::LANEWAY_OUTCOME_CANCELLED as u32);
        assert_eq!(OutcomeKind::ALL.len(), laneway_outcome_t::LANEWAY_OUTCOME_CANCELLED as usize);
    }
}
