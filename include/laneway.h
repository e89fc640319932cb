/* The C ABI of Laneway, generated from crates/laneway-ffi by `cargo xtask header`. Do not edit. */

/* What holds everywhere:

   Pointers    are used during the call and never after it. Input is copied, output is written into the caller's
               memory; there is nothing to free. A pointer may be NULL only where that is stated, and `error` always.
   Structs     begin with `struct_size`, which the caller sets to the struct's sizeof before the call, in arrays too:
               so the library can tell older and newer callers apart. Fields are only ever added at the end; those
               named `reserved` are 0.
   Handles     are numbers, not pointers. One that was destroyed gives LANEWAY_E_CLOSED, one that never was gives
               LANEWAY_E_HANDLE; neither is ever followed.
   Forks       leave the threads of a runtime behind. In a child process the handles of its parent give
               LANEWAY_E_HANDLE, at once; a runtime that is created there works.
   Threads     may call any function at any time, several at once. The library calls nothing back, installs no signal
               handler and no exit handler, and prints nothing, except the message of a defect of its own to standard
               error.
   Blocking    Functions that may block say so.
   Errors      are codes; `error` gets the explanation. No exception and no panic leaves the library.
   Text        is UTF-8. */

#ifndef LANEWAY_H
#define LANEWAY_H

#include <stddef.h>
#include <stdint.h>

/*
 The version of the ABI: major × 65536 + minor. Another major: do not call anything else. A higher minor only adds.
 */
#define LANEWAY_ABI_VERSION 65536

/*
 What a call returns. Negative: it failed and has changed nothing, except what its documentation names.
 */
enum laneway_result_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /*
   The call succeeded.
   */
  LANEWAY_OK = 0,
  /*
   An argument is NULL, out of its range, not UTF-8, or contradicts another; the message names it. A defect of the
   caller: the same call fails again.
   */
  LANEWAY_E_ARGUMENT = -1,
  /*
   The handle was never given out, or is the handle of something else: a defect of the caller. Or the process was
   forked from the one that it was given to; create a runtime in this one.
   */
  LANEWAY_E_HANDLE = -2,
  /*
   The store or runtime is closing, closed or destroyed, or the set of plugins destroyed. Nothing more can be done
   with it; open another.
   */
  LANEWAY_E_CLOSED = -3,
  /*
   There is no room, in the store or for records that the host does not take. Take records; submit again after a
   LANEWAY_KIND_ROOM, or refuse your own caller for `retry_after_ms`.
   */
  LANEWAY_E_QUEUE_FULL = -4,
  /*
   The buffer is too small; the size that is needed has been written. Call again with a larger one: nothing is
   lost.
   */
  LANEWAY_E_BUFFER_TOO_SMALL = -5,
  /*
   A struct's size is that of no version, or it has fields that this library does not know. Build the caller
   against the header of the library that it runs with.
   */
  LANEWAY_E_ABI = -6,
  /*
   It cannot be destroyed yet. Close it, and take records until its LANEWAY_KIND_STORE_CLOSED or
   LANEWAY_KIND_RUNTIME_CLOSED.
   */
  LANEWAY_E_BUSY = -7,
  /*
   This system, or this kind of store, cannot do it. Do without.
   */
  LANEWAY_E_UNSUPPORTED = -8,
  /*
   The database cannot be reached, is no store, or denies a right; the message names which. Retry where it may
   come back, else let an operator see the message.
   */
  LANEWAY_E_DATABASE = -9,
  /*
   A plugin, schema or folder of plugins cannot be used, or is not trusted; the message names it. What was in force
   stays in force.
   */
  LANEWAY_E_PLUGIN = -10,
  /*
   The system has no thread or memory, or the library no handle left; the message says what bounds it. Free some and
   retry.
   */
  LANEWAY_E_SYSTEM = -11,
  /*
   A defect of this library. The call was given up, and everything else goes on; please report the message.
   */
  LANEWAY_E_PANIC = -12,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum laneway_result_t laneway_result_t;
#else
typedef int32_t laneway_result_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 What a record of the queue reports.
 */
enum laneway_completion_kind_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /*
   An operation has ended. Exactly one comes for each that was accepted.
   */
  LANEWAY_KIND_OPERATION = 1,
  /*
   Everything that was accepted before the checkpoint with this token has completed; all its records came before.
   */
  LANEWAY_KIND_CHECKPOINT = 2,
  /*
   After LANEWAY_E_QUEUE_FULL: the store named by `store` (0: every store) can accept at least one more operation.
   Submit again what was refused; if it is refused again, another of these follows.
   */
  LANEWAY_KIND_ROOM = 3,
  /*
   The store is closed: the last record about it. It can be destroyed.
   */
  LANEWAY_KIND_STORE_CLOSED = 4,
  /*
   The runtime and all its stores are closed: the last record of the queue. It can be destroyed.
   */
  LANEWAY_KIND_RUNTIME_CLOSED = 5,
  /*
   There are log records to be read. Not repeated until laneway_logs_read has taken all of them.
   */
  LANEWAY_KIND_LOGS = 6,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum laneway_completion_kind_t laneway_completion_kind_t;
#else
typedef uint32_t laneway_completion_kind_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 How an operation ended. The details are JSON, as given with each; else there are none.
 */
