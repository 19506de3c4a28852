import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import * as whole from "../../mod.ts";
import * as light from "../../src/tasks/mod.ts";

/** The modules that a file of this repository loads before it runs, by their path or specifier. */
async function modulesLoadedBy(file: string): Promise<string[]> {
  const root = new URL("../../", import.meta.url).href;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-check", new URL(file, root).href],
    stdin: "null",
    stderr: "inherit",
  }).output();
  const { modules }: {
    modules: { specifier: string; dependencies?: { isDynamic?: boolean; code?: { specifier?: string } }[] }[];
  } = JSON.parse(new TextDecoder().decode(stdout));
  const byUrl = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set([root + file]);
  for (const url of loaded) {
    for (const { isDynamic, code } of byUrl.get(url)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) loaded.add(code.specifier);
    }
  }
  return [...loaded].map((url) => url.replace(root, ""));
}

Deno.test("the entry point ./task exports a part of what mod.ts exports, and nothing else", () => {
  for (const [name, value] of Object.entries(light)) {
    assertStrictEquals(value, (whole as Record<string, unknown>)[name], name);
  }
  for (const name of ["task", "TaskBase", "currentTask", "sleep", "transfer", "waitFor"]) assert(name in light, name);
  for (const [name, value] of Object.entries(whole)) {
    if (typeof value === "function" && value.prototype instanceof Error) assert(name in light, name);
  }
  assert(!("TaskRunner" in light));
});

Deno.test("the entry point ./task loads nothing but src/core and src/tasks, and no module of Node", async () => {
  const loaded = await modulesLoadedBy("src/tasks/mod.ts");
  assert(loaded.includes("src/tasks/task.ts"));
  assertEquals(loaded.filter((module) => !/^src\/(core|tasks)\//.test(module)), []);
});

Deno.test("workers load no module of Node before their first task begins", async () => {
  for (const entry of ["thread_entry", "process_entry"]) {
    const loaded = await modulesLoadedBy(`src/pools/worker/${entry}.ts`);
    assert(loaded.includes("src/tasks/registry.ts"));
    assertEquals(loaded.filter((module) => !module.startsWith("src/")), [], entry);
    assertEquals(loaded.filter((module) => /^src\/(engine|runner|schedule|stores)\//.test(module)), [], entry);
  }
});

Deno.test("mod.ts loads neither modules of Node nor what serves workers before they are needed", async () => {
  const loaded = await modulesLoadedBy("mod.ts");
  assert(loaded.includes("src/engine/engine.ts"));
  assertEquals(loaded.filter((module) => module !== "mod.ts" && !module.startsWith("src/")), []);
  // All that a thread needs to be started.
  const early = ["src/pools/protocol/thread_memory.ts"];
  assertEquals(loaded.filter((module) => /^src\/pools\/(protocol|worker)|_channel\.ts$/.test(module)), early);
});
