import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MemoryCheckpointer } from "../../../src/stores/memory_checkpointer.ts";
import {
  AssertionError,
  CaseContext,
  type CaseSettings,
} from "../../../src/testing/checkpointer_cases/case_context.ts";
import { sample } from "../../../src/testing/checkpointer_cases/samples.ts";

/** Runs a rule on stores in memory; returns the names of the stores, and the message if the rule is broken. */
async function run(test: (context: CaseContext) => Promise<void>) {
  const stores = new Map<string, MemoryCheckpointer>();
  const removed: string[] = [];
  const settings: CaseSettings = {
    open: (store) => stores.getOrInsertComputed(store, () => new MemoryCheckpointer()),
    remove: (store) => void removed.push(store),
    largestBatch: 10,
    largestValue: 10,
    seed: undefined,
  };
  let message: string | undefined;
  try {
    await CaseContext.run({ name: "save() keeps it", test }, settings);
  } catch (error) {
    assert(error instanceof AssertionError);
    message = error.message;
  }
  return { names: [...stores.keys()], removed, message };
}

Deno.test("CaseContext opens stores of its own, and removes them at the end", async () => {
  const first = await run(async (context) => {
    const store = await context.open();
    await store.save([sample("a")]);
    await context.expect(await context.open(), [sample("a")], "opened again");
    await context.open("other");
  });
  assertEquals(first.message, undefined);
  assertEquals(first.names.length, 2);
  assertEquals(first.removed, first.names);
  for (const name of first.names) assert(/^save-keeps-it-[\da-f]{8}(other)?$/.test(name), name);
  const second = await run(async (context) => void await context.open());
  assert(!first.names.includes(second.names[0]!));
});

Deno.test("CaseContext.expect() says what is missing, too much or different", async () => {
  const expectation = (...records: ReturnType<typeof sample>[]) =>
    run(async (context) => {
      const store = await context.open();
      await store.save([sample("a", { value: { x: [1] } })]);
      await context.expect(store, records, "after save()");
    });
  const rule = "This rule for checkpointers is broken: save() keeps it\n";
  assertEquals((await expectation(sample("a", { value: { x: [1] } }))).message, undefined);
  assertEquals(
    (await expectation(sample("a", { value: { x: [2] } }))).message,
    `${rule}after save(), the loaded record is not as expected: it["value"]["x"]["0"] is 1, not 2`,
  );
  assertEquals((await expectation()).message, `${rule}after save(), load() must not yield "a", but does`);
  const more = [sample("a", { value: { x: [1] } }), ...["b", "c", "d", "e"].map((id) => sample(id))];
  assertStringIncludes(
    (await expectation(...more)).message ?? "",
    'load() must yield "b", "c", "d" and 1 more, but does not',
  );
});

Deno.test("CaseContext.equal() tells -0, holes and undefined apart", async () => {
  const pairs: readonly (readonly [unknown, unknown])[] = [[0, -0], [[undefined], Array(1)], [{ a: undefined }, {}]];
  await run(async (context) => {
    for (const [one, two] of pairs) {
      await assertRejects(() => Promise.try(() => context.equal(one, two, "it")), AssertionError);
      context.equal(one, structuredClone(one), "it");
    }
    context.equal([new Date(NaN)], [new Date(NaN)], "it"); // which Node's comparison did not know before Deno 2.7
  });
});

Deno.test("CaseContext reports what a rule throws", async () => {
  const { message } = await run(() => Promise.reject(new RangeError("odd")));
  assertStringIncludes(message ?? "", "RangeError: odd");
});
