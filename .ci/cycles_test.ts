import { assertEquals, assertExists } from "@std/assert";
import { join } from "@std/path";
import { findCycle, importGraph } from "./cycles.ts";

Deno.test("findCycle() finds none where imports only go down", () => {
  assertEquals(findCycle(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), undefined);
});

Deno.test("findCycle() shows the circle itself, not the way to it", () => {
  const graph = new Map([["top", ["a"]], ["a", ["b"]], ["b", ["c"]], ["c", ["a"]]]);
  assertEquals(findCycle(graph), ["a", "b", "c", "a"]);
});

Deno.test("importGraph() sees files that nothing imports, and imports of types", async () => {
  const folder = await Deno.makeTempDir({ prefix: "workflowy cycles " });
  try {
    const config = join(folder, "deno.json");
    await Deno.writeTextFile(config, "{}");
    await Deno.mkdir(join(folder, "src"));
    await Deno.writeTextFile(join(folder, "src", "a.ts"), `export type { B } from "./b.ts";`);
    await Deno.writeTextFile(
      join(folder, "src", "b.ts"),
      `import type { A } from "./a.ts"; export type B = A;`,
    );
    const cycle = findCycle(await importGraph(join(folder, "src"), config));
    assertExists(cycle);
    assertEquals(cycle.map((module) => module.split("/").at(-1)), ["a.ts", "b.ts", "a.ts"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
