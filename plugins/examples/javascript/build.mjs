// rooms.js as a component without WASI: node build.mjs [OUTPUT]
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { componentize } from "@bytecodealliance/componentize-js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const { component } = await componentize({
  sourcePath: here("rooms.js"),
  witPath: here("../../wit/laneway-resource-1.0/laneway-resource.wit"),
  disableFeatures: ["clocks", "fetch-event", "http", "random", "stdio"],
});
await writeFile(process.argv[2] ?? here("rooms.wasm"), component);
