import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { AssertionError } from "../../src/testing/checkpointer_cases/case_context.ts";
import type { Checkpointer, CodecName, TaskRecord } from "../../src/core/checkpointer.ts";
import { checkpointerCases } from "../../src/testing/checkpointer_cases.ts";
import { MemoryCheckpointer } from "../../src/stores/memory_checkpointer.ts";
import { BROKEN } from "./broken/all.ts";
import { type Disk, SoundCheckpointer } from "./broken/sound_checkpointer.ts";

const CODECS: readonly CodecName[] = ["json", "structured"];
/** For the broken ones, which are many. */
const SMALL = { largestBatch: 300, largestValue: 200_000, seed: 1 };

for (const codec of CODECS) {
  const stores = new Map<string, MemoryCheckpointer>();
  const open = (store: string) => stores.getOrInsertComputed(store, () => new MemoryCheckpointer({ codec }));
  for (const { name, run } of checkpointerCases(open, { remove: (store) => stores.delete(store) })) {
    Deno.test(`MemoryCheckpointer (${codec}): ${name}`, run);
  }

  Deno.test(`checkpointerCases() find nothing wrong with a sound checkpointer (${codec})`, async () => {
    const disk: Disk = new Map();
    for (const { run } of checkpointerCases((store) => new SoundCheckpointer(disk, store, codec), SMALL)) await run();
  });
}

for (const [Kind, foundBy, codec = "json"] of BROKEN) {
  Deno.test(`checkpointerCases() find out that a checkpointer ${predicateOf(Kind.name)}: ${foundBy}`, async () => {
    const disk: Disk = new Map();
    const cases = checkpointerCases((store) => new Kind(disk, store, codec), SMALL);
    const found = cases.filter(({ name }) => name.startsWith(foundBy));
    assertEquals(found.length, 1);
    const error = await assertRejects(found[0]!.run, AssertionError);
    assertStringIncludes(error.message, `This rule for checkpointers is broken: ${found[0]!.name}\n`);
    assert(error.message.length < 20_000, `a message of ${error.message.length} characters`);
  });
}

Deno.test("checkpointerCases() have names of their own", () => {
  const names = checkpointerCases(() => new MemoryCheckpointer()).map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  assert(names.length > 30);
});

Deno.test("checkpointerCases() close what they open, and open no store twice at a time", async () => {
  const log: string[] = [];
  class Watched extends SoundCheckpointer {
    constructor(disk: Disk, store: string, codec: CodecName) {
      assertEquals(log.includes(store), false, `${store} is open`);
      assertMatch(store, /^[\w-]{1,60}$/);
      log.push(store);
      super(disk, store, codec);
    }
    override [Symbol.asyncDispose]() {
      const index = log.indexOf(this.store);
      if (index >= 0) log.splice(index, 1);
      return super[Symbol.asyncDispose]();
    }
  }
  const disk: Disk = new Map();
  const removed = new Set<string>();
  const remove = (store: string) => {
    assertEquals(log.includes(store), false, `${store} is open`);
    assertEquals(removed.has(store), false, `${store} was removed before`);
    removed.add(store);
  };
  const open = async (store: string) => await Promise.resolve(new Watched(disk, store, "structured"));
  for (const round of [1, 2]) {
    for (const { run } of checkpointerCases(open, { ...SMALL, remove })) await run();
    assertEquals(log, [], `round ${round}`);
    assertEquals([...disk.keys()].filter((store) => !removed.has(store)), []);
  }
});

Deno.test("checkpointerCases() close what they open, and remove it, when they fail", async () => {
  let count = 0;
  class Failing extends MemoryCheckpointer {
    constructor() {
      super();
      count++;
    }
    override save() {
      return Promise.reject(new RangeError("full"));
    }
    override [Symbol.asyncDispose]() {
      count--;
      return Promise.reject(new TypeError("cannot be closed"));
    }
  }
  const removed: string[] = [];
  const [, second] = checkpointerCases(() => new Failing(), { remove: (store) => removed.push(store) });
  const error = await assertRejects(second!.run, AssertionError);
  assertEquals(
    error.message,
    `This rule for checkpointers is broken: ${second!.name}\nRangeError: full\nTypeError: cannot be closed`,
  );
  assertEquals((error.cause as AggregateError).errors.map(String), ["RangeError: full", "TypeError: cannot be closed"]);
  assertEquals([count, removed.length], [0, 1]);
});

Deno.test("checkpointerCases() say why a store cannot be opened or removed", async () => {
  const fail = () => {
    throw new RangeError("no room");
  };
  for (const cases of [checkpointerCases(fail), checkpointerCases(() => new MemoryCheckpointer(), { remove: fail })]) {
    const error = await assertRejects(cases[0]!.run, AssertionError);
    assertStringIncludes(error.message, `${cases[0]!.name}\nRangeError: no room`);
  }
});

Deno.test("checkpointerCases() repeat a sequence of calls by its seed, which a failure says", async () => {
  async function failure(seed?: number): Promise<string> {
    let saves = 0;
    class Failing extends SoundCheckpointer {
      override save(records: readonly TaskRecord[]) {
        return ++saves > 20 ? Promise.reject(new Error("full")) : super.save(records);
      }
    }
    const disk: Disk = new Map();
    const options = seed === undefined ? {} : { seed };
    const found = checkpointerCases((store) => new Failing(disk, store, "json"), options).at(-1);
    return (await assertRejects(found!.run, AssertionError)).message;
  }
  const first = await failure();
  const seed = Number(first.match(/for seed (\d+), in sequence \d+, after (save|delete|load|reopen|dispose)/)?.[1]);
  assertEquals(await failure(seed), first);
  assert(await failure(seed + 1) !== first);
  assertStringIncludes(await failure(0), "for seed 0, in sequence ");
});

Deno.test("checkpointerCases() do without what a small store cannot hold", async () => {
  let most = 0;
  let largest = 0;
  class Measured extends MemoryCheckpointer {
    override save(records: readonly TaskRecord[]) {
      most = Math.max(most, records.length);
      for (const { value } of records) if (typeof value === "string") largest = Math.max(largest, value.length);
      return super.save(records);
    }
  }
  const stores = new Map<string, Checkpointer>();
  const open = (store: string) => stores.getOrInsertComputed(store, () => new Measured());
  for (const { run } of checkpointerCases(open, { largestBatch: 250, largestValue: 70_000 })) await run();
  assertEquals([most, largest], [250, 70_000]);
});

Deno.test("checkpointerCases() refuse wrong options", () => {
  const open = () => new MemoryCheckpointer();
  assertThrows(() => checkpointerCases("x" as never), TypeError, "open of checkpointerCases() must be a function");
  assertThrows(
    () => checkpointerCases(open, { seeds: 1 } as never),
    TypeError,
    'Unknown option "seeds" of checkpointerCases()',
  );
  assertThrows(
    () => checkpointerCases(open, { remove: 1 } as never),
    TypeError,
    "remove of checkpointerCases() must be",
  );
  assertThrows(
    () => checkpointerCases(open, { largestBatch: 0 }),
    RangeError,
    "largestBatch of checkpointerCases() must be",
  );
  assertThrows(
    () => checkpointerCases(open, { largestValue: Infinity }),
    RangeError,
    "largestValue of checkpointerCases()",
  );
  assertThrows(() => checkpointerCases(open, { seed: 1.5 }), RangeError, "seed of checkpointerCases() must be");
});

/** `LosesTheLast` as `loses the last`. */
function predicateOf(name: string): string {
  return name.replaceAll(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}