enum laneway_outcome_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /*
   The document is new and stored under `document_uuid`.
   */
  LANEWAY_OUTCOME_INSERTED = 1,
  /*
   The document was there, under `document_uuid`, and is now as handed over.
   */
  LANEWAY_OUTCOME_UPDATED = 2,
  /*
   Descriptor references name nothing: `{"descriptors":[{"path","resource","value"},…]}`.
   */
  LANEWAY_OUTCOME_INVALID_DESCRIPTORS = 3,
  /*
   The document cannot be taken: `{"code","message"}`.
   */
  LANEWAY_OUTCOME_INVALID_DOCUMENT = 4,
  /*
   No plugin serves the resource: `{"code","message"}`.
   */
  LANEWAY_OUTCOME_UNKNOWN_RESOURCE = 5,
  /*
   The document is over the size limit: `{"bytes","bytes_max"}`.
   */
  LANEWAY_OUTCOME_TOO_LARGE = 6,
  /*
   Document references name nothing: `{"resources":[…]}`.
   */
  LANEWAY_OUTCOME_INVALID_REFERENCES = 7,
  /*
   Another document holds the identity, or the document's id: `{"resource","identity":[[name, value],…]}`.
   */
  LANEWAY_OUTCOME_IDENTITY_CONFLICT = 8,
  /*
   Concurrent changes kept getting in the way; the caller may retry.
   */
  LANEWAY_OUTCOME_WRITE_CONFLICT = 9,
  /*
   The caller's strategies refuse: `{"messages":[…],"hints":[…]}`.
   */
  LANEWAY_OUTCOME_NOT_AUTHORIZED = 10,
  /*
   The database refused the document, or something broke: `{"message"}`.
   */
  LANEWAY_OUTCOME_FAILED = 11,
  /*
   The plugin trapped, ran too long, or returned something impossible: `{"message"}`.
   */
  LANEWAY_OUTCOME_PLUGIN_FAILED = 12,
  /*
   The connection was lost during the commit, and whether it took effect could not be found out.
   */
  LANEWAY_OUTCOME_IN_DOUBT = 13,
  /*
   There was no room. (laneway_store_submit returns LANEWAY_E_QUEUE_FULL instead; no completion has this.)
   */
  LANEWAY_OUTCOME_QUEUE_FULL = 14,
  /*
   The store was closed before the operation was written.
   */
  LANEWAY_OUTCOME_CLOSED = 15,
  /*
   The deadline passed before the operation was written.
   */
  LANEWAY_OUTCOME_DEADLINE = 16,
  /*
   laneway_store_cancel removed the operation before it was written. With any other outcome the cancel came too
   late.
   */
  LANEWAY_OUTCOME_CANCELLED = 17,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum laneway_outcome_t laneway_outcome_t;
#else
typedef uint32_t laneway_outcome_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 How severe a log record is; as a threshold, each level includes those above it.
 */
enum laneway_log_level_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /*
   Nothing is kept.
   */
  LANEWAY_LEVEL_OFF = 0,
  /*
   Something failed that should be looked into.
   */
  LANEWAY_LEVEL_ERROR = 1,
  /*
   Something unusual that the library copes with.
   */
  LANEWAY_LEVEL_WARN = 2,
  /*
   What the library does.
   */
  LANEWAY_LEVEL_INFO = 3,
  /*
   What it does in detail.
   */
  LANEWAY_LEVEL_DEBUG = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum laneway_log_level_t laneway_log_level_t;
#else
typedef uint32_t laneway_log_level_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 Which texts of a document stand for other values, and are brought into the form that is stored before anything is
 extracted. Where they are is in the plugins' manifests. A part of an identity that would be coerced, and is not, makes
 the document LANEWAY_OUTCOME_INVALID_DOCUMENT: it would be a second one beside that in the other form.
 */
enum laneway_coercion_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /*
   None.
   */
  LANEWAY_COERCION_NOTHING = 0,
  /*
   Dates with slashes (`2/9/2018` becomes `2018-02-09`), and date-times, which become UTC.
   */
  LANEWAY_COERCION_DATES = 1,
  /*
   Those, and texts that stand for numbers and booleans.
   */
  LANEWAY_COERCION_ALL = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum laneway_coercion_t laneway_coercion_t;
#else
typedef uint32_t laneway_coercion_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 How a flush's transaction is isolated from those of other sessions. Outcomes and store are those of a serial run with either,
 as long as all that write to the store take Laneway's locks.
 */
enum laneway_isolation_t
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /*
   Each statement sees what was committed before it began.
   */
  LANEWAY_ISOLATION_READ_COMMITTED = 0,
  /*
   All statements see what was committed before the first of them; what another session has changed since makes the flush
   begin again. Refused behind a pooler that gives each transaction another connection.
   */
  LANEWAY_ISOLATION_REPEATABLE_READ = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum laneway_isolation_t laneway_isolation_t;
#else
typedef uint32_t laneway_isolation_t;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/*
 What a runtime is started with. Fill it with laneway_runtime_options_default, then change what you like.
 */
typedef struct laneway_runtime_options_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   How many threads move data between stores and databases, at least 1.
   */
  uint32_t worker_threads;
  /*
   The most operations and checkpoints accepted and not taken from the queue, over all stores: what a caller that
   takes nothing out can make the library hold.
   */
  uint64_t outstanding_max;
  /*
   The most log records kept; the oldest go first, and are counted.
   */
  uint32_t log_records_max;
  /*
   A laneway_log_level_t: what is kept at all.
   */
  uint32_t log_level;
} laneway_runtime_options_t;

/*
 Why a call failed. It is the caller's memory; every call accepts NULL instead.
 */
typedef struct laneway_error_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   A laneway_result_t.
   */
  int32_t code;
  /*
   1: the same call may succeed later.
   */
  uint32_t retriable;
  /*
   The length of the whole message in bytes; `message` may hold only its beginning.
   */
  uint32_t message_len;
  /*
   With LANEWAY_E_QUEUE_FULL: roughly how long an operation takes that is accepted now, in milliseconds. Else 0.
   */
  uint64_t retry_after_ms;
  /*
   What happened, where, and what to do: UTF-8, ended by a NUL. Never holds a password.
   */
  uint8_t message[512];
} laneway_error_t;

/*
 A runtime: threads, one queue of completions, and the stores opened in it. 0 is none.
 */
typedef uint64_t laneway_runtime_t;

/*
 UTF-8 text or bytes of the caller's, without a NUL at the end. The library copies what it keeps before the call
 returns. `{NULL, 0}` is the empty text.
 */
typedef struct laneway_text_t {
  /*
   The first byte.
   */
  const uint8_t *ptr;
  /*
   How many bytes.
   */
  size_t len;
} laneway_text_t;

/*
 How a set of plugins is loaded, and whatever is published in it later. Fill it with laneway_plugins_options_default,
 then change what you like.
 */
