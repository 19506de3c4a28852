/**
 * What opening, loading and disposal must do.
 *
 * @module
 */

import { FULL, sample, samples } from "./samples.ts";
import { errorOf } from "./saving_rules.ts";
import type { CheckpointerRule } from "./trial.ts";

/** The rules for the time from opening to disposal. */
export const LIFETIME_RULES: readonly CheckpointerRule[] = [
  {
    name: 'codec is "json" or "structured", always the same',
    async test(trial) {
      const store = await trial.open();
      const { codec } = store;
      if (codec !== "json" && codec !== "structured") trial.fail(`codec is ${Deno.inspect(codec)}`);
      await store.save([FULL]);
      trial.equal(store.codec, codec, "after save(), codec");
      trial.equal((await trial.open()).codec, codec, "after opening it again, codec");
    },
  },
  {
    name: "[Symbol.asyncDispose]() closes what was never used",
    async test(trial) {
      await trial.open();
      await trial.close();
      await trial.expect(await trial.open(), [], "after a disposal without use");
    },
  },
  {
    name: "[Symbol.asyncDispose]() may be called twice",
    async test(trial) {
      const store = await trial.open();
      await store.save([FULL]);
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await trial.expect(await trial.open(), [FULL], "after a second disposal");
    },
  },
  {
    name: "a checkpointer that was disposed opens again when it is used",
    async test(trial) {
      const store = await trial.open();
      await store.save([FULL]);
      await store[Symbol.asyncDispose]();
      await trial.expect(store, [FULL], "after a disposal");
      await store[Symbol.asyncDispose]();
      await store.save([sample("later#1")]);
      await trial.expect(store, [FULL, sample("later#1")], "after a disposal and a save");
      await store[Symbol.asyncDispose]();
      await store.delete([FULL.id]);
      await store[Symbol.asyncDispose]();
      await trial.expect(await trial.open(), [sample("later#1")], "after disposals, a save and a delete");
    },
  },
  {
    name: "[Symbol.asyncDispose]() lets go of the store, so that another checkpointer can open it",
    async test(trial) {
      const first = await trial.open();
      await first.save([FULL]);
      await trial.expect(first, [FULL], "before the disposal");
      const second = await trial.open();
      await second.save([sample("second#1")]);
      await trial.expect(second, [FULL, sample("second#1")], "after another checkpointer saved");
      await trial.close();
      await trial.expect(first, [FULL, sample("second#1")], "back in the first one");
      await first[Symbol.asyncDispose]();
    },
  },
  {
    name: "save() and delete() need no load() before them",
    async test(trial) {
      await (await trial.open()).save(samples(3));
      await (await trial.open()).save([sample("fourth")]);
      await (await trial.open()).delete(["sample#1"]);
      const rest = [sample("sample#0"), sample("sample#2"), sample("fourth")];
      await trial.expect(await trial.open(), rest, "after openings that only wrote");
    },
  },
  {
    name: "load() that is broken off leaves the store usable",
    async test(trial) {
      const records = samples(50, () => ({ value: "x".repeat(2_000) }));
      const store = await trial.open();
      await store.save(records);
      for (let round = 0; round < 3; round++) {
        for await (const _ of store.load()) break;
        const pending = store.load()[Symbol.asyncIterator]();
        await pending.next();
        await pending.return?.();
        store.load();
      }
      await trial.expect(store, records, "after loads that were broken off");
      for await (const _ of store.load()) break;
      await store.save([FULL]);
      for await (const _ of store.load()) break;
      await store.delete(["sample#0"]);
      for await (const _ of store.load()) break;
      await trial.expect(
        await trial.open(),
        [FULL, ...records.slice(1)],
        "after loads that were broken off and a disposal",
      );
    },
  },
  {
    name: "load() yields the same as often as it is called",
    async test(trial) {
      const store = await trial.open();
      await store.save(samples(20));
      for (let round = 1; round <= 3; round++) await trial.expect(store, samples(20), `in load number ${round}`);
    },
  },
  {
    name: "save() while a load() is under way works, or rejects and changes nothing",
    async test(trial) {
      const store = await trial.open();
      await store.save(samples(30));
      let outcome: unknown = "not called";
      let count = 0;
      for await (const _ of store.load()) {
        if (count++ === 3) outcome = await errorOf(() => store.save([sample("meanwhile#1")]));
        if (count > 31) trial.fail("load() yields more records than there are");
      }
      if (outcome === "not called") trial.fail(`load() yields only ${count} of 30 records`);
      if (outcome !== undefined && (!(outcome instanceof Error) || outcome.message === "")) {
        trial.fail(`save() rejects with ${Deno.inspect(outcome)}, which does not say why`);
      }
      const records = outcome === undefined ? [...samples(30), sample("meanwhile#1")] : samples(30);
      await trial.expect(store, records, "after a save within a load");
      await store.save([FULL]);
      await trial.expect(await trial.open(), [...records, FULL], "after another save and opening it again");
    },
  },
  {
    name: "stores of different names hold different records, be it that one name begins with the other",
    async test(trial) {
      const stores = { "": await trial.open(), "-b": await trial.open("-b"), "-bc": await trial.open("-bc") };
      for (const [name, store] of Object.entries(stores)) {
        await store.save([sample("same#1", { value: name }), sample(`own${name}`)]);
      }
      await stores["-b"].delete(["same#1", "own", "own-bc"]);
      await trial.expect(stores[""], [sample("same#1", { value: "" }), sample("own")], "of three stores, the first");
      await trial.expect(stores["-b"], [sample("own-b")], "of three stores, the second");
      await trial.close("");
      const third = [sample("same#1", { value: "-bc" }), sample("own-bc")];
      await trial.expect(stores["-bc"], third, "of three stores, the third");
      await stores["-bc"].save([FULL]);
      await trial.expect(await trial.open("-bc"), [...third, FULL], "after the first was closed");
      await trial.expect(await trial.open("-b"), [sample("own-b")], "after opening it again");
    },
  },
];
