import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { task, TaskBase } from "../../mod.ts";
import { SPEC } from "../../src/tasks/spec.ts";
import { findRecordedTask, findTask } from "../../src/tasks/registry.ts";
import { recordedModule } from "../../src/tasks/recorded_module.ts";

const here = (name: string) => findTask(import.meta.url, name);

Deno.test("findTask() finds a function's task by module and name", () => {
  const load = task(function registryLoad() {});
  assertStrictEquals(here("registryLoad"), load[SPEC]);
});

Deno.test("findTask() finds a task by its explicit name and not by the function's", () => {
  const load = task({ name: "registry-explicit" }, function registryOwn() {});
  assertStrictEquals(here("registry-explicit"), load[SPEC]);
  assertEquals(here("registryOwn"), undefined);
});

Deno.test("findTask() finds a class's task by the name that its fields give it", () => {
  class Load extends TaskBase<[], string> {
    override name = "registry-class";
    run(): string {
      return "loaded";
    }
  }
  const load = new Load();
  assertStrictEquals(here("registry-class"), load[SPEC]);
  assertEquals(here("Load"), undefined);
});

Deno.test("findTask() knows nothing of other modules and names", () => {
  task(function registryMine() {});
  assertEquals(findTask("file:///other.ts", "registryMine"), undefined);
  assertEquals(here("registryNobody"), undefined);
});

Deno.test("findTask() finds a task in the module that its options name", () => {
  const load = task({ name: "registry-moved", module: "file:///moved.ts" }, () => {});
  assertStrictEquals(findTask("file:///moved.ts", "registry-moved"), load[SPEC]);
  assertEquals(here("registry-moved"), undefined);
});

Deno.test("findTask() finds the later of two tasks of a name", () => {
  task({ name: "registry-twice" }, () => 1);
  const later = task({ name: "registry-twice" }, () => 2);
  assertStrictEquals(here("registry-twice"), later[SPEC]);
});

class Named extends TaskBase<[], void> {
  constructor(override readonly name: string) {
    super();
  }
  run(): void {}
}

Deno.test("findTask() finds the later of two tasks of a name, be the first a class's", () => {
  new Named("registry-class-first");
  const later = task({ name: "registry-class-first" }, () => {});
  assertStrictEquals(here("registry-class-first"), later[SPEC]);
});

Deno.test("findTask() finds the later of two tasks of a name, be the second a class's", () => {
  task({ name: "registry-class-last" }, () => {});
  const later = new Named("registry-class-last");
  assertStrictEquals(here("registry-class-last"), later[SPEC]);
});

Deno.test("findTask() finds every instance of a class that was made in one place", () => {
  const all = ["registry-a", "registry-b", "registry-c"].map((name) => new Named(name));
  for (const each of all) assertStrictEquals(here(each.name), each[SPEC]);
});

Deno.test("findTask() finds a class's task that was used before the lookup", () => {
  const used = new Named("registry-used");
  assertEquals(used.options.name, "registry-used");
  assertStrictEquals(here("registry-used"), used[SPEC]);
});

Deno.test("with() puts nothing into the registry", () => {
  const load = task({ name: "registry-base" }, () => {});
  load.with({ name: "registry-derived" });
  load.with({ priority: 5 });
  assertEquals(here("registry-derived"), undefined);
  assertStrictEquals(here("registry-base"), load[SPEC]);
});

Deno.test("findTask() finds a good task beside a class with wrong options", () => {
  const good = task({ name: "registry-good" }, () => {});
  class Bad extends TaskBase<[], void> {
    override retries = -1;
    override module = "file:///bad.ts";
    run(): void {}
  }
  new Bad();
  assertStrictEquals(here("registry-good"), good[SPEC]);
  assertThrows(() => here("registry-perhaps-the-bad-one"), RangeError, 'retries of task "Bad"');
  const recorded = recordedModule(import.meta.url);
  assertStrictEquals(findRecordedTask(recorded, "registry-good"), good[SPEC]);
  assertThrows(() => findRecordedTask(recorded, "registry-perhaps-the-bad-one"), RangeError, 'retries of task "Bad"');
});
