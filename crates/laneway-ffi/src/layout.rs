//! The layout of every struct of the ABI, field by field: what the header's assertions, the bindings' structs and the
//! layout hash are made of.

use std::mem::offset_of;

use crate::abi::{
    laneway_completion_t, laneway_error_t, laneway_generation_t, laneway_limits_t, laneway_log_t, laneway_operation_t,
    laneway_plugins_options_t, laneway_runtime_options_t, laneway_stats_t, laneway_store_options_t, laneway_strategy_t,
    laneway_text_t,
};

/// One struct.
#[derive(Clone, Copy, Debug)]
pub struct Struct {
    /// Its name in C.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its offset in bytes.
    pub offset: usize,
    /// Its size in bytes.
    pub size: usize,
    /// Its type in Rust.
    pub type_name: fn() -> &'static str,
}

/// The size of a field, found by a function that reaches it.
const fn size_of_field<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! layout {
    ($($name:ident { $($field:ident)* })*) => {
        /// All structs, those that others hold first.
        pub const STRUCTS: &[Struct] = &[$(Struct {
            name: stringify!($name),
            size: size_of::<$name>(),
            fields: &[$(Field {
                name: stringify!($field),
                offset: offset_of!($name, $field),
                size: size_of_field(|value: &$name| &value.$field),
                type_name: || {
                    fn of<S, F>(_: fn(&S) -> &F) -> &'static str {
                        std::any::type_name::<F>()
                    }
                    of(|value: &$name| &value.$field)
                },
            }),*],
        }),*];

        // Fails to compile when a field is missing above.
        $(const _: fn($name) = |$name { $($field: _),* }| {};)*
    };
}

layout! {
    laneway_text_t { ptr len }
    laneway_error_t { struct_size code retriable message_len retry_after_ms message }
    laneway_strategy_t { struct_size operator_and name filters filters_count }
    laneway_operation_t {
        struct_size authorize token project endpoint document document_uuid trace_id timeout_us strategies
        strategies_count extraction
    }
    laneway_completion_t {
        struct_size kind store token outcome retriable document_uuid sqlstate operation_id flush_sequence flush_position
        batch_size attempts document_at_fault queued_us elapsed_us detail_offset detail_len
    }
    laneway_log_t { struct_size level timestamp_us text_offset target_len message_len fields_len reserved }
    laneway_runtime_options_t { struct_size worker_threads outstanding_max log_records_max log_level }
    laneway_limits_t {
        struct_size batching lanes batch_items_max batch_bytes_max linger_us flushes_concurrent_max
        single_concurrent_max store_items_max store_bytes_max lane_items_max identity_line_max document_bytes_max
        extract_threads retries_max latency_objective_us locks_per_flush_max lock_timeout_ms
        statement_timeout_ms idle_in_transaction_timeout_ms answer_timeout_ms outage_ms_max
        reference_recheck_ms reserved
    }
    laneway_store_options_t { struct_size connections_max database plugins limits coercion isolation }
    laneway_plugins_options_t { struct_size has_allow_list allow_list trusted_keys trusted_keys_count code_cache }
    laneway_stats_t {
        struct_size reserved accepted pending outcomes outcomes_capacity outcomes_len flush_reasons
        flush_reasons_capacity flush_reasons_len batch_operations transactions retries round_trips singles flushes_lost
        awaiting_identity awaiting_references latency_sum_us latency_p50_us latency_p95_us latency_p99_us
        documents_at_fault oldest_pending_us wait wait_capacity wait_len
    }
    laneway_generation_t { struct_size in_force number return_to published_at_us plugins resources }
}

/// FNV-1a over all names, offsets and sizes.
pub const HASH: u64 = hash();

const fn hash() -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < STRUCTS.len() {
        let one = &STRUCTS[at];
        hash = number(text(hash, one.name), one.size);
        let mut field = 0;
        while field < one.fields.len() {
            let Field { name, offset, size, .. } = &one.fields[field];
            hash = number(number(text(hash, name), *offset), *size);
            field += 1;
        }
        at += 1;
    }
    hash
}

const fn text(hash: u64, text: &str) -> u64 {
    // Ends the text, so that two of them are not one.
    byte(bytes(hash, text.as_bytes()), 0)
}

const fn number(hash: u64, number: usize) -> u64 {
    bytes(hash, &(number as u64).to_le_bytes())
}

const fn bytes(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = byte(hash, bytes[at]);
        at += 1;
    }
    hash
}

const fn byte(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_struct_has_padding() {
        for one in STRUCTS {
            let mut end = 0;
            for field in one.fields {
                assert_eq!(field.offset, end, "{}.{} has padding before it", one.name, field.name);
                end += field.size;
            }
            assert_eq!(end, one.size, "{} has padding at its end", one.name);
        }
    }

    #[test]
    fn every_struct_but_texts_begins_with_its_size() {
        for one in STRUCTS.iter().filter(|one| one.name != "laneway_text_t") {
            assert_eq!((one.fields[0].name, one.fields[0].size), ("struct_size", 4), "{}", one.name);
        }
    }
}
