import { assert, assertEquals, assertMatch } from "@std/assert";
import { type CampaignOptions, runCampaign } from "./campaign.ts";
import { KILLS } from "./scenario.ts";

/** One plan with a checkpoint of each kind. Campaigns of many are in `campaign_long_test.ts`. */
const OPTIONS: CampaignOptions = {
  seed: 4,
  rounds: 4,
  jobs: 2,
  stores: ["file-json", "kv-structured"],
  mixes: ["async"],
  kills: KILLS,
};

Deno.test("a program that is killed several times loses nothing and does nothing twice", async () => {
  const { kills, failures } = await runCampaign(OPTIONS);
  assertEquals(failures, [], failures.join("\n\n"));
  const total = kills.values().reduce((sum, count) => sum + count, 0);
  assert(total >= OPTIONS.rounds, `there were ${total} kills only`);
});

Deno.test("the campaign detects a program that acknowledges before it writes, and says how to repeat the run", async () => {
  const { failures } = await runCampaign({
    ...OPTIONS,
    seed: 1,
    rounds: 40,
    stores: ["file-json"],
    mixes: ["async"],
    kills: ["lines", "save"],
    fault: "acknowledges before it writes",
  });
  assertMatch(failures.join("\n"), /has seen the end of .* which is not on record|was delivered twice/);
  for (const failure of failures) {
    assertMatch(failure, /\n {2}Again: deno task crash --seed 1 --only \d+ --stores /);
    await Deno.remove(/Its files are in (.*)/.exec(failure)![1]!, { recursive: true });
  }
});
