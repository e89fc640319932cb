"""Uses the binding against the echo, and against a store: check.py LIBRARY DATABASE SCHEMAS DOCUMENTS.

SCHEMAS is a folder of ApiSchema files, DOCUMENTS a file of lines {"project","endpoint","body_text"}. The last line printed
says how many documents ended how."""

import collections
import json
import multiprocessing
import pathlib
import sys

import laneway

WAIT_S = 60


def echo(library):
    runtime = laneway.Runtime(library)
    store = runtime.open_echo()
    outcome = lambda endpoint: store.upsert("ed-fi", endpoint, '{"schoolId":1}').result(WAIT_S)
    for kind in ("inserted", "updated", "invalid_references", "failed"):
        assert outcome(kind).kind == kind
    assert outcome("inserted").document_uuid[6] >> 4 == 7
    assert outcome("failed").sqlstate == "XX000" and "message" in outcome("failed").detail
    assert outcome("invalid_references").detail == {"resources": ["School", "Student"]}

    many = [store.upsert("ed-fi", "inserted", "{}") for _ in range(10_000)]
    assert {future.result(WAIT_S).kind for future in many} == {"inserted"}

    library.store_hold_echo(store.handle, 1)
    held = store.upsert("ed-fi", "inserted", "{}")
    store.cancel(held)
    assert held.result(WAIT_S).kind == "cancelled"
    library.store_hold_echo(store.handle, 0)

    try:
        store.upsert("ed-fi", b"\xff", "{}")
        raise AssertionError("a name that is not UTF-8 was taken")
    except laneway.LanewayError as error:
        assert error.code == -1 and "endpoint" in str(error) and not error.retriable
    store.close()
    try:
        outcome("inserted")
        raise AssertionError("a closed store took an operation")
    except laneway.LanewayError as error:
        assert error.code == laneway.E_CLOSED
    runtime.close()


def forked(library):
    """As multiprocessing and servers that fork workers do it, beside a runtime."""
    runtime = laneway.Runtime(library)
    store = runtime.open_echo()
    child = multiprocessing.get_context("fork").Process(target=in_child, args=(library, store))
    child.start()
    child.join(WAIT_S)
    assert child.exitcode == 0, child.exitcode
    assert store.upsert("ed-fi", "inserted", "{}").result(WAIT_S).kind == "inserted"
    store.close()
    runtime.close()


def in_child(library, of_parent):
    try:
        of_parent.upsert("ed-fi", "inserted", "{}")
        raise AssertionError("a forked process used its parent's store")
    except laneway.LanewayError as error:
        assert error.code == laneway.E_HANDLE and "forked" in str(error)
    echo(library)


def store(library, database, schemas, documents):
    files = sorted(pathlib.Path(schemas).iterdir())
    plugins = laneway.load_schemas(library, [(file.name, file.read_bytes()) for file in files])
    runtime = laneway.Runtime(library)
    opened = runtime.open(database, plugins)
    with open(documents, encoding="utf-8") as lines:
        futures = [
            opened.upsert(line["project"], line["endpoint"], line["body_text"]) for line in map(json.loads, lines)
        ]
    counts = collections.Counter(future.result(WAIT_S).kind for future in futures)
    opened.close()
    runtime.close()
    library.plugins_destroy(plugins)
    return counts


library = laneway.Library(sys.argv[1])
echo(library)
forked(library)
print(json.dumps(store(library, *sys.argv[2:]), sort_keys=True))
