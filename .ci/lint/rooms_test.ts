import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import plugin, { objection } from "./rooms.ts";

const root = new URL("../../", import.meta.url);

/** The messages of the rule for a file of this repository with the given text. */
function lint(file: string, text: string): string[] {
  const filename = fromFileUrl(new URL(file, root));
  return Deno.lint.runPlugin(plugin, filename, text).map(({ message }) => message);
}

Deno.test("rooms lets a file import its own room, lower rooms and packages", () => {
  assertEquals(
    lint(
      "src/runner/lifecycle.ts",
      `import { a } from "./report.ts";
       import type { B } from "../core/status.ts";
       export { c } from "../tasks/handle.ts";
       import { Cron } from "croner";
       import "node:path";
       const late = await import("../stores/kv.ts");`,
    ),
    [],
  );
});

Deno.test("rooms rejects an import of a higher room and names both files and the rule", () => {
  assertEquals(
    lint("src/tasks/task.ts", `import { Ledger } from "../runner/ledger.ts";`),
    [
      "src/tasks/task.ts imports src/runner/ledger.ts, but a file in src/tasks/ may import " +
      "src/core/, src/serialization/, src/tasks/ only: move what they share to the lower room, or pass it in from above",
    ],
  );
});

for (
  const [kind, text] of [
    ["a type-only import", `import type { L } from "../runner/ledger.ts";`],
    ["a type in an import()", `type L = import("../runner/ledger.ts").L;`],
    ["a dynamic import", `const l = await import("../runner/ledger.ts");`],
    ["a re-export of names", `export { L } from "../runner/ledger.ts";`],
    ["a re-export of types", `export type { L } from "../runner/ledger.ts";`],
    ["a re-export of everything", `export * from "../runner/ledger.ts";`],
    ["an import for its effects", `import "../runner/ledger.ts";`],
  ] as const
) {
  Deno.test(`rooms counts ${kind}`, () => {
    assertEquals(lint("src/tasks/task.ts", text).length, 1);
  });
}

Deno.test("rooms keeps mod.ts out of src, by path and by name, worker entries above all", () => {
  const [message = ""] = lint("src/pools/worker/worker.ts", `import "../../../mod.ts";`);
  assertStringIncludes(message, "src/pools/worker/worker.ts imports mod.ts");
  assertStringIncludes(message, "a worker would load the whole library");
  assertEquals(lint("src/cli/main.ts", `import "../../mod.ts";`).length, 1);
  assertEquals(lint("src/cli/main.ts", `import "@workflowy/workflowy";`).length, 1);
});

Deno.test("rooms rejects imports of files that are not published", () => {
  const [message = ""] = lint("src/core/dag.ts", `import "../../tests/helper.ts";`);
  assertStringIncludes(message, "src/core/dag.ts imports tests/helper.ts");
});

Deno.test("rooms asks for a room for every file in src", () => {
  assertStringIncludes(objection("src/utils.ts", "./core/dag.ts") ?? "", "lies in no room");
  assertStringIncludes(objection("src/misc/a.ts", "../core/dag.ts") ?? "", "lies in no room");
});

Deno.test("rooms leaves mod.ts, tests and examples free", () => {
  assertEquals(lint("mod.ts", `export * from "./src/cli/main.ts";`), []);
  assertEquals(lint("tests/core/dag_test.ts", `import "../../src/engine/status_store.ts";`), []);
  assertEquals(lint("examples/hello.ts", `import "../mod.ts";`), []);
});