typedef struct laneway_plugins_options_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   1: only components that `allow_list` names are taken. 0, the default: any.
   */
  uint32_t has_allow_list;
  /*
   Lines that begin with the SHA-256 of a component, as `sha256sum *.wasm` writes them.
   */
  struct laneway_text_t allow_list;
  /*
   Public keys as PEM, as `laneway plugin keygen` writes them. Where there are any, only folders are taken that one
   of them has signed (`laneway plugin sign`).
   */
  const struct laneway_text_t *trusted_keys;
  /*
   How many keys.
   */
  size_t trusted_keys_count;
  /*
   A folder of the caller's own, made if it is not there, where compiled code is kept, so that the next start need
   not compile it. Empty: nowhere.
   */
  struct laneway_text_t code_cache;
} laneway_plugins_options_t;

/*
 A set of plugins, which any number of stores may use. 0 is none.
 */
typedef uint64_t laneway_plugins_t;

/*
 One published set of plugins, in force or kept to be returned to.
 */
typedef struct laneway_generation_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   1: it is the one in force.
   */
  uint32_t in_force;
  /*
   Counts publishes; what laneway_plugins_roll_back takes.
   */
  uint64_t number;
  /*
   The generation whose plugins these are, where it came about by a return; else 0.
   */
  uint64_t return_to;
  /*
   When it was published, in microseconds since 1970.
   */
  uint64_t published_at_us;
  /*
   How many plugins serve something in it.
   */
  uint64_t plugins;
  /*
   How many resources are served.
   */
  uint64_t resources;
} laneway_generation_t;

/*
 The bounds of a store. Fill it with laneway_limits_default, then change what you like. A bound outside of its range
 is refused as LANEWAY_E_ARGUMENT; the range is 1 to 4,294,967,295 where none is given.
 */
typedef struct laneway_limits_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   1: operations are batched. 0, the default: each takes the single path, one transaction an operation, with the
   same outcomes. laneway_store_set_batching changes it while operations run.
   */
  uint32_t batching;
  /*
   How many lanes operations are spread over, 1 to 16. Few make larger batches; 0: as many as make the database write the
   most, which is found out while it runs.
   */
  uint32_t lanes;
  /*
   The most operations a batch carries; a cycle of references may exceed it, and upserts of one identity that are
   written as one count as one.
   */
  uint32_t batch_items_max;
  /*
   The most document bytes a batch carries, 1 to 2^40; a single larger document goes alone.
   */
  uint64_t batch_bytes_max;
  /*
   How long an idle lane waits for company before it flushes, in microseconds, 0 to 60,000,000.
   */
  uint64_t linger_us;
  /*
   The most transactions open at a time.
   */
  uint32_t flushes_concurrent_max;
  /*
   The most single-path transactions open at a time.
   */
  uint32_t single_concurrent_max;
  /*
   The most operations accepted and not settled.
   */
  uint64_t store_items_max;
  /*
   The most bytes accepted and not settled, 1 to 2^40: of documents, and of what came with them.
   */
  uint64_t store_bytes_max;
  /*
   The most operations in one lane.
   */
  uint64_t lane_items_max;
  /*
   The most operations that wait for one identity.
   */
  uint64_t identity_line_max;
  /*
   The size of the largest document in bytes, 1 to 2^40.
   */
  uint64_t document_bytes_max;
  /*
   How many threads read documents, at most 256; 0: as many as the machine has cores. Fixed when the store is
   opened.
   */
  uint32_t extract_threads;
  /*
   How often a batch is repeated after a serialization failure, deadlock or timeout before it is halved, 0 to
   1,000.
   */
  uint32_t retries_max;
  /*
   An operation whose queue is older than this takes the single path, in microseconds, up to 86,400,000,000 (a
   day); 0: never. laneway_store_set_latency_objective changes it while operations run.
   */
  uint64_t latency_objective_us;
  /*
   The most advisory locks one flush may ask for.
   */
  uint32_t locks_per_flush_max;
  /*
   How long a flush waits for a lock that another session holds before the documents that need it are set aside and
   the others written, in milliseconds, 1 to 2,147,483,647; up to 2 s where flushes take long. Fixed when the store is
   opened, as are the three below, whose range is the same.
   */
  uint32_t lock_timeout_ms;
  /*
   How long one statement of a flush may run, in milliseconds.
   */
  uint32_t statement_timeout_ms;
  /*
   How long a transaction may be idle before the server ends it, in milliseconds: the locks of a process that
   vanished are held no longer.
   */
  uint32_t idle_in_transaction_timeout_ms;
  /*
   How long the server may take to answer a phase of a flush before it counts as silent and its connection is given
   up, in milliseconds; statement_timeout_ms where that is longer.
   */
  uint32_t answer_timeout_ms;
  /*
   How long operations without a deadline wait for a database that cannot be used (restart, failover, refused
   login) before they fail, in milliseconds, 1 to 2,147,483,647. What a connection that vanished has locked is free by
   then: where it is shorter than idle_in_transaction_timeout_ms, it counts for that too.
   */
  uint32_t outage_ms_max;
  /*
   How long an operation looks again for references that are not stored before it is refused for them, in milliseconds, 0
   to 250: another server may be about to commit what they name. 0, the default: it is refused at once.
   */
  uint32_t reference_recheck_ms;
  /*
   0.
   */
  uint32_t reserved;
} laneway_limits_t;

/*
 What a store is opened with. Fill it with laneway_store_options_default, then change what you like.
 */
typedef struct laneway_store_options_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   The most connections that flushes hold at a time. 0, the default: as many as flushes may run at a time, which is
   flushes_concurrent_max + single_concurrent_max + 1; fewer than that are refused, here and when limits are changed. A
   server that grants fewer is no error: then fewer flushes run.
   */
  uint32_t connections_max;
  /*
   The database: a URL (`postgres://user:password@host:port/database`), libpq's `key=value` form, or Npgsql's
   `Word=value;…` (docs/connection.md of the source has every word).
   */
  struct laneway_text_t database;
  /*
   The plugins that extract; 0: none, for stores whose callers hand extractions over.
   */
  laneway_plugins_t plugins;
  /*
   The bounds; NULL: the defaults.
   */
  const struct laneway_limits_t *limits;
  /*
   A laneway_coercion_t: which texts of a document are coerced before it is extracted and stored.
   LANEWAY_COERCION_NOTHING, the default, is for callers that have done so themselves. Operations that come with an
   extraction are taken as they are.
   */
  uint32_t coercion;
  /*
   A laneway_isolation_t: how flushes are isolated from other sessions. LANEWAY_ISOLATION_READ_COMMITTED is the default.
   */
  uint32_t isolation;
} laneway_store_options_t;

