"""The smallest binding of the C ABI by ctypes: what every binding needs, and no more. Standard library only."""

import ctypes
import itertools
import json
import threading
from concurrent.futures import Future
from ctypes import POINTER, Structure, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, sizeof

ABI_MAJOR = 1
OK, E_HANDLE, E_CLOSED, E_QUEUE_FULL, E_BUFFER_TOO_SMALL = 0, -2, -3, -4, -5
OPERATION, CHECKPOINT, ROOM, STORE_CLOSED, RUNTIME_CLOSED, LOGS = range(1, 7)
OUTCOMES = (
    "inserted updated invalid_descriptors invalid_document unknown_resource too_large invalid_references "
    "identity_conflict write_conflict not_authorized failed plugin_failed in_doubt queue_full closed deadline cancelled"
).split()
RECORDS = 256
CLOSE_MS = 30_000


class Text(Structure):
    """The library copies what it keeps, so the bytes need only live as long as the call."""

    _fields_ = [("ptr", c_char_p), ("len", c_size_t)]

    def __init__(self, value=b""):
        value = value.encode() if isinstance(value, str) else value
        super().__init__(value or None, len(value))


class Sized(Structure):
    """A struct that says how large its caller knows it. A later library adds fields behind and takes this one."""

    def __init__(self, **fields):
        super().__init__(struct_size=sizeof(self), **fields)


class Error(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("code", c_int32), ("retriable", c_uint32), ("message_len", c_uint32),
        ("retry_after_ms", c_uint64), ("message", c_uint8 * 512),
    ]


class StoreOptions(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("connections_max", c_uint32), ("database", Text), ("plugins", c_uint64),
        ("limits", ctypes.c_void_p), ("coercion", c_uint32),
    ]


class Operation(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("authorize", c_uint32), ("token", c_uint64), ("project", Text), ("endpoint", Text),
        ("document", Text), ("document_uuid", c_uint8 * 16), ("trace_id", Text), ("timeout_us", c_uint64),
        ("strategies", ctypes.c_void_p), ("strategies_count", c_size_t), ("extraction", Text),
    ]


class Completion(Sized):
    _fields_ = [
        ("struct_size", c_uint32), ("kind", c_uint32), ("store", c_uint64), ("token", c_uint64), ("outcome", c_uint32),
        ("retriable", c_uint32), ("document_uuid", c_uint8 * 16), ("sqlstate", c_uint8 * 8), ("operation_id", c_uint64),
        ("flush_sequence", c_uint64), ("flush_position", c_uint32), ("batch_size", c_uint32), ("attempts", c_uint32),
        ("document_at_fault", c_uint32), ("queued_us", c_uint64), ("elapsed_us", c_uint64), ("detail_offset", c_uint64),
        ("detail_len", c_uint64),
    ]


# What each function takes before its `laneway_error_t *`.
SIGNATURES = {
    "runtime_create": [ctypes.c_void_p, POINTER(c_uint64)],
    "runtime_close": [c_uint64, c_uint32],
    "runtime_destroy": [c_uint64],
    "plugins_load_schemas": [POINTER(Text), POINTER(Text), c_size_t, ctypes.c_void_p, POINTER(c_uint64)],
    "plugins_destroy": [c_uint64],
    "store_options_default": [POINTER(StoreOptions)],
    "store_deploy": [c_uint64, POINTER(StoreOptions)],
    "store_open": [c_uint64, POINTER(StoreOptions), POINTER(c_uint64)],
    "store_open_echo": [c_uint64, ctypes.c_void_p, POINTER(c_uint64)],
    "store_set_batching": [c_uint64, c_uint32],
    "store_close": [c_uint64, c_uint32],
    "store_destroy": [c_uint64],
    "store_submit": [c_uint64, POINTER(Operation), c_size_t, c_size_t, POINTER(c_size_t)],
    "store_cancel": [c_uint64, c_uint64],
    "store_hold_echo": [c_uint64, c_uint32],
    "completions_wait": [
        c_uint64, POINTER(Completion), c_size_t, c_size_t, ctypes.c_void_p, c_size_t, c_int64, POINTER(c_size_t),
        POINTER(c_size_t),
    ],
}


class LanewayError(Exception):
    def __init__(self, error):
        message = bytes(error.message[: min(error.message_len, len(error.message) - 1)]).decode(errors="replace")
        super().__init__(message)
        self.code, self.retriable, self.retry_after_ms = error.code, bool(error.retriable), error.retry_after_ms


