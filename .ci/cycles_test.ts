import { assertEquals, assertExists } from "@std/assert";
import { join } from "@std/path";
import { find_cycle, import_graph } from "./cycles.ts";

Deno.test("find_cycle() finds none where imports only go down", () => {
  assertEquals(find_cycle(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), undefined);
});

Deno.test("find_cycle() shows the circle itself, not the way to it", () => {
  const graph = new Map([["top", ["a"]], ["a", ["b"]], ["b", ["c"]], ["c", ["a"]]]);
  assertEquals(find_cycle(graph), ["a", "b", "c", "a"]);
});

Deno.test("import_graph() sees files that nothing imports, and imports of types", async () => {
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
    const cycle = find_cycle(await import_graph(join(folder, "src"), config));
    assertExists(cycle);
    assertEquals(cycle.map((module) => module.split("/").at(-1)), ["a.ts", "b.ts", "a.ts"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
