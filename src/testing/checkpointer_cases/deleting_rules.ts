/**
 * What `delete()` must do.
 *
 * @module
 */

import { FULL, IDS, sample, samples } from "./samples.ts";
import type { CheckpointerRule } from "./trial.ts";

/** The rules for deleting. */
export const DELETING_RULES: readonly CheckpointerRule[] = [
  {
    name: "delete() removes records, for good, and no others",
    async test(trial) {
      const records = samples(10);
      const store = await trial.open();
      await store.save(records);
      await store.delete(records.slice(2, 5).map(({ id }) => id));
      const rest = [...records.slice(0, 2), ...records.slice(5)];
      await trial.expect(store, rest, "after a delete");
      await trial.expect(await trial.open(), rest, "after opening it again");
    },
  },
  {
    name: "delete() removes records of an earlier opening",
    async test(trial) {
      await (await trial.open()).save(samples(3));
      await (await trial.open()).delete(["sample#1"]);
      await trial.expect(await trial.open(), [sample("sample#0"), sample("sample#2")], "after a delete");
      await (await trial.open()).delete(["sample#0", "sample#2"]);
      await trial.expect(await trial.open(), [], "after deleting the rest");
    },
  },
  {
    name: "delete() passes over ids that are not there",
    async test(trial) {
      const store = await trial.open();
      await store.delete(["nobody#1"]);
      await trial.expect(store, [], "after deleting from a new store");
      await store.save([FULL, sample("a"), sample("ab")]);
      await store.delete([]);
      await store.delete(["nobody#1", "b", "", "A", "a ", "abc", "sample", "__proto__"]);
      await trial.expect(store, [FULL, sample("a"), sample("ab")], "after deleting ids that are not there");
      await store.delete(["nobody#1", "a", "nobody#2", "a"]);
      await trial.expect(store, [FULL, sample("ab")], "after deleting an id that is there, twice, among others");
      await store.delete(["a"]);
      await trial.expect(await trial.open(), [FULL, sample("ab")], "after deleting an id that was there");
    },
  },
  {
    name: "delete() removes records with ids of every kind",
    async test(trial) {
      const store = await trial.open();
      await store.save(IDS.map((id) => sample(id)));
      const odd = IDS.filter((_, index) => index % 2 === 1);
      await store.delete(odd);
      const even = IDS.filter((_, index) => index % 2 === 0).map((id) => sample(id));
      await trial.expect(store, even, "after deleting every other id");
      await (await trial.open()).delete(IDS);
      await trial.expect(await trial.open(), [], "after deleting the rest");
    },
  },
  {
    name: "delete() removes all records of a large batch",
    async test(trial) {
      const records = samples(trial.settings.largestBatch);
      const store = await trial.open();
      await store.save(records);
      await store.delete(records.slice(1).map(({ id }) => id));
      await trial.expect(store, records.slice(0, 1), `after deleting ${records.length - 1} records`);
      await trial.expect(await trial.open(), records.slice(0, 1), "after opening it again");
    },
  },
  {
    name: "save() after a delete() of the same id keeps the record",
    async test(trial) {
      const store = await trial.open();
      const again = sample(FULL.id, { status: "ready" });
      await store.save([FULL]);
      await store.delete([FULL.id]);
      await store.save([again]);
      await trial.expect(store, [again], "after save, delete and save");
      await trial.expect(await trial.open(), [again], "after opening it again");
      await (await trial.open()).delete([FULL.id]);
      await (await trial.open()).save([FULL]);
      await trial.expect(await trial.open(), [FULL], "after a delete and a save, each with an opening of its own");
    },
  },
];