/*
 A store of a runtime. 0 is none.
 */
typedef uint64_t laneway_store_t;

/*
 What a store has done since it was opened, and what it holds now. Zero it, set its size and, where counts by outcome
 or by reason are wanted, its arrays. Counters never decrease.
 */
typedef struct laneway_stats_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   Always 0.
   */
  uint32_t reserved;
  /*
   Operations accepted.
   */
  uint64_t accepted;
  /*
   Operations accepted and not completed.
   */
  uint64_t pending;
  /*
   The caller's array for the operations completed, by outcome: index 0 is LANEWAY_OUTCOME_INSERTED, and so on.
   Later versions may know more outcomes: what has no room in the array is not written, what the library does not
   know is not touched.
   */
  uint64_t *outcomes;
  /*
   How many counters `outcomes` has room for, set by the caller; 0: it may be NULL.
   */
  size_t outcomes_capacity;
  /*
   How many outcomes the library counts.
   */
  size_t outcomes_len;
  /*
   The caller's array for the flushes started, by reason: idle, items, bytes, linger, cycle, checkpoint, drain,
   single. Later versions may know more, as of outcomes.
   */
  uint64_t *flush_reasons;
  /*
   How many counters `flush_reasons` has room for, set by the caller; 0: it may be NULL.
   */
  size_t flush_reasons_capacity;
  /*
   How many reasons the library counts.
   */
  size_t flush_reasons_len;
  /*
   Operations carried by those flushes; one that is flushed again counts again.
   */
  uint64_t batch_operations;
  /*
   Transactions begun.
   */
  uint64_t transactions;
  /*
   Transactions repeated after a failure.
   */
  uint64_t retries;
  /*
   Times that a flush waited for the server.
   */
  uint64_t round_trips;
  /*
   Operations that took the single path although batching was on.
   */
  uint64_t singles;
  /*
   Flushes whose connection was lost.
   */
  uint64_t flushes_lost;
  /*
   Operations that waited for an earlier one with the same identity.
   */
  uint64_t awaiting_identity;
  /*
   Operations that waited for one that they refer to.
   */
  uint64_t awaiting_references;
  /*
   The sum of the times from acceptance to completion, in microseconds.
   */
  uint64_t latency_sum_us;
  /*
   What half of those times do not exceed, in microseconds, rounded up by an eighth at most.
   */
  uint64_t latency_p50_us;
  /*
   What 95 % of them do not exceed.
   */
  uint64_t latency_p95_us;
  /*
   What 99 % of them do not exceed.
   */
  uint64_t latency_p99_us;
  /*
   Of the operations that failed, those whose document is at fault: the database refuses the data, and nothing is
   wrong with the database.
   */
  uint64_t documents_at_fault;
  /*
   How long the oldest of the operations accepted and not completed has been so, in microseconds; 0: there is none.
   */
  uint64_t oldest_pending_us;
  /*
   The caller's buffer for what flushes wait for now, other than their turn, as UTF-8: "waits for a lock on dms.document
   held by pid 12, application 'psql', role 'admin', for 31 s", or for a synchronous standby, or for the database itself,
   with the reason that it cannot be used. Never a password. What has no room is cut off between two characters.
   */
  uint8_t *wait;
  /*
   How many bytes `wait` has room for, set by the caller; 0: it may be NULL.
   */
  size_t wait_capacity;
  /*
   How many bytes the text has, whatever there is room for; 0: nothing is known to be waited for.
   */
  size_t wait_len;
} laneway_stats_t;

/*
 One authorization strategy with the caller's claims.
 */
typedef struct laneway_strategy_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   0: one of these strategies must allow. 1: each of these must.
   */
  uint32_t operator_and;
  /*
   The strategy's name, such as `RelationshipsWithEdOrgsOnly`.
   */
  struct laneway_text_t name;
  /*
   The caller's claims: education organization ids or namespace prefixes.
   */
  const struct laneway_text_t *filters;
  /*
   How many filters.
   */
  size_t filters_count;
} laneway_strategy_t;

/*
 One upsert. A plugin extracts what is stored beside the document, unless the caller hands an extraction over.
 */
typedef struct laneway_operation_t {
  /*
   The size of this struct, set by the caller.
   */
  uint32_t struct_size;
  /*
   1: `strategies` decide whether the operation is allowed. 0: the host has decided already.
   */
  uint32_t authorize;
  /*
   The caller's own number for the operation, which its completion carries; no two unsettled ones of a store
   should have the same.
   */
  uint64_t token;
  /*
   The project's name in URLs, such as `ed-fi`; matched without case.
   */
  struct laneway_text_t project;
  /*
   The resource's name in URLs, such as `students`; matched without case.
   */
  struct laneway_text_t endpoint;
  /*
   The document: a JSON object in UTF-8, with or without a byte order mark, which is not kept.
   */
  struct laneway_text_t document;
  /*
   The id that the document gets if it is new, in the order of its text (RFC 9562); all zero: one is made.
   */
  uint8_t document_uuid[16];
  /*
   The caller's trace id, stored with the document: at most 128 characters, or the operation is refused as
   LANEWAY_E_ARGUMENT.
   */
  struct laneway_text_t trace_id;
  /*
   When the caller gives up, in microseconds from now: what is not being written by then completes as
   LANEWAY_OUTCOME_DEADLINE. 0: never.
   */
  uint64_t timeout_us;
  /*
   The caller's strategies, with `authorize`.
   */
  const struct laneway_strategy_t *strategies;
  /*
   How many strategies.
   */
  size_t strategies_count;
  /*
   The document's extraction, where the caller has it: a JSON object in UTF-8, in the form that `laneway extract`
   prints (docs/extraction.md of the source describes every field). Empty: a plugin extracts. Since 1.1.
   */
  struct laneway_text_t extraction;
} laneway_operation_t;

