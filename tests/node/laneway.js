// The smallest binding of the C ABI by koffi: what every binding needs, and no more.

"use strict";

const koffi = require("koffi");

const ABI_MAJOR = 1;
const E_QUEUE_FULL = -4;
const E_BUFFER_TOO_SMALL = -5;
const KIND = { operation: 1, room: 3, storeClosed: 4, runtimeClosed: 5 };
const OUTCOMES = [
  "inserted", "updated", "invalid_descriptors", "invalid_document", "unknown_resource", "too_large", "invalid_references",
  "identity_conflict", "write_conflict", "not_authorized", "failed", "plugin_failed", "in_doubt", "queue_full", "closed",
  "deadline", "cancelled",
];
const RECORDS = 256;
const CLOSE_MS = 30_000;

const Text = koffi.struct("laneway_text_t", { ptr: "const uint8_t *", len: "size_t" });
const ErrorStruct = koffi.struct("laneway_error_t", {
  struct_size: "uint32_t", code: "int32_t", retriable: "uint32_t", message_len: "uint32_t", retry_after_ms: "uint64_t",
  message: koffi.array("uint8_t", 512, "Typed"),
});
const StoreOptions = koffi.struct("laneway_store_options_t", {
  struct_size: "uint32_t", connections_max: "uint32_t", database: Text, plugins: "uint64_t", limits: "void *",
  coercion: "uint32_t",
});
const Operation = koffi.struct("laneway_operation_t", {
  struct_size: "uint32_t", authorize: "uint32_t", token: "uint64_t", project: Text, endpoint: Text, document: Text,
  document_uuid: koffi.array("uint8_t", 16, "Typed"), trace_id: Text, timeout_us: "uint64_t", strategies: "void *",
  strategies_count: "size_t", extraction: Text,
});
const Completion = koffi.struct("laneway_completion_t", {
  struct_size: "uint32_t", kind: "uint32_t", store: "uint64_t", token: "uint64_t", outcome: "uint32_t",
  retriable: "uint32_t", document_uuid: koffi.array("uint8_t", 16, "Typed"), sqlstate: koffi.array("uint8_t", 8, "Typed"),
  operation_id: "uint64_t", flush_sequence: "uint64_t", flush_position: "uint32_t", batch_size: "uint32_t",
  attempts: "uint32_t", document_at_fault: "uint32_t", queued_us: "uint64_t", elapsed_us: "uint64_t",
  detail_offset: "uint64_t", detail_len: "uint64_t",
});

// What each function takes before its `laneway_error_t *`.
const SIGNATURES = {
  runtime_create: "const void *options, _Out_ uint64_t *runtime",
  runtime_close: "uint64_t runtime, uint32_t timeout_ms",
  runtime_destroy: "uint64_t runtime",
  plugins_load_schemas:
    "const laneway_text_t *names, const laneway_text_t *schemas, size_t count, const void *options, _Out_ uint64_t *plugins",
  plugins_destroy: "uint64_t plugins",
  store_options_default: "_Inout_ laneway_store_options_t *options",
  store_deploy: "uint64_t runtime, const laneway_store_options_t *options",
  store_open: "uint64_t runtime, const laneway_store_options_t *options, _Out_ uint64_t *store",
  store_open_echo: "uint64_t runtime, const void *limits, _Out_ uint64_t *store",
  store_set_batching: "uint64_t store, uint32_t batching",
  store_close: "uint64_t store, uint32_t timeout_ms",
  store_destroy: "uint64_t store",
  store_submit:
    "uint64_t store, const laneway_operation_t *operations, size_t count, size_t elem_size, _Out_ size_t *accepted",
  store_cancel: "uint64_t store, uint64_t token",
  store_hold_echo: "uint64_t store, uint32_t held",
  completions_wait:
    "uint64_t runtime, void *records, size_t count, size_t elem_size, void *details, size_t details_size, " +
    "int64_t timeout_ms, _Out_ size_t *taken, _Out_ size_t *details_needed",
};

// Handles and tokens fit into a number or are a BigInt, as koffi gives them; as keys they are texts.
const key = (handle) => String(handle);

class LanewayError extends Error {
  constructor(error) {
    const length = Math.min(error.message_len, error.message.length - 1);
    super(Buffer.from(error.message.subarray(0, length)).toString());
    this.code = error.code;
    this.retriable = error.retriable === 1;
    this.retryAfterMs = Number(error.retry_after_ms);
  }
}

function text(value) {
  const bytes = Buffer.from(value);
  return { ptr: bytes.length ? bytes : null, len: bytes.length };
}

// The functions, each of which throws what it returns as an error. `async` runs one that blocks on another thread.
class Library {
  constructor(path) {
    const library = koffi.load(path);
    const version = library.func("uint32_t laneway_abi_version(void)")();
    if (version >>> 16 !== ABI_MAJOR) {
      throw new Error(`${path} has version ${version >>> 16} of the ABI; this binding is for ${ABI_MAJOR}`);
    }
    for (const [name, taken] of Object.entries(SIGNATURES)) {
      const call = library.func(`int32_t laneway_${name}(${taken}, _Inout_ laneway_error_t *error)`);
      this[name] = (...given) => {
        const error = emptyError();
        if (call(...given, error) !== 0) throw new LanewayError(error);
      };
      this[name].async = (...given) =>
        new Promise((resolve, reject) => {
          const error = emptyError();
          call.async(...given, error, (failed, code) => {
            // Until here: the other thread reads the buffers, which nothing else may refer to any more.
            given.length = 0;
            if (failed) reject(failed);
            else if (code !== 0) reject(new LanewayError(error));
            else resolve();
          });
        });
    }
  }

