//! What runtimes, stores and sets of plugins are started with.

// Circle: the types of handles are a line each, and stand where a reader of the ABI begins.
use super::{laneway_plugins_t, laneway_text_t};

/// What a runtime is started with. Fill it with laneway_runtime_options_default, then change what you like.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_runtime_options_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// How many threads move data between stores and databases, at least 1.
    pub worker_threads: u32,
    /// The most operations and checkpoints accepted and not taken from the queue, over all stores: what a caller that
    /// takes nothing out can make the library hold.
    pub outstanding_max: u64,
    /// The most log records kept; the oldest go first, and are counted.
    pub log_records_max: u32,
    /// A laneway_log_level_t: what is kept at all.
    pub log_level: u32,
}

/// The bounds of a store. Fill it with laneway_limits_default, then change what you like. A bound outside of its range
/// is refused as LANEWAY_E_ARGUMENT; the range is 1 to 4,294,967,295 where none is given.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_limits_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// 1: operations are batched. 0, the default: each takes the single path, one transaction an operation, with the
    /// same outcomes. laneway_store_set_batching changes it while operations run.
    pub batching: u32,
    /// How many lanes operations are spread over, 1 to 16. Few make larger batches; 0: as many as make the database write the
    /// most, which is found out while it runs.
    pub lanes: u32,
    /// The most operations a batch carries; a cycle of references may exceed it, and upserts of one identity that are
    /// written as one count as one.
    pub batch_items_max: u32,
    /// The most document bytes a batch carries, 1 to 2^40; a single larger document goes alone.
    pub batch_bytes_max: u64,
    /// How long an idle lane waits for company before it flushes, in microseconds, 0 to 60,000,000.
    pub linger_us: u64,
    /// The most transactions open at a time.
    pub flushes_concurrent_max: u32,
    /// The most single-path transactions open at a time.
    pub single_concurrent_max: u32,
    /// The most operations accepted and not settled.
    pub store_items_max: u64,
    /// The most bytes accepted and not settled, 1 to 2^40: of documents, and of what came with them.
    pub store_bytes_max: u64,
    /// The most operations in one lane.
    pub lane_items_max: u64,
    /// The most operations that wait for one identity.
    pub identity_line_max: u64,
    /// The size of the largest document in bytes, 1 to 2^40.
    pub document_bytes_max: u64,
    /// How many threads read documents, at most 256; 0: as many as the machine has cores. Fixed when the store is
    /// opened.
    pub extract_threads: u32,
    /// How often a batch is repeated after a serialization failure, deadlock or timeout before it is halved, 0 to
    /// 1,000.
    pub retries_max: u32,
    /// An operation whose queue is older than this takes the single path, in microseconds, up to 86,400,000,000 (a
    /// day); 0: never. laneway_store_set_latency_objective changes it while operations run.
    pub latency_objective_us: u64,
    /// The most advisory locks one flush may ask for.
    pub locks_per_flush_max: u32,
    /// How long a flush waits for a lock that another session holds before the documents that need it are set aside and
    /// the others written, in milliseconds, 1 to 2,147,483,647; up to 2 s where flushes take long. Fixed when the store is
    /// opened, as are the three below, whose range is the same.
    pub lock_timeout_ms: u32,
    /// How long one statement of a flush may run, in milliseconds.
    pub statement_timeout_ms: u32,
    /// How long a transaction may be idle before the server ends it, in milliseconds: the locks of a process that
    /// vanished are held no longer.
    pub idle_in_transaction_timeout_ms: u32,
    /// How long the server may take to answer a phase of a flush before it counts as silent and its connection is given
    /// up, in milliseconds; statement_timeout_ms where that is longer.
    pub answer_timeout_ms: u32,
    /// How long operations without a deadline wait for a database that cannot be used (restart, failover, refused
    /// login) before they fail, in milliseconds, 1 to 2,147,483,647. What a connection that vanished has locked is free by
    /// then: where it is shorter than idle_in_transaction_timeout_ms, it counts for that too.
    pub outage_ms_max: u32,
    /// How long an operation looks again for references that are not stored before it is refused for them, in milliseconds, 0
    /// to 250: another server may be about to commit what they name. 0, the default: it is refused at once.
    pub reference_recheck_ms: u32,
    /// 0.
    pub reserved: u32,
}

/// What a store is opened with. Fill it with laneway_store_options_default, then change what you like.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_store_options_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// The most connections that flushes hold at a time. 0, the default: as many as flushes may run at a time, which is
    /// flushes_concurrent_max + single_concurrent_max + 1; fewer than that are refused, here and when limits are changed. A
    /// server that grants fewer is no error: then fewer flushes run.
    pub connections_max: u32,
    /// The database: a URL (`postgres://user:password@host:port/database`), libpq's `key=value` form, or Npgsql's
    /// `Word=value;…` (docs/connection.md of the source has every word).
    pub database: laneway_text_t,
    /// The plugins that extract; 0: none, for stores whose callers hand extractions over.
    pub plugins: laneway_plugins_t,
    /// The bounds; NULL: the defaults.
    pub limits: *const laneway_limits_t,
    /// A laneway_coercion_t: which texts of a document are coerced before it is extracted and stored.
    /// LANEWAY_COERCION_NOTHING, the default, is for callers that have done so themselves. Operations that come with an
    /// extraction are taken as they are.
    pub coercion: u32,
    /// A laneway_isolation_t: how flushes are isolated from other sessions. LANEWAY_ISOLATION_READ_COMMITTED is the default.
    pub isolation: u32,
}

/// Which texts of a document stand for other values, and are brought into the form that is stored before anything is
/// extracted. Where they are is in the plugins' manifests. A part of an identity that would be coerced, and is not, makes
/// the document LANEWAY_OUTCOME_INVALID_DOCUMENT: it would be a second one beside that in the other form.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum laneway_coercion_t {
    /// None.
    LANEWAY_COERCION_NOTHING = 0,
    /// Dates with slashes (`2/9/2018` becomes `2018-02-09`), and date-times, which become UTC.
    LANEWAY_COERCION_DATES = 1,
    /// Those, and texts that stand for numbers and booleans.
    LANEWAY_COERCION_ALL = 2,
}

/// How a flush's transaction is isolated from those of other sessions. Outcomes and store are those of a serial run with either,
/// as long as all that write to the store take Laneway's locks.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum laneway_isolation_t {
    /// Each statement sees what was committed before it began.
    LANEWAY_ISOLATION_READ_COMMITTED = 0,
    /// All statements see what was committed before the first of them; what another session has changed since makes the flush
    /// begin again. Refused behind a pooler that gives each transaction another connection.
    LANEWAY_ISOLATION_REPEATABLE_READ = 1,
}

/// How a set of plugins is loaded, and whatever is published in it later. Fill it with laneway_plugins_options_default,
/// then change what you like.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct laneway_plugins_options_t {
    /// The size of this struct, set by the caller.
    pub struct_size: u32,
    /// 1: only components that `allow_list` names are taken. 0, the default: any.
    pub has_allow_list: u32,
    /// Lines that begin with the SHA-256 of a component, as `sha256sum *.wasm` writes them.
    pub allow_list: laneway_text_t,
    /// Public keys as PEM, as `laneway plugin keygen` writes them. Where there are any, only folders are taken that one
    /// of them has signed (`laneway plugin sign`).
    pub trusted_keys: *const laneway_text_t,
    /// How many keys.
    pub trusted_keys_count: usize,
    /// A folder of the caller's own, made if it is not there, where compiled code is kept, so that the next start need
    /// not compile it. Empty: nowhere.
    pub code_cache: laneway_text_t,
}