/*
 One record of the queue. Fields that its kind does not name are zero.
 */
typedef struct laneway_completion_t {
  /*
   The size that was written.
   */
  uint32_t struct_size;
  /*
   A laneway_completion_kind_t; skip those that you do not know.
   */
  uint32_t kind;
  /*
   The store; 0 when it concerns the whole runtime.
   */
  uint64_t store;
  /*
   Operation, checkpoint: the caller's token.
   */
  uint64_t token;
  /*
   Operation: a laneway_outcome_t.
   */
  uint32_t outcome;
  /*
   Operation: 1 when the same operation may succeed if it is handed over again.
   */
  uint32_t retriable;
  /*
   Operation: the stored document's id (inserted, updated), in the order of its text.
   */
  uint8_t document_uuid[16];
  /*
   Operation: the database's SQLSTATE, ended by a NUL; empty when it was not the database.
   */
  uint8_t sqlstate[8];
  /*
   Operation: its number in the order of acceptance, from 1; 0: it was refused before it had one.
   */
  uint64_t operation_id;
  /*
   Operation: the number of its last flush in the order of flushes; 0: none.
   */
  uint64_t flush_sequence;
  /*
   Operation: its position in that flush.
   */
  uint32_t flush_position;
  /*
   Operation: how many operations the transaction carried.
   */
  uint32_t batch_size;
  /*
   Operation: how many transactions were begun for it.
   */
  uint32_t attempts;
  /*
   Operation: 1 when it failed because of its document alone: the database refuses the data, and nothing is wrong with
   the database. As HTTP status 400 is right then, not 500.
   */
  uint32_t document_at_fault;
  /*
   Operation: from acceptance to its first flush, in microseconds.
   */
  uint64_t queued_us;
  /*
   Operation: from acceptance to its end, in microseconds.
   */
  uint64_t elapsed_us;
  /*
   Operation: where its details begin in the buffer that was given for them.
   */
  uint64_t detail_offset;
  /*
   Operation: how long its details are; 0: none.
   */
  uint64_t detail_len;
} laneway_completion_t;

/*
 One log record. Its texts stand one behind another in the buffer that was given for them, from `text_offset` on:
 target, message, fields.
 */
typedef struct laneway_log_t {
  /*
   The size that was written.
   */
  uint32_t struct_size;
  /*
   A laneway_log_level_t.
   */
  uint32_t level;
  /*
   When, in microseconds since 1970 (UTC).
   */
  uint64_t timestamp_us;
  /*
   Where the texts begin.
   */
  uint64_t text_offset;
  /*
   The length of the target: the part of the library that logged it.
   */
  uint32_t target_len;
  /*
   The length of the message.
   */
  uint32_t message_len;
  /*
   The length of the fields, a JSON object of texts.
   */
  uint32_t fields_len;
  /*
   Always 0.
   */
  uint32_t reserved;
} laneway_log_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of the ABI that the library implements; compare its upper half with LANEWAY_ABI_VERSION's.
 Safe to call from several threads; cannot fail.
 */
uint32_t laneway_abi_version(void);

/*
 A hash of the names, offsets and sizes of all fields of all structs. A generated binding knows the one that it was
 generated from, and refuses a library that has another. Safe to call from several threads; cannot fail.
 */
uint64_t laneway_layout_hash(void);

/*
 The library's version and target, for messages: a text that lives as long as the library.
 Safe to call from several threads; cannot fail.
 */
const char *laneway_build_info(void);

/*
 Writes the defaults into `options`, as far as its `struct_size` goes.
 Safe to call from several threads.
 */
laneway_result_t laneway_runtime_options_default(struct laneway_runtime_options_t *options,
                                                 struct laneway_error_t *error);

/*
 Starts a runtime and writes its handle to `runtime`. `options` NULL: the defaults. It lives until
 laneway_runtime_close and, after LANEWAY_KIND_RUNTIME_CLOSED, laneway_runtime_destroy.
 Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_SYSTEM (no threads, or too many runtimes). Then `runtime` is 0.
 Safe to call from several threads.
 */
laneway_result_t laneway_runtime_create(const struct laneway_runtime_options_t *options,
                                        laneway_runtime_t *runtime,
                                        struct laneway_error_t *error);

/*
 Begins to close the runtime and all its stores, each as laneway_store_close does; no store can be opened any more.
 Returns at once; LANEWAY_KIND_RUNTIME_CLOSED follows when everything has completed, as the last record of the queue.
 May be called again, with another timeout.
 Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_runtime_close(laneway_runtime_t runtime, uint32_t timeout_ms, struct laneway_error_t *error);

/*
 Destroys a closed runtime: its handle, those of its stores, its threads, and its descriptor. Blocks for a second at
 most, for threads that have nothing left to do. Waiters for records return with LANEWAY_E_CLOSED. A second destroy
 does nothing.
 Fails with LANEWAY_E_BUSY before LANEWAY_KIND_RUNTIME_CLOSED; LANEWAY_E_HANDLE.
 Safe to call from several threads: one of them destroys.
 */
laneway_result_t laneway_runtime_destroy(laneway_runtime_t runtime, struct laneway_error_t *error);

/*
 Lets go of a runtime in any state, for finalizers: takes its handle and its stores' away, closes it as with timeout
 0, and leaves it to end by itself. The outcomes of its operations are lost. Never blocks. A second call does
 nothing.
 Fails with LANEWAY_E_HANDLE.
 Safe to call from several threads.
 */
laneway_result_t laneway_runtime_abandon(laneway_runtime_t runtime, struct laneway_error_t *error);

/*
 Writes the defaults into `options`, as far as its `struct_size` goes.
 Safe to call from several threads.
 */
laneway_result_t laneway_plugins_options_default(struct laneway_plugins_options_t *options,
                                                 struct laneway_error_t *error);