class Library:
    """The functions, each of which raises what it returns as an error. ctypes lets go of the GIL while one runs."""

    def __init__(self, path):
        library = ctypes.CDLL(path)
        library.laneway_abi_version.restype = c_uint32
        version = library.laneway_abi_version()
        if version >> 16 != ABI_MAJOR:
            raise RuntimeError(f"{path} has version {version >> 16} of the ABI; this binding is for {ABI_MAJOR}")
        for name, arguments in SIGNATURES.items():
            function = getattr(library, f"laneway_{name}")
            function.argtypes, function.restype = [*arguments, POINTER(Error)], c_int32
            setattr(self, name, self._raising(function))

    @staticmethod
    def _raising(function):
        def call(*arguments):
            # One for each call, as threads call at once.
            error = Error()
            if function(*arguments, byref(error)) != OK:
                raise LanewayError(error)

        return call


class Outcome:
    """How an operation ended."""

    def __init__(self, record, details):
        known = 0 < record.outcome <= len(OUTCOMES)
        self.kind = OUTCOMES[record.outcome - 1] if known else f"outcome {record.outcome}"
        self.document_uuid = bytes(record.document_uuid)
        self.sqlstate = bytes(record.sqlstate).rstrip(b"\0").decode()
        detail = details[record.detail_offset : record.detail_offset + record.detail_len]
        self.detail = json.loads(detail) if detail else None


class Runtime:
    """A runtime, and the one thread that takes its records and completes what they are about."""

    def __init__(self, library):
        self.library = library
        handle = c_uint64()
        library.runtime_create(None, byref(handle))
        self.handle = handle.value
        self.stores = {}
        self._pump = threading.Thread(target=self._take_records, name="laneway", daemon=True)
        self._pump.start()

    def open(self, database, plugins, batching=True):
        options = StoreOptions()
        self.library.store_options_default(byref(options))
        options.database, options.plugins = Text(database), plugins
        self.library.store_deploy(self.handle, byref(options))
        store = self._opened(self.library.store_open, byref(options))
        self.library.store_set_batching(store.handle, int(batching))
        return store

    def open_echo(self):
        return self._opened(self.library.store_open_echo, None)

    def _opened(self, function, options):
        handle = c_uint64()
        function(self.handle, options, byref(handle))
        store = self.stores[handle.value] = Store(self.library, handle.value)
        return store

    def close(self):
        self.library.runtime_close(self.handle, CLOSE_MS)
        # The thread ends with the last record.
        self._pump.join()
        self.library.runtime_destroy(self.handle)

    def _take_records(self):
        records, details = (Completion * RECORDS)(), ctypes.create_string_buffer(4096)
        taken, needed = c_size_t(), c_size_t()
        while True:
            try:
                self.library.completions_wait(
                    self.handle, records, RECORDS, sizeof(Completion), details, len(details), -1, byref(taken),
                    byref(needed),
                )
            except LanewayError as error:
                if error.code != E_BUFFER_TOO_SMALL:
                    raise
                # Nothing is lost; the next call brings the record.
                details = ctypes.create_string_buffer(needed.value)
                continue
            for record in records[: taken.value]:
                if record.kind == RUNTIME_CLOSED:
                    return
                self._handle(record, details.raw)

    def _handle(self, record, details):
        stores = [self.stores[record.store]] if record.store else list(self.stores.values())
        for store in stores:
            if record.kind == OPERATION:
                store.pending.pop(record.token).set_result(Outcome(record, details))
            elif record.kind == ROOM:
                store.room.set()
            elif record.kind == STORE_CLOSED:
                store.closed.set()


class Store:
    """A store: upserts, each with a future of its own."""

    def __init__(self, library, handle):
        self.library, self.handle = library, handle
        self.pending, self.tokens = {}, itertools.count(1)
        self.room, self.closed = threading.Event(), threading.Event()

    def upsert(self, project, endpoint, document):
        """Submits a document; waits only where there is no room."""
        token, future, accepted = next(self.tokens), Future(), c_size_t()
        operation = Operation(
            token=token, project=Text(project), endpoint=Text(endpoint), document=Text(document), trace_id=Text(str(token))
        )
        future.token = token
        # Before the call: its record may be taken before the call returns.
        self.pending[token] = future
        while True:
            # Before the call too: the record that there is room may come before the refusal is seen.
            self.room.clear()
            try:
                self.library.store_submit(self.handle, byref(operation), 1, sizeof(operation), byref(accepted))
                return future
            except LanewayError as error:
                if error.code != E_QUEUE_FULL:
                    del self.pending[token]
                    raise
            self.room.wait()

    def cancel(self, future):
        """The future's outcome says whether it came in time."""
        self.library.store_cancel(self.handle, future.token)

    def close(self):
        self.library.store_close(self.handle, CLOSE_MS)
        self.closed.wait()
        self.library.store_destroy(self.handle)


def load_schemas(library, schemas):
    """Compiles ApiSchema files, as (name, content), to a set of plugins."""
    names = (Text * len(schemas))(*(Text(name) for name, _ in schemas))
    contents = (Text * len(schemas))(*(Text(content) for _, content in schemas))
    plugins = c_uint64()
    library.plugins_load_schemas(names, contents, len(schemas), None, byref(plugins))
    return plugins.value
