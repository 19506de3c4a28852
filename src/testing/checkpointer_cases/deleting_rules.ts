/**
 * What `delete()` must do.
 *
 * @module
 */

import { FULL, IDS, sample, samples } from "./samples.ts";
import type { CheckpointerRule } from "./case_context.ts";

/** The rules for deleting. */
export const DELETING_RULES: readonly CheckpointerRule[] = [
  {
    name: "delete() removes records, for good, and no others",
    async test(context) {
      const records = samples(10);
      const store = await context.open();
      await store.save(records);
      await store.delete(records.slice(2, 5).map(({ id }) => id));
      const rest = [...records.slice(0, 2), ...records.slice(5)];
      await context.expect(store, rest, "after a delete");
      await context.expect(await context.open(), rest, "after opening it again");
    },
  },
  {
    name: "delete() removes records of an earlier opening",
    async test(context) {
      await (await context.open()).save(samples(3));
      await (await context.open()).delete(["sample#1"]);
      await context.expect(await context.open(), [sample("sample#0"), sample("sample#2")], "after a delete");
      await (await context.open()).delete(["sample#0", "sample#2"]);
      await context.expect(await context.open(), [], "after deleting the rest");
    },
  },
  {
    name: "delete() ignores ids that are not there",
    async test(context) {
      const store = await context.open();
      await store.delete(["absent#1"]);
      await context.expect(store, [], "after deleting from a new store");
      await store.save([FULL, sample("a"), sample("ab")]);
      await store.delete([]);
      await store.delete(["absent#1", "b", "", "A", "a ", "abc", "sample", "__proto__"]);
      await context.expect(store, [FULL, sample("a"), sample("ab")], "after deleting ids that are not there");
      await store.delete(["absent#1", "a", "absent#2", "a"]);
      await context.expect(store, [FULL, sample("ab")], "after deleting an id that is there, twice, among others");
      await store.delete(["a"]);
      await context.expect(await context.open(), [FULL, sample("ab")], "after deleting an id that was there");
    },
  },
  {
    name: "delete() removes records with ids of every kind",
    async test(context) {
      const store = await context.open();
      await store.save(IDS.map((id) => sample(id)));
      const odd = IDS.filter((_, index) => index % 2 === 1);
      await store.delete(odd);
      const even = IDS.filter((_, index) => index % 2 === 0).map((id) => sample(id));
      await context.expect(store, even, "after deleting every other id");
      await (await context.open()).delete(IDS);
      await context.expect(await context.open(), [], "after deleting the rest");
    },
  },
  {
    name: "delete() removes all records of a large batch",
    async test(context) {
      const records = samples(context.settings.largestBatch);
      const store = await context.open();
      await store.save(records);
      await store.delete(records.slice(1).map(({ id }) => id));
      await context.expect(store, records.slice(0, 1), `after deleting ${records.length - 1} records`);
      await context.expect(await context.open(), records.slice(0, 1), "after opening it again");
    },
  },
  {
    name: "save() after a delete() of the same id keeps the record",
    async test(context) {
      const store = await context.open();
      const again = sample(FULL.id, { status: "ready" });
      await store.save([FULL]);
      await store.delete([FULL.id]);
      await store.save([again]);
      await context.expect(store, [again], "after save, delete and save");
      await context.expect(await context.open(), [again], "after opening it again");
      await (await context.open()).delete([FULL.id]);
      await (await context.open()).save([FULL]);
      await context.expect(await context.open(), [FULL], "after a delete and a save, each with an opening of its own");
    },
  },
];
