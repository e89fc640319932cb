//! What comes out of a runtime's queue.

/// What a record of the queue reports.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum laneway_completion_kind_t {
    /// An operation has ended. Exactly one comes for each that was accepted.
    LANEWAY_KIND_OPERATION = 1,
    /// Everything that was accepted before the checkpoint with this token has completed; all its records came before.
    LANEWAY_KIND_CHECKPOINT = 2,
    /// After LANEWAY_E_QUEUE_FULL: the store named by `store` (0: every store) can accept at least one more operation.
    /// Submit again what was refused; if it is refused again, another of these follows.
    LANEWAY_KIND_ROOM = 3,
    /// The store is closed: the last record about it. It can be destroyed.
    LANEWAY_KIND_STORE_CLOSED = 4,
    /// The runtime and all its stores are closed: the last record of the queue. It can be destroyed.
    LANEWAY_KIND_RUNTIME_CLOSED = 5,
    /// There are log records to be read. Not repeated until laneway_logs_read has taken all of them.
    LANEWAY_KIND_LOGS = 6,
}

/// How an operation ended. The details are JSON, as given with each; else there are none.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum laneway_outcome_t {
    /// The document is new and stored under `document_uuid`.
    LANEWAY_OUTCOME_INSERTED = 1,
    /// The document was there, under `document_uuid`, and is now as handed over.
    LANEWAY_OUTCOME_UPDATED = 2,
    /// Descriptor references name nothing: `{"descriptors":[{"path","resource","value"},…]}`.
    LANEWAY_OUTCOME_INVALID_DESCRIPTORS = 3,
    /// The document cannot be taken: `{"code","message"}`.
    LANEWAY_OUTCOME_INVALID_DOCUMENT = 4,
    /// No plugin serves the resource: `{"code","message"}`.
    LANEWAY_OUTCOME_UNKNOWN_RESOURCE = 5,
    /// The document is over the size limit: `{"bytes","bytes_max"}`.
    LANEWAY_OUTCOME_TOO_LARGE = 6,
    /// Document references name nothing: `{"resources":[…]}`.
    LANEWAY_OUTCOME_INVALID_REFERENCES = 7,
    /// Another document holds the identity, or the document's id: `{"resource","identity":[[name, value],…]}`.
    LANEWAY_OUTCOME_IDENTITY_CONFLICT = 8,
    /// Concurrent changes kept getting in the way; the caller may retry.
    LANEWAY_OUTCOME_WRITE_CONFLICT = 9,
    /// The caller's strategies refuse: `{"messages":[…],"hints":[…]}`.
    LANEWAY_OUTCOME_NOT_AUTHORIZED = 10,
    /// The database refused the document, or something broke: `{"message"}`.
    LANEWAY_OUTCOME_FAILED = 11,
    /// The plugin trapped, ran too long, or returned something impossible: `{"message"}`.
    LANEWAY_OUTCOME_PLUGIN_FAILED = 12,
    /// The connection was lost during the commit, and whether it took effect could not be found out.
    LANEWAY_OUTCOME_IN_DOUBT = 13,
    /// There was no room. (laneway_store_submit returns LANEWAY_E_QUEUE_FULL instead; no completion has this.)
    LANEWAY_OUTCOME_QUEUE_FULL = 14,
    /// The store was closed before the operation was written.
    LANEWAY_OUTCOME_CLOSED = 15,
    /// The deadline passed before the operation was written.
    LANEWAY_OUTCOME_DEADLINE = 16,
    /// laneway_store_cancel removed the operation before it was written. With any other outcome the cancel came too
    /// late.
    LANEWAY_OUTCOME_CANCELLED = 17,
}

/// One record of the queue. Fields that its kind does not name are zero.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_completion_t {
    /// The size that was written.
    pub struct_size: u32,
    /// A laneway_completion_kind_t; skip those that you do not know.
    pub kind: u32,
    /// The store; 0 when it concerns the whole runtime.
    pub store: u64,
    /// Operation, checkpoint: the caller's token.
    pub token: u64,
    /// Operation: a laneway_outcome_t.
    pub outcome: u32,
    /// Operation: 1 when the same operation may succeed if it is handed over again.
    pub retriable: u32,
    /// Operation: the stored document's id (inserted, updated), in the order of its text.
    pub document_uuid: [u8; 16],
    /// Operation: the database's SQLSTATE, ended by a NUL; empty when it was not the database.
    pub sqlstate: [u8; 8],
    /// Operation: its number in the order of acceptance, from 1; 0: it was refused before it had one.
    pub operation_id: u64,
    /// Operation: the number of its last flush in the order of flushes; 0: none.
    pub flush_sequence: u64,
    /// Operation: its position in that flush.
    pub flush_position: u32,
    /// Operation: how many operations the transaction carried.
    pub batch_size: u32,
    /// Operation: how many transactions were begun for it.
    pub attempts: u32,
    /// Operation: 1 when it failed because of its document alone: the database refuses the data, and nothing is wrong with
    /// the database. As HTTP status 400 is right then, not 500.
    pub document_at_fault: u32,
    /// Operation: from acceptance to its first flush, in microseconds.
    pub queued_us: u64,
    /// Operation: from acceptance to its end, in microseconds.
    pub elapsed_us: u64,
    /// Operation: where its details begin in the buffer that was given for them.
    pub detail_offset: u64,
    /// Operation: how long its details are; 0: none.
    pub detail_len: u64,
}
