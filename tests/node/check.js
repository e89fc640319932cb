// Uses the binding against the echo, and against a store: check.js LIBRARY DATABASE SCHEMAS DOCUMENTS.
//
// SCHEMAS is a folder of ApiSchema files, DOCUMENTS a file of lines {"project","endpoint","body_text"}. The last line printed
// says how many documents ended how.

"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { Library, Runtime, LanewayError } = require("./laneway.js");

// Uses a runtime and closes it, whatever becomes of that: it would keep the process going.
async function withRuntime(library, use) {
  const runtime = new Runtime(library);
  try {
    return await use(runtime);
  } finally {
    await runtime.close();
  }
}

async function echo(library, runtime) {
  const store = runtime.openEcho();
  const outcome = (endpoint) => store.upsert("ed-fi", endpoint, '{"schoolId":1}');
  for (const kind of ["inserted", "updated", "invalid_references", "failed"]) {
    assert.strictEqual((await outcome(kind)).kind, kind);
  }
  assert.strictEqual((await outcome("inserted")).documentUuid[6] >> 4, 7);
  assert.strictEqual((await outcome("failed")).sqlstate, "XX000");
  assert.deepStrictEqual((await outcome("invalid_references")).detail, { resources: ["School", "Student"] });

  const many = await Promise.all(Array.from({ length: 10_000 }, () => outcome("inserted")));
  assert(many.every((end) => end.kind === "inserted"));

  library.store_hold_echo(store.handle, 1);
  const held = await store.submit("ed-fi", "inserted", "{}");
  store.cancel(held.token);
  assert.strictEqual((await held.outcome).kind, "cancelled");
  library.store_hold_echo(store.handle, 0);

  const refused = (code, words) => (error) =>
    error instanceof LanewayError && error.code === code && error.message.includes(words) && !error.retriable;
  await assert.rejects(store.upsert("ed-fi", Buffer.from([0xff]), "{}"), refused(-1, "endpoint"));
  await store.close();
  await assert.rejects(outcome("inserted"), refused(-3, ""));
}

async function load(library, database, schemas, documents) {
  const files = fs.readdirSync(schemas).sort();
  const plugins = await library.loadSchemas(files.map((name) => [name, fs.readFileSync(path.join(schemas, name))]));
  const counts = await withRuntime(library, async (runtime) => count(await runtime.open(database, plugins), documents));
  library.plugins_destroy(plugins);
  return counts;
}

async function count(store, documents) {
  const outcomes = [];
  for (const line of fs.readFileSync(documents, "utf8").split("\n").filter(Boolean)) {
    const { project, endpoint, body_text: body } = JSON.parse(line);
    outcomes.push((await store.submit(project, endpoint, body)).outcome);
  }
  const counts = {};
  for (const { kind } of await Promise.all(outcomes)) counts[kind] = (counts[kind] ?? 0) + 1;
  await store.close();
  return counts;
}

async function main([file, ...store]) {
  const library = new Library(file);
  await withRuntime(library, (runtime) => echo(library, runtime));
  console.log(JSON.stringify(await load(library, ...store)));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