/*
 Loads components that are in memory and writes the set's handle to `plugins`: `names` and `components` have `count`
 elements each. Where two claim a resource, the later one has it. `options` NULL: the defaults; they hold for what is
 published in the set too.
 Fails with LANEWAY_E_PLUGIN, which names the first component that cannot be used; LANEWAY_E_ARGUMENT where an option
 cannot be used, such as a folder for compiled code that is open to others; LANEWAY_E_ABI; LANEWAY_E_SYSTEM (too many
 sets, or no thread or memory for one). Then `plugins` is 0, and nothing is loaded.
 Safe to call from several threads. Blocks while it compiles, which takes seconds.
 */
laneway_result_t laneway_plugins_load(const struct laneway_text_t *names,
                                      const struct laneway_text_t *components,
                                      size_t count,
                                      const struct laneway_plugins_options_t *options,
                                      laneway_plugins_t *plugins,
                                      struct laneway_error_t *error);

/*
 As laneway_plugins_load, from a folder that `laneway plugin compile` wrote. A folder that is not whole is refused.
 */
laneway_result_t laneway_plugins_load_folder(struct laneway_text_t folder,
                                             const struct laneway_plugins_options_t *options,
                                             laneway_plugins_t *plugins,
                                             struct laneway_error_t *error);

/*
 As laneway_plugins_load, from ApiSchema files that are in memory, the core's and its extensions' together: `names`
 (for messages) and `schemas` have `count` elements each.
 */
laneway_result_t laneway_plugins_load_schemas(const struct laneway_text_t *names,
                                              const struct laneway_text_t *schemas,
                                              size_t count,
                                              const struct laneway_plugins_options_t *options,
                                              laneway_plugins_t *plugins,
                                              struct laneway_error_t *error);

/*
 Replaces plugins while operations run, and writes the new generation's number to `generation`: every resource that
 the components claim goes to them, all at once; operations accepted before end with the plugins of their time. One
 publish of a set runs at a time.
 Fails with LANEWAY_E_PLUGIN, which names the first component that cannot be used; LANEWAY_E_ARGUMENT;
 LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed); LANEWAY_E_SYSTEM (no memory). Then `generation` is 0, and nothing has
 changed.
 Safe to call from several threads. Blocks while it compiles, which takes seconds, and while another publish runs.
 */
laneway_result_t laneway_plugins_publish(laneway_plugins_t plugins,
                                         const struct laneway_text_t *names,
                                         const struct laneway_text_t *components,
                                         size_t count,
                                         uint64_t *generation,
                                         struct laneway_error_t *error);

/*
 As laneway_plugins_publish, from a folder that `laneway plugin compile` wrote.
 */
laneway_result_t laneway_plugins_publish_folder(laneway_plugins_t plugins,
                                                struct laneway_text_t folder,
                                                uint64_t *generation,
                                                struct laneway_error_t *error);

/*
 Watches a folder, which may not be there yet, until laneway_plugins_unwatch or laneway_plugins_destroy: whenever its
 `plugins.json` names a new set, the set is read whole, checked, and published as all there is; resources that it
 does not have are not served any more. Writers put the components into the folder first and rename `plugins.json`
 into it last, as `laneway plugin compile` does. What laneway_plugins_load_folder read there is not published again.
 The folder is also looked at every `poll_interval_ms`, for systems that do not report changes; 0: every two seconds.
 The results are written to `runtime`'s log. A set has one watch: another call ends the one before.
 Fails with LANEWAY_E_SYSTEM (no thread); LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads. Blocks while a publish of the watch before runs.
 */
laneway_result_t laneway_plugins_watch(laneway_plugins_t plugins,
                                       laneway_runtime_t runtime,
                                       struct laneway_text_t folder,
                                       uint32_t poll_interval_ms,
                                       struct laneway_error_t *error);

/*
 Ends the watch of a set; after it nothing more is published. A second call does nothing.
 Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads. Blocks while a publish of the watch runs, which may take seconds.
 */
laneway_result_t laneway_plugins_unwatch(laneway_plugins_t plugins, struct laneway_error_t *error);

/*
 Returns to a generation that is kept (laneway_plugins_list_generations lists them): its plugins are in force again,
 all at once and without compiling, as a new generation whose number is written to `new_generation`. Operations
 accepted before end with the plugins of their time.
 Fails with LANEWAY_E_PLUGIN when it is not kept any more, and names those that are; LANEWAY_E_HANDLE;
 LANEWAY_E_CLOSED (destroyed). Then `new_generation` is 0, and nothing has changed.
 Safe to call from several threads. Blocks while a publish runs.
 */
laneway_result_t laneway_plugins_roll_back(laneway_plugins_t plugins,
                                           uint64_t generation,
                                           uint64_t *new_generation,
                                           struct laneway_error_t *error);

/*
 Writes the generations that can be returned to, the oldest first and the one in force last, to `generations` (room
 for `count`, each of `elem_size` = sizeof(laneway_generation_t)), and how many there are to `needed`.
 Fails with LANEWAY_E_BUFFER_TOO_SMALL when there is room for fewer (then only `needed` is written);
 LANEWAY_E_ARGUMENT; LANEWAY_E_ABI; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_plugins_list_generations(laneway_plugins_t plugins,
                                                  struct laneway_generation_t *generations,
                                                  size_t count,
                                                  size_t elem_size,
                                                  size_t *needed,
                                                  struct laneway_error_t *error);

/*
 Writes the number of the published generation to `generation`.
 Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_plugins_get_generation(laneway_plugins_t plugins,
                                                uint64_t *generation,
                                                struct laneway_error_t *error);

/*
 Writes the resources that are served, as lines `project/endpoint` in order, ended by a NUL, into `buffer` of `size`
 bytes, and the bytes needed to `needed`.
 Fails with LANEWAY_E_BUFFER_TOO_SMALL (then only `needed` is written); LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE;
 LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_plugins_list_resources(laneway_plugins_t plugins,
                                                uint8_t *buffer,
                                                size_t size,
                                                size_t *needed,
                                                struct laneway_error_t *error);

/*
 Destroys a set's handle and ends its watch; stores that use the set keep it. A second destroy does nothing.
 Fails with LANEWAY_E_HANDLE.
 Safe to call from several threads. Never blocks.
 */