  // Compiles ApiSchema files, as [name, content], to a set of plugins.
  async loadSchemas(schemas) {
    const plugins = [0];
    const [names, contents] = [0, 1].map((part) => schemas.map((schema) => text(schema[part])));
    await this.plugins_load_schemas.async(names, contents, schemas.length, null, plugins);
    return plugins[0];
  }
}

function emptyError() {
  return {
    struct_size: koffi.sizeof(ErrorStruct), code: 0, retriable: 0, message_len: 0, retry_after_ms: 0,
    message: new Uint8Array(512),
  };
}

// A runtime, and the one loop that takes its records and completes what they are about.
class Runtime {
  constructor(library) {
    this.library = library;
    const handle = [0];
    library.runtime_create(null, handle);
    this.handle = handle[0];
    this.stores = new Map();
    this.taking = this.takeRecords();
    // A failure of the loop is one of close.
    this.taking.catch(() => {});
  }

  async open(database, plugins) {
    const options = {
      struct_size: koffi.sizeof(StoreOptions), connections_max: 0, database: text(""), plugins: 0, limits: null, coercion: 0,
    };
    this.library.store_options_default(options);
    Object.assign(options, { database: text(database), plugins, limits: null });
    await this.library.store_deploy.async(this.handle, options);
    const handle = [0];
    await this.library.store_open.async(this.handle, options, handle);
    this.library.store_set_batching(handle[0], 1);
    return this.opened(handle[0]);
  }

  openEcho() {
    const handle = [0];
    this.library.store_open_echo(this.handle, null, handle);
    return this.opened(handle[0]);
  }

  opened(handle) {
    const store = new Store(this.library, handle);
    this.stores.set(key(handle), store);
    return store;
  }

  async close() {
    this.library.runtime_close(this.handle, CLOSE_MS);
    // The loop ends with the last record.
    await this.taking;
    await this.library.runtime_destroy.async(this.handle);
  }

  async takeRecords() {
    const size = koffi.sizeof(Completion);
    const records = Buffer.alloc(RECORDS * size);
    let details = Buffer.alloc(4096);
    for (;;) {
      const [taken, needed] = [[0], [0]];
      try {
        await this.library.completions_wait.async(
          this.handle, records, RECORDS, size, details, details.length, -1, taken, needed);
      } catch (error) {
        if (error.code !== E_BUFFER_TOO_SMALL) throw error;
        // Nothing is lost; the next call brings the record.
        details = Buffer.alloc(Number(needed[0]));
        continue;
      }
      for (let at = 0; at < Number(taken[0]); at++) {
        const record = koffi.decode(records, at * size, Completion);
        if (record.kind === KIND.runtimeClosed) return;
        this.handleRecord(record, details);
      }
    }
  }

  handleRecord(record, details) {
    const stores = Number(record.store) ? [this.stores.get(key(record.store))] : this.stores.values();
    for (const store of stores) {
      if (record.kind === KIND.operation) store.complete(record, details);
      else if (record.kind === KIND.room) store.makeRoom();
      else if (record.kind === KIND.storeClosed) store.closed();
    }
  }
}

// A store: upserts, each with a promise of its own.
class Store {
  constructor(library, handle) {
    this.library = library;
    this.handle = handle;
    this.pending = new Map();
    this.tokens = 0;
    this.isClosed = new Promise((resolve) => (this.closed = resolve));
    this.awaitRoom();
  }

  awaitRoom() {
    this.room = new Promise((resolve) => (this.roomCame = resolve));
  }

  makeRoom() {
    this.roomCame();
    this.awaitRoom();
  }

  // Submits a document; waits for room where there is none. Resolves to { token, outcome }, the outcome being a promise.
  async submit(project, endpoint, document) {
    const token = ++this.tokens;
    const operation = {
      struct_size: koffi.sizeof(Operation), authorize: 0, token, project: text(project), endpoint: text(endpoint),
      document: text(document), document_uuid: new Uint8Array(16), trace_id: text(String(token)), timeout_us: 0,
      strategies: null, strategies_count: 0, extraction: text(""),
    };
    for (;;) {
      // Records are taken on this thread, so that none comes before the promise is kept.
      const room = this.room;
      try {
        this.library.store_submit(this.handle, [operation], 1, koffi.sizeof(Operation), [0]);
        return { token, outcome: new Promise((resolve) => this.pending.set(key(token), resolve)) };
      } catch (error) {
        if (error.code !== E_QUEUE_FULL) throw error;
      }
      await room;
    }
  }

  // Submits a document and waits for its outcome.
  async upsert(project, endpoint, document) {
    return (await this.submit(project, endpoint, document)).outcome;
  }

  // The outcome says whether it came in time.
  cancel(token) {
    this.library.store_cancel(this.handle, token);
  }

  complete(record, details) {
    const resolve = this.pending.get(key(record.token));
    this.pending.delete(key(record.token));
    const [from, length] = [Number(record.detail_offset), Number(record.detail_len)];
    resolve({
      kind: OUTCOMES[record.outcome - 1] ?? `outcome ${record.outcome}`,
      documentUuid: Buffer.from(record.document_uuid),
      sqlstate: Buffer.from(record.sqlstate).toString().replace(/\0+$/, ""),
      detail: length ? JSON.parse(details.subarray(from, from + length).toString()) : null,
    });
  }

  async close() {
    this.library.store_close(this.handle, CLOSE_MS);
    await this.isClosed;
    this.library.store_destroy(this.handle);
  }
}

module.exports = { Library, Runtime, LanewayError };
