//! Log records.

/// How severe a log record is; as a threshold, each level includes those above it.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum laneway_log_level_t {
    /// Nothing is kept.
    LANEWAY_LEVEL_OFF = 0,
    /// Something failed that should be looked into.
    LANEWAY_LEVEL_ERROR = 1,
    /// Something unusual that the library copes with.
    LANEWAY_LEVEL_WARN = 2,
    /// What the library does.
    LANEWAY_LEVEL_INFO = 3,
    /// What it does in detail.
    LANEWAY_LEVEL_DEBUG = 4,
}

/// One log record. Its texts stand one behind another in the buffer that was given for them, from `text_offset` on:
/// target, message, fields.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_log_t {
    /// The size that was written.
    pub struct_size: u32,
    /// A laneway_log_level_t.
    pub level: u32,
    /// When, in microseconds since 1970 (UTC).
    pub timestamp_us: u64,
    /// Where the texts begin.
    pub text_offset: u64,
    /// The length of the target: the part of the library that logged it.
    pub target_len: u32,
    /// The length of the message.
    pub message_len: u32,
    /// The length of the fields, a JSON object of texts.
    pub fields_len: u32,
    /// Always 0.
    pub reserved: u32,
}