laneway_result_t laneway_plugins_destroy(laneway_plugins_t plugins, struct laneway_error_t *error);

/*
 Writes the defaults into `options`, as far as its `struct_size` goes.
 Safe to call from several threads.
 */
laneway_result_t laneway_store_options_default(struct laneway_store_options_t *options, struct laneway_error_t *error);

/*
 Writes the defaults into `limits`, as far as its `struct_size` goes.
 Safe to call from several threads.
 */
laneway_result_t laneway_limits_default(struct laneway_limits_t *limits, struct laneway_error_t *error);

/*
 Checks options as laneway_store_open does, but connects to nothing: the database's connection string, the bounds,
 and the files that the string names.
 Fails with LANEWAY_E_ARGUMENT; the message shows no password.
 Safe to call from several threads.
 */
laneway_result_t laneway_store_options_check(const struct laneway_store_options_t *options,
                                             struct laneway_error_t *error);

/*
 Makes the database a store if it is none: builds its tables, or completes them. Of `options` only the database
 counts.
 Fails with LANEWAY_E_DATABASE; LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (the runtime is closing; the
 database is then as it was).
 Safe to call from several threads. Blocks while the server works; laneway_runtime_close ends it at once.
 */
laneway_result_t laneway_store_deploy(laneway_runtime_t runtime,
                                      const struct laneway_store_options_t *options,
                                      struct laneway_error_t *error);

/*
 Opens a store and writes its handle to `store`: connects, checks tables and rights, starts its threads. It lives
 until laneway_store_close and, after LANEWAY_KIND_STORE_CLOSED, laneway_store_destroy. What happens to one store
 does not touch another.
 Fails with LANEWAY_E_DATABASE; LANEWAY_E_ARGUMENT; LANEWAY_E_CLOSED (the runtime is closing); LANEWAY_E_HANDLE (of
 the runtime, or of `plugins`); LANEWAY_E_SYSTEM (no threads, or too many stores). Then `store` is 0, and nothing is
 left behind.
 Safe to call from several threads. Blocks while the server works, up to `connect_timeout` (10 seconds unless the
 address sets it) for each address of each server until one answers; laneway_runtime_close ends it at once.
 */
laneway_result_t laneway_store_open(laneway_runtime_t runtime,
                                    const struct laneway_store_options_t *options,
                                    laneway_store_t *store,
                                    struct laneway_error_t *error);

/*
 Opens an echo and writes its handle to `store`: no database, no plugins. The endpoint of an operation names its
 outcome in lower case (`inserted`, `invalid_references`, …; `inserted` where it names none), and it completes at
 once. The bounds of items and bytes hold; `limits` NULL: the defaults. For testing and measuring callers.
 Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_CLOSED (the runtime is closing); LANEWAY_E_HANDLE; LANEWAY_E_SYSTEM (too
 many stores). Then `store` is 0.
 Safe to call from several threads.
 */
laneway_result_t laneway_store_open_echo(laneway_runtime_t runtime,
                                         const struct laneway_limits_t *limits,
                                         laneway_store_t *store,
                                         struct laneway_error_t *error);

/*
 Makes an echo hold operations (`held` 1) or let go of those it holds (0). Those held can be cancelled, pass their
 deadlines, and fill the queue.
 Fails with LANEWAY_E_UNSUPPORTED for another store; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_store_hold_echo(laneway_store_t store, uint32_t held, struct laneway_error_t *error);

/*
 Changes the bounds of a store while operations run, `batching` among them; those that are fixed when the store is
 opened stay. `limits` NULL: the defaults. A bound below what is in the store already holds once enough has
 completed.
 Fails with LANEWAY_E_ARGUMENT (then no bound has changed; also where more flushes would be allowed at a time than the
 connections_max that the store was opened with); LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_store_set_limits(laneway_store_t store,
                                          const struct laneway_limits_t *limits,
                                          struct laneway_error_t *error);

/*
 Writes the bounds of a store that are in force into `limits`, as far as its `struct_size` goes.
 Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_store_get_limits(laneway_store_t store,
                                          struct laneway_limits_t *limits,
                                          struct laneway_error_t *error);

/*
 Switches batching on (`batching` 1) or off (0) while operations run; other bounds stay. Off, which is how a store
 begins unless its limits say otherwise, each operation is a transaction of its own, with the same outcomes. What is
 being written when it is switched ends as it began.
 Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_store_set_batching(laneway_store_t store, uint32_t batching, struct laneway_error_t *error);

/*
 Sets the latency objective, in microseconds, while operations run; other bounds stay. An operation whose queue is
 older takes the single path, with the same outcome; laneway_stats_t.flush_reasons counts them. 0: there is none.
 Fails with LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_store_set_latency_objective(laneway_store_t store,
                                                     uint64_t objective_us,
                                                     struct laneway_error_t *error);

/*
 Writes what the store has counted, and what it waits for, into `stats`, as far as its `struct_size` goes, and into its
 arrays and its buffer. The counts
 are read one by one, so that two may differ by what happened in between; `pending` is never below 0.
 Fails with LANEWAY_E_ARGUMENT (an array or the buffer is NULL and has a capacity); LANEWAY_E_ABI; LANEWAY_E_HANDLE;
 LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_store_get_stats(laneway_store_t store,
                                         struct laneway_stats_t *stats,
                                         struct laneway_error_t *error);

/*
 Writes what the tables of the store's database are, in words for a log, ended by a NUL, into `buffer` of `size` bytes,
 and the bytes needed to `needed`.
 Fails with LANEWAY_E_BUFFER_TOO_SMALL (then only `needed` is written); LANEWAY_E_ARGUMENT; LANEWAY_E_HANDLE;
 LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads.
 */
laneway_result_t laneway_store_get_layout(laneway_store_t store,
                                          uint8_t *buffer,
                                          size_t size,
                                          size_t *needed,
                                          struct laneway_error_t *error);

