import { assert, assertEquals } from "@std/assert";
import { runCampaign } from "./campaign.ts";
import { AVAILABLE, KILLS, MIXES, type StoreName, STORES } from "./scenario.ts";

/** Of how many kills each campaign is; more by hand, with `deno task crash --rounds 1000`. */
const ROUNDS: Readonly<Record<StoreName, number>> = {
  "file-json": 34,
  "file-structured": 27,
  "file-json-always": 27,
  "file-structured-always": 24,
  "kv-json": 27,
  "kv-structured": 24,
  "postgres-json": 22,
  "postgres-structured": 20,
};

for (const [store, rounds] of Object.entries(ROUNDS)) {
  const isThere = AVAILABLE.includes(store as StoreName);
  const skipped = isThere ? "" : " (skipped: PostgreSQL is not installed; apt-get install postgresql)";
  const name = `Programs that are killed ${rounds} times lose nothing and do nothing twice with ${store}${skipped}`;
  Deno.test({ name, ignore: !isThere }, async () => {
    const { kills, primed, failures } = await runCampaign({
      seed: 4,
      rounds,
      jobs: 2,
      stores: [store as StoreName],
      mixes: Object.keys(MIXES),
      kills: KILLS,
    });
    assertEquals(failures, [], failures.join("\n\n"));
    const total = kills.values().reduce((sum, count) => sum + count, 0);
    assert(total >= rounds, `there were ${total} kills only`);
    assert(primed > 0, "no program found anything on record");
  });
}

Deno.test("Programs that are killed are put through at least 200 kills, on all checkpoints", () => {
  assertEquals(Object.keys(ROUNDS), Object.keys(STORES));
  assert(Object.values(ROUNDS).reduce((sum, rounds) => sum + rounds, 0) >= 200);
});
