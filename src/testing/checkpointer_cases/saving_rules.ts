/**
 * What `save()` must do.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { describeError, describeValue } from "../../core/describe.ts";
import { FULL, IDS, sample, samples, STATUS_SAMPLES } from "./samples.ts";
import type { CaseContext, CheckpointerRule } from "./case_context.ts";

/** The rules for saving. */
export const SAVING_RULES: readonly CheckpointerRule[] = [
  {
    name: "load() of a store that was never used yields nothing",
    async test(context) {
      await context.expect(await context.open(), [], "in a new store");
      await context.expect(await context.open(), [], "after opening it again");
    },
  },
  {
    name: "load() yields each field of what save() was given",
    test: (context) => saveAndLoad(context, [FULL]),
  },
  {
    name: "load() yields no fields that save() was not given",
    async test(context) {
      const bare = sample("bare#1");
      const store = await context.open();
      await store.save([bare]);
      for (const when of ["at once", "after opening it again"]) {
        const record = (await context.load(when === "at once" ? store : await context.open())).get(bare.id) ?? {};
        context.equal(Object.keys(record).sort(), Object.keys(bare).sort(), `${when}, what the record has`);
      }
    },
  },
  {
    name: "save() tells null, false, 0 and an empty string from no value",
    test: (context) =>
      saveAndLoad(context, [null, false, 0, "", [], {}].map((value, index) => sample(`${index}`, { value }))),
  },
  {
    name: "save() keeps records of every status",
    test: (context) => saveAndLoad(context, STATUS_SAMPLES),
  },
  {
    name: "save() keeps what records depend on and where their handles are",
    test: (context) =>
      saveAndLoad(context, [
        sample("none", { dependsOn: [] }),
        sample("ids", {
          args: [null, [0, null], { "a b": null, 0: null }],
          dependsOn: IDS,
          refs: [
            { at: [0], id: "\n" },
            { at: [1, 1], id: "__proto__" },
            { at: [2, "a b"], id: "🙂" },
            { at: [2, "0"], id: "\0" },
          ],
        }),
        sample("many", { dependsOn: samples(2_000).map(({ id }) => id) }),
      ]),
  },
  {
    name: "save() keeps ids of every kind: long ones, with spaces, quotes, slashes, line breaks, NUL, emoji, __proto__",
    test: (context) => saveAndLoad(context, IDS.map((id, index) => sample(id, { value: index }))),
  },
  {
    name: "save() keeps names, modules and versions of every kind",
    test: (context) =>
      saveAndLoad(context, [
        ...IDS.map((text, index) => sample(`${index}`, { name: text, definedAs: text, version: text, module: text })),
        sample("empty", { name: "", definedAs: "", version: "", module: "" }),
      ]),
  },
  {
    name: "save() replaces whole records: nothing of the old one is left",
    async test(context) {
      const full = { ...FULL, id: "twice#1" };
      const bare = sample("twice#1", { status: "running", attempts: 2 });
      const store = await context.open();
      await store.save([full, sample("other#1")]);
      await store.save([bare]);
      await context.expect(store, [bare, sample("other#1")], "after a record was replaced by one with less");
      await context.expect(await context.open(), [bare, sample("other#1")], "after opening it again");
      await (await context.open()).save([full]);
      await context.expect(await context.open(), [full, sample("other#1")], "after it was replaced by one with more");
    },
  },
  {
    name: "save() replaces records of an earlier opening",
    async test(context) {
      for (let round = 1; round <= 4; round++) {
        const records = samples(20, () => ({ attempts: round }));
        await (await context.open()).save(records);
        await context.expect(await context.open(), records, `after ${round} openings that saved`);
      }
    },
  },
  {
    name: "save() keeps the latest of many versions of a record",
    async test(context) {
      const store = await context.open();
      const latest = new Map<string, TaskRecord>();
      for (let step = 0; step < 200; step++) {
        const record = sample(`${step % 7}`, { attempts: step, value: "x".repeat(step) });
        latest.set(record.id, record);
        await store.save([record]);
      }
      await context.expect(store, latest.values(), "after 200 saves of 7 records");
      await context.expect(await context.open(), latest.values(), "after opening it again");
    },
  },
  {
    name: "save() keeps the last one of records with the same id",
    async test(context) {
      const store = await context.open();
      const last = sample("same#1", { attempts: 3 });
      await store.save([sample("same#1", { attempts: 1, value: 1 }), sample("other#1"), last]);
      await context.expect(store, [sample("other#1"), last], "after saving two records of one id at once");
      await context.expect(await context.open(), [sample("other#1"), last], "after opening it again");
    },
  },
  {
    name: "save() of no records changes nothing",
    async test(context) {
      const store = await context.open();
      await store.save([]);
      await context.expect(store, [], "after saving nothing in a new store");
      await store.save([FULL]);
      await store.save([]);
      await context.expect(await context.open(), [FULL], "after saving nothing");
    },
  },
  {
    name: "save() keeps all records of a large batch",
    async test(context) {
      const { largestBatch } = context.settings;
      const records = samples(largestBatch, (index) => ({ args: [index, `argument ${index}`], value: index }));
      await saveAndLoad(context, records);
      const half = records.map((record, index) => index % 2 === 0 ? record : { ...record, value: -index });
      await (await context.open()).save(half);
      await context.expect(await context.open(), half, `after saving ${largestBatch} records again`);
    },
  },
  {
    name: "save() keeps large values",
    async test(context) {
      const { largestValue } = context.settings;
      const large = "0123456789abcdé\n".repeat(Math.ceil(largestValue / 16)).slice(0, largestValue);
      const records = [sample("large#1", { value: large }), sample("small#1", { value: 1 })];
      await saveAndLoad(context, records);
      const smaller = sample("large#1", { value: large.slice(0, Math.ceil(largestValue / 3)) });
      await (await context.open()).save([smaller]);
      await context.expect(
        await context.open(),
        [smaller, sample("small#1", { value: 1 })],
        "after a smaller one replaced it",
      );
      await (await context.open()).delete(["large#1"]);
      await context.expect(await context.open(), [sample("small#1", { value: 1 })], "after it was deleted");
    },
  },
  {
    name: "save() keeps values of every size",
    async test(context) {
      const around = [64, 256, 1_024, 4_096, 8_192, 16_384, 32_768, 49_152, 65_536, 98_304, 131_072, 262_144];
      const sizes = around.flatMap((size) => [-300, -150, -100, -50, -1, 0, 1].map((by) => size + by));
      const records = sizes.filter((size) => size > 0 && size <= context.settings.largestValue)
        .map((size) => sample(`${size}`, { value: "x".repeat(size) }));
      await saveAndLoad(context, records);
    },
  },
  {
    name: "save() of records of which one cannot be written rejects and writes none",
    async test(context) {
      const store = await context.open();
      const before = [sample("old#1", { value: "old" }), sample("old#2")];
      await store.save(before);
      const value = Object.defineProperty({}, "trap", { enumerable: true, get: unreadable });
      for (const at of [0, 1, 2]) {
        const batch = [sample("old#1", { value: "new" }), sample("new#1")];
        batch.splice(at, 0, sample("bad#1", { value }));
        const error = await errorOf(() => store.save(batch));
        if (error === undefined) context.fail("save() must reject if reading a value throws, but resolves");
        await context.expect(store, before, `after save() rejected with ${describeError(error)}`);
      }
      await store.save([sample("new#1")]);
      await context.expect(
        await context.open(),
        [...before, sample("new#1")],
        "after a save that was rejected and one not",
      );
    },
  },
  {
    name: "save() of records of which some cannot be written names them in unsavable of its error",
    async test(context) {
      const store = await context.open();
      const value = Object.defineProperty({}, "trap", { enumerable: true, get: unreadable });
      const batch = [
        sample("good#1"),
        sample("bad#1", { value }),
        sample("good#2"),
        sample("bad#2", { args: [value] }),
      ];
      const error = await errorOf(() => store.save(batch));
      const ids: unknown = Object(error).unsavable;
      if (!Array.isArray(ids) || !ids.some((id) => id === "bad#1" || id === "bad#2")) {
        return context.fail(
          `save() must reject with a CheckpointError that has "bad#1" or "bad#2" in unsavable, not ${
            describeError(error)
          }`,
        );
      }
      const wrong = ids.filter((id: unknown) => id !== "bad#1" && id !== "bad#2");
      if (wrong.length > 0) context.fail(`unsavable has ${describeValue(wrong[0])}, which can be written`);
      await store.save(batch.filter(({ id }) => !id.startsWith("bad")));
    },
  },
];

/** What `action` throws, or its promise rejects with. */
export async function errorOf(action: () => Promise<void>): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error ?? new Error("no reason given");
  }
}

/** Saves records into an empty store and makes sure that they can be loaded, at once and later. */
async function saveAndLoad(context: CaseContext, records: readonly TaskRecord[]): Promise<void> {
  const store = await context.open();
  await store.save(records);
  await context.expect(store, records, "after save()");
  await context.expect(await context.open(), records, "after opening it again");
}

function unreadable(): never {
  throw new Error("this value cannot be read");
}
