import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { task, type TaskHandle, TaskRunner } from "../../mod.ts";
import { listLinks } from "../../src/core/graph.ts";
import { handlesIn, withValues } from "../../src/engine/inputs.ts";

/** A runner with a handle that yields `"a"`, over or not. */
async function withHandle(test: (handle: TaskHandle<string>, runner: TaskRunner) => void | Promise<void>) {
  await using runner = new TaskRunner();
  const handle = runner.submit(() => "a");
  await test(handle, runner);
}

class Box {
  constructor(readonly content: unknown) {}
}

const SEEN: [where: string, wrap: (handle: unknown) => unknown, filled: unknown][] = [
  ["as an argument", (handle) => handle, "a"],
  ["in an array", (handle) => [1, handle], [1, "a"]],
  ["in a frozen array", (handle) => Object.freeze([handle]), ["a"]],
  ["in a plain object", (handle) => ({ x: 1, handle }), { x: 1, handle: "a" }],
  ["in an object without a prototype", (handle) => Object.assign(Object.create(null), { handle }), { handle: "a" }],
  ["twice", (handle) => [handle, handle], ["a", "a"]],
];

for (const [where, wrap, filled] of SEEN) {
  Deno.test(`a handle ${where} is a dependency, and its value takes its place`, () =>
    withHandle(async (handle) => {
      const args = [0, wrap(handle)];
      assert(listLinks(handlesIn(args)).includes(handle as never));
      await handle;
      assertEquals(withValues(args)[1], filled);
    }));
}

Deno.test("a handle in an array with a huge hole is found without visiting the hole", () =>
  withHandle((handle) => {
    const sparse: unknown[] = [];
    sparse[4e9] = handle;
    assertEquals([...listLinks(handlesIn([sparse]))], [handle as never]);
  }));

const UNSEEN: [where: string, wrap: (handle: unknown) => unknown][] = [
  ["in a class instance", (handle) => new Box(handle)],
  ["in a Map", (handle) => new Map([["a", handle]])],
  ["in a Set", (handle) => new Set([handle])],
  ["two arrays deep", (handle) => [[handle]]],
  ["in an object in an array", (handle) => [{ handle }]],
  ["two objects deep", (handle) => ({ inner: { handle } })],
  ["in what a function closes over", (handle) => () => handle],
];

for (const [where, wrap] of UNSEEN) {
  Deno.test(`a handle ${where} is an argument like any other`, () =>
    withHandle(async (handle) => {
      const args = [wrap(handle)];
      assertEquals(listLinks(handlesIn(args)), []);
      await handle;
      assertStrictEquals(withValues(args)[0], args[0]);
    }));
}

Deno.test("withValues() changes neither the arguments nor what is in them", () =>
  withHandle(async (handle) => {
    const [array, object] = [[handle, 1], { handle, x: 1 }];
    const args = [handle, array, object];
    await handle;
    assertEquals(withValues(args), ["a", ["a", 1], { handle: "a", x: 1 }]);
    assert(args[0] === handle && args[1] === array && args[2] === object);
    assert(array[0] === handle && object.handle === handle);
  }));

Deno.test("withValues() hands on what holds no handle as it is", () =>
  withHandle((handle) => {
    const [array, object, date] = [[1], { x: 1 }, new Date(0)];
    const values = withValues([handle, array, object, date, null, undefined]);
    assert(values[1] === array && values[2] === object && values[3] === date);
    assertEquals(values.slice(4), [null, undefined]);
  }));

Deno.test("withValues() keeps a __proto__ key a key", () =>
  withHandle(async (handle) => {
    const object = JSON.parse('{ "__proto__": { "x": 1 } }');
    object.handle = handle;
    await handle;
    const [filled] = withValues([object]) as [object];
    assertEquals([Object.keys(filled), Object.getPrototypeOf(filled)], [["__proto__", "handle"], Object.prototype]);
  }));

Deno.test("a task gets values in place of handles, and depends on each once", () =>
  withHandle(async (handle, runner) => {
    const all = runner.submit(
      (...args: unknown[]) => args,
      handle,
      [handle, "b"],
      { c: handle },
      new Map([["d", handle]]),
    );
    assertEquals(all.dependsOn, [handle]);
    assertEquals((await all).slice(0, 3), ["a", ["a", "b"], { c: "a" }]);
    assertStrictEquals(((await all)[3] as Map<string, unknown>).get("d"), handle);
  }));

Deno.test("a retried task gets the values again", () =>
  withHandle(async (handle, runner) => {
    const seen: unknown[] = [];
    const flaky = task({ name: "flaky", retries: 1, backoff: "none" }, (words: string[]) => {
      seen.push([...words]);
      words.push("changed");
      if (seen.length < 2) throw new Error("once");
    });
    await runner.submit(flaky, [handle]);
    assertEquals(seen, [["a"], ["a"]]);
  }));

Deno.test("a handle of another runner is refused", () =>
  withHandle(async (handle) => {
    await using other = new TaskRunner();
    for (const arg of [handle, [handle], { handle }]) {
      assertThrows(() => other.submit((value: unknown) => value, arg), TypeError, "of another runner");
    }
    assertEquals(other.statistics().submitted, 0);
  }));