/*
 Begins to close a store: nothing more is accepted, what was accepted goes on until `timeout_ms` has passed (0: not
 at all), and what is left then completes as LANEWAY_OUTCOME_CLOSED, or as LANEWAY_OUTCOME_IN_DOUBT where its
 transaction does not return within five seconds more. Returns at once; LANEWAY_KIND_STORE_CLOSED follows, after the
 last completion. May be called again, with another timeout; one of 0 ends the wait.
 Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads. Never blocks.
 */
laneway_result_t laneway_store_close(laneway_store_t store, uint32_t timeout_ms, struct laneway_error_t *error);

/*
 Destroys a closed store's handle. A second destroy does nothing.
 Fails with LANEWAY_E_BUSY before LANEWAY_KIND_STORE_CLOSED; LANEWAY_E_HANDLE.
 Safe to call from several threads. Never blocks.
 */
laneway_result_t laneway_store_destroy(laneway_store_t store, struct laneway_error_t *error);

/*
 Submits operations, in order, and writes to `accepted` how many were accepted. The first that is not ends the call,
 whose code and message explain it; those after it were not looked at. `elem_size` is sizeof(laneway_operation_t).
 Everything is copied before the call returns. Each accepted operation completes exactly once, by a
 LANEWAY_KIND_OPERATION, perhaps before this call returns. An unknown resource and a document that is too large are
 accepted, and complete as that.
 Fails with LANEWAY_E_QUEUE_FULL (a LANEWAY_KIND_ROOM follows); LANEWAY_E_CLOSED; LANEWAY_E_ARGUMENT (which names the
 field); LANEWAY_E_ABI; LANEWAY_E_HANDLE.
 Safe to call from several threads. Never blocks.
 */
laneway_result_t laneway_store_submit(laneway_store_t store,
                                      const struct laneway_operation_t *operations,
                                      size_t count,
                                      size_t elem_size,
                                      size_t *accepted,
                                      struct laneway_error_t *error);

/*
 Takes an operation back if it is not being written yet. Returns at once; the operation's completion is the answer:
 LANEWAY_OUTCOME_CANCELLED means that it was removed and never written, any other outcome that the cancel came too
 late. A token that no unsettled operation of the store has is no failure: its completion is on its way, or was
 taken.
 Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads. Never blocks.
 */
laneway_result_t laneway_store_cancel(laneway_store_t store, uint64_t token, struct laneway_error_t *error);

/*
 Asks for a LANEWAY_KIND_CHECKPOINT with `token` once everything that the store accepted before this call has
 completed, whatever comes later. Lanes do not linger until then. Returns at once.
 Fails with LANEWAY_E_QUEUE_FULL (too many records wait to be taken); LANEWAY_E_CLOSED; LANEWAY_E_HANDLE.
 Safe to call from several threads. Never blocks.
 */
laneway_result_t laneway_store_checkpoint(laneway_store_t store, uint64_t token, struct laneway_error_t *error);

/*
 Waits for records and moves as many as fit to `records` (room for `count`, each of `elem_size` =
 sizeof(laneway_completion_t)) and their details to `details` (room for `details_size` bytes; may be NULL with 0).
 `timeout_ms` negative: without end; 0: not at all. Writes to `taken` how many records there are: 0 after a timeout
 or a laneway_completions_wake.
 Fails with LANEWAY_E_BUFFER_TOO_SMALL when not even the first record's details fit (`details_needed`, may be NULL,
 gets what they need; nothing is lost); LANEWAY_E_CLOSED when no record will come any more; LANEWAY_E_ARGUMENT;
 LANEWAY_E_ABI; LANEWAY_E_HANDLE.
 Safe to call from several threads: each record goes to one of them. Blocks for `timeout_ms`.
 */
laneway_result_t laneway_completions_wait(laneway_runtime_t runtime,
                                          struct laneway_completion_t *records,
                                          size_t count,
                                          size_t elem_size,
                                          uint8_t *details,
                                          size_t details_size,
                                          int64_t timeout_ms,
                                          size_t *taken,
                                          size_t *details_needed,
                                          struct laneway_error_t *error);

/*
 Makes one laneway_completions_wait, the next if none waits, return without a record.
 Fails with LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads. Never blocks.
 */
laneway_result_t laneway_completions_wake(laneway_runtime_t runtime, struct laneway_error_t *error);

/*
 Writes to `descriptor` an eventfd that is readable while there are records, for poll and its like: do not read it,
 write it, or close it; it is the runtime's, until laneway_runtime_destroy. The same one each time.
 Fails with LANEWAY_E_UNSUPPORTED where there are no eventfds (other systems than Linux, or none left);
 LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed). Then `descriptor` is -1.
 Safe to call from several threads.
 */
laneway_result_t laneway_completions_get_descriptor(laneway_runtime_t runtime,
                                                    int32_t *descriptor,
                                                    struct laneway_error_t *error);

/*
 Moves log records, the oldest first, to `records` (room for `count`, each of `elem_size` = sizeof(laneway_log_t))
 and their texts to `texts` (room for `texts_size` bytes). Writes to `taken` how many there are, and adds to
 `dropped` how many were lost since the last call because none was read in time. LANEWAY_KIND_LOGS announces that
 there are some. Long texts are cut, with a mark at their end: a record's texts fit into 32 KiB.
 Fails with LANEWAY_E_BUFFER_TOO_SMALL when not even the first record's texts fit (`texts_needed`, may be NULL, gets
 what they need; nothing is lost); LANEWAY_E_ARGUMENT; LANEWAY_E_ABI; LANEWAY_E_HANDLE; LANEWAY_E_CLOSED (destroyed).
 Safe to call from several threads. Never blocks.
 */
laneway_result_t laneway_logs_read(laneway_runtime_t runtime,
                                   struct laneway_log_t *records,
                                   size_t count,
                                   size_t elem_size,
                                   uint8_t *texts,
                                   size_t texts_size,
                                   size_t *taken,
                                   uint64_t *dropped,
                                   size_t *texts_needed,
                                   struct laneway_error_t *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LANEWAY_H */
