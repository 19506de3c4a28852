/**
 * That what a checkpointer holds is its own.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { FULL, sample, samples } from "./samples.ts";
import type { CheckpointerRule } from "./case_context.ts";

/** The rules for what is given and taken. */
export const COPYING_RULES: readonly CheckpointerRule[] = [
  {
    name: "save() has copied, or written, what it is given by the time it returns its promise",
    async test(context) {
      const store = await context.open();
      await store.save(samples(1));
      const copies = [structuredClone(FULL), sample("plain#1", { args: [[1, { a: 1 }]], value: { list: [1, 2] } })];
      const expected = structuredClone(copies);
      const saved = store.save(copies);
      for (const record of copies) spoil(record);
      copies.push(sample("pushed#1"));
      copies.shift();
      await saved;
      await context.expect(store, [...samples(1), ...expected], "after what was given to save() was changed at once");
      for (const record of copies) spoil(record);
      await context.expect(store, [...samples(1), ...expected], "after it was changed later");
      await context.expect(await context.open(), [...samples(1), ...expected], "after opening it again");
    },
  },
  {
    name: "save() as the first call has copied what it is given by the time it returns its promise",
    async test(context) {
      const store = await context.open();
      const record = sample("first#1", { value: { list: [1, 2] } });
      const expected = structuredClone(record);
      const saved = store.save([record]);
      spoil(record);
      await saved;
      await context.expect(await context.open(), [expected], "after what was given to save() was changed at once");
    },
  },
  {
    name: "delete() has copied the ids by the time it returns its promise",
    async test(context) {
      const store = await context.open();
      await store.save(samples(4));
      const ids = ["sample#0", "sample#1"];
      const deleted = store.delete(ids);
      ids[0] = "sample#2";
      ids.push("sample#3");
      await deleted;
      await context.expect(
        await context.open(),
        samples(4).slice(2),
        "after the ids given to delete() were changed at once",
      );
    },
  },
  {
    name: "save() and delete() leave what they are given as it is",
    async test(context) {
      const records = [structuredClone(FULL), sample("plain#1", { value: { list: [1, 2] } })];
      const ids = Object.freeze(["plain#1"]);
      const before = structuredClone(records);
      const store = await context.open();
      await store.save(Object.freeze(records));
      await store.delete(ids);
      context.equal(records, before, "what was given to save()");
    },
  },
  {
    name: "load() yields records that may be changed without effect on the store",
    async test(context) {
      const records = [FULL, sample("plain#1", { args: [[1, { a: 1 }]], value: { list: [1, 2] } })];
      const expected = structuredClone(records);
      const store = await context.open();
      await store.save(records);
      for (const record of (await context.load(store)).values()) spoil(record);
      await context.expect(store, expected, "after loaded records were changed");
      for (const record of (await context.load(store)).values()) spoil(record);
      await store.save([sample("another#1")]);
      await context.expect(
        await context.open(),
        [...expected, sample("another#1")],
        "after that, a save and opening it again",
      );
    },
  },
];

/** Changes all that can be changed of a record: frozen ones are as good a way to keep the rule. */
function spoil(record: TaskRecord): void {
  Reflect.set(record, "status", "failed");
  Reflect.set(record, "attempts", 99);
  Reflect.set(record, "surplus", "spoilt");
  for (const inner of [record.args, record.dependsOn, record.refs, record.value, ...record.args]) {
    if (typeof inner !== "object" || inner === null) continue;
    for (const value of Object.values(inner)) {
      if (typeof value === "object" && value !== null) Reflect.set(value, 0, "spoilt");
    }
    Reflect.set(inner, 0, "spoilt");
    Reflect.set(inner, Array.isArray(inner) ? inner.length : "surplus", "spoilt");
  }
  Reflect.deleteProperty(record, "value");
}
