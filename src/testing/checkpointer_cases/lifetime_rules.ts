/**
 * What opening, loading and disposal must do.
 *
 * @module
 */

import { FULL, sample, samples } from "./samples.ts";
import { errorOf } from "./saving_rules.ts";
import type { CheckpointerRule } from "./case_context.ts";

/** The rules for the time from opening to disposal. */
export const LIFETIME_RULES: readonly CheckpointerRule[] = [
  {
    name: 'codec is "json" or "structured", always the same',
    async test(context) {
      const store = await context.open();
      const { codec } = store;
      if (codec !== "json" && codec !== "structured") context.fail(`codec is ${Deno.inspect(codec)}`);
      await store.save([FULL]);
      context.equal(store.codec, codec, "after save(), codec");
      context.equal((await context.open()).codec, codec, "after opening it again, codec");
    },
  },
  {
    name: "[Symbol.asyncDispose]() closes a store that was never used",
    async test(context) {
      await context.open();
      await context.close();
      await context.expect(await context.open(), [], "after a disposal without use");
    },
  },
  {
    name: "[Symbol.asyncDispose]() may be called twice",
    async test(context) {
      const store = await context.open();
      await store.save([FULL]);
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await context.expect(await context.open(), [FULL], "after a second disposal");
    },
  },
  {
    name: "a checkpointer that was disposed opens again when it is used",
    async test(context) {
      const store = await context.open();
      await store.save([FULL]);
      await store[Symbol.asyncDispose]();
      await context.expect(store, [FULL], "after a disposal");
      await store[Symbol.asyncDispose]();
      await store.save([sample("later#1")]);
      await context.expect(store, [FULL, sample("later#1")], "after a disposal and a save");
      await store[Symbol.asyncDispose]();
      await store.delete([FULL.id]);
      await store[Symbol.asyncDispose]();
      await context.expect(await context.open(), [sample("later#1")], "after disposals, a save and a delete");
    },
  },
  {
    name: "[Symbol.asyncDispose]() releases the store, so that another checkpointer can open it",
    async test(context) {
      const first = await context.open();
      await first.save([FULL]);
      await context.expect(first, [FULL], "before the disposal");
      const second = await context.open();
      await second.save([sample("second#1")]);
      await context.expect(second, [FULL, sample("second#1")], "after another checkpointer saved");
      await context.close();
      await context.expect(first, [FULL, sample("second#1")], "back in the first one");
      await first[Symbol.asyncDispose]();
    },
  },
  {
    name: "save() and delete() need no load() before them",
    async test(context) {
      await (await context.open()).save(samples(3));
      await (await context.open()).save([sample("fourth")]);
      await (await context.open()).delete(["sample#1"]);
      const rest = [sample("sample#0"), sample("sample#2"), sample("fourth")];
      await context.expect(await context.open(), rest, "after openings that only wrote");
    },
  },
  {
    name: "load() that is left early leaves the store usable",
    async test(context) {
      const records = samples(50, () => ({ value: "x".repeat(2_000) }));
      const store = await context.open();
      await store.save(records);
      for (let round = 0; round < 3; round++) {
        for await (const _ of store.load()) break;
        const pending = store.load()[Symbol.asyncIterator]();
        await pending.next();
        await pending.return?.();
        store.load();
      }
      await context.expect(store, records, "after loads that were left early");
      for await (const _ of store.load()) break;
      await store.save([FULL]);
      for await (const _ of store.load()) break;
      await store.delete(["sample#0"]);
      for await (const _ of store.load()) break;
      await context.expect(
        await context.open(),
        [FULL, ...records.slice(1)],
        "after loads that were left early and a disposal",
      );
    },
  },
  {
    name: "load() yields the same as often as it is called",
    async test(context) {
      const store = await context.open();
      await store.save(samples(20));
      for (let round = 1; round <= 3; round++) await context.expect(store, samples(20), `in load number ${round}`);
    },
  },
  {
    name: "save() during a load() works, or rejects and changes nothing",
    async test(context) {
      const store = await context.open();
      await store.save(samples(30));
      let outcome: unknown = "not called";
      let count = 0;
      for await (const _ of store.load()) {
        if (count++ === 3) outcome = await errorOf(() => store.save([sample("meanwhile#1")]));
        if (count > 31) context.fail("load() yields more records than there are");
      }
      if (outcome === "not called") context.fail(`load() yields only ${count} of 30 records`);
      if (outcome !== undefined && (!(outcome instanceof Error) || outcome.message === "")) {
        context.fail(`save() rejects with ${Deno.inspect(outcome)}, which does not say why`);
      }
      const records = outcome === undefined ? [...samples(30), sample("meanwhile#1")] : samples(30);
      await context.expect(store, records, "after a save within a load");
      await store.save([FULL]);
      await context.expect(await context.open(), [...records, FULL], "after another save and opening it again");
    },
  },
  {
    name: "stores of different names hold different records, even if one name begins with the other",
    async test(context) {
      const stores = { "": await context.open(), "-b": await context.open("-b"), "-bc": await context.open("-bc") };
      for (const [name, store] of Object.entries(stores)) {
        await store.save([sample("same#1", { value: name }), sample(`own${name}`)]);
      }
      await stores["-b"].delete(["same#1", "own", "own-bc"]);
      await context.expect(stores[""], [sample("same#1", { value: "" }), sample("own")], "of three stores, the first");
      await context.expect(stores["-b"], [sample("own-b")], "of three stores, the second");
      await context.close("");
      const third = [sample("same#1", { value: "-bc" }), sample("own-bc")];
      await context.expect(stores["-bc"], third, "of three stores, the third");
      await stores["-bc"].save([FULL]);
      await context.expect(await context.open("-bc"), [...third, FULL], "after the first was closed");
      await context.expect(await context.open("-b"), [sample("own-b")], "after opening it again");
    },
  },
];
