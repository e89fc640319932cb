//! What is handed over.

/// UTF-8 text or bytes of the caller's, without a NUL at the end. The library copies what it keeps before the call
/// returns. `{NULL, 0}` is the empty text.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_text_t {
    /// The first byte.
    pub ptr: *const u8,
    /// How many bytes.
    pub len: usize,
}

/// One authorization strategy with the caller's claims.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_strategy_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// 0: one of these strategies must allow. 1: each of these must.
    pub operator_and: u32,
    /// The strategy's name, such as `RelationshipsWithEdOrgsOnly`.
    pub name: laneway_text_t,
    /// The caller's claims: education organization ids or namespace prefixes.
    pub filters: *const laneway_text_t,
    /// How many filters.
    pub filters_count: usize,
}

/// One upsert. A plugin extracts what is stored beside the document, unless the caller hands an extraction over.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_operation_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// 1: `strategies` decide whether the operation is allowed. 0: the host has decided already.
    pub authorize: u32,
    /// The caller's own number for the operation, which its completion carries; no two unsettled ones of a store
    /// should have the same.
    pub token: u64,
    /// The project's name in URLs, such as `ed-fi`; matched without case.
    pub project: laneway_text_t,
    /// The resource's name in URLs, such as `students`; matched without case.
    pub endpoint: laneway_text_t,
    /// The document: a JSON object in UTF-8, with or without a byte order mark, which is not kept.
    pub document: laneway_text_t,
    /// The id that the document gets if it is new, in the order of its text (RFC 9562); all zero: one is made.
    pub document_uuid: [u8; 16],
    /// The caller's trace id, stored with the document: at most 128 characters, or the operation is refused as
    /// LANEWAY_E_ARGUMENT.
    pub trace_id: laneway_text_t,
    /// When the caller gives up, in microseconds from now: what is not being written by then completes as
    /// LANEWAY_OUTCOME_DEADLINE. 0: never.
    pub timeout_us: u64,
    /// The caller's strategies, with `authorize`.
    pub strategies: *const laneway_strategy_t,
    /// How many strategies.
    pub strategies_count: usize,
    /// The document's extraction, where the caller has it: a JSON object in UTF-8, in the form that `laneway extract`
    /// prints (docs/extraction.md of the source describes every field). Empty: a plugin extracts. Since 1.1.
    pub extraction: laneway_text_t,
}
