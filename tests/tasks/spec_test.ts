import { assertEquals, assertStrictEquals } from "@std/assert";
import { task } from "../../mod.ts";
import { SPEC, specOfFunction } from "../../src/tasks/spec.ts";

Deno.test("specOfFunction() makes one spec of each function, with its name and no options", () => {
  function load() {}
  const spec = specOfFunction(load);
  assertStrictEquals(specOfFunction(load), spec);
  assertEquals([spec.options.name, spec.definedAs, spec.body === load, Object.isFrozen(spec)], [
    "load",
    "load",
    true,
    true,
  ]);
  assertEquals(specOfFunction(() => {}).options.name, "anonymous");
});

Deno.test("The spec of a task keeps the name under which it was defined", () => {
  const load = task({ name: "load" }, () => {});
  const { options, definedAs, body } = load.with({ name: "load-again" })[SPEC];
  assertEquals([options.name, definedAs, body === load[SPEC].body], ["load-again", "load", true]);
});

Deno.test("SPEC is the same in all copies of this package", () => {
  assertStrictEquals(SPEC, Symbol.for("workflowy.task.spec"));
});
