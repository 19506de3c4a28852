import { assert, assertMatch } from "@std/assert";
import { runCampaign } from "./campaign.ts";
import { KNOWS_PROCESSES } from "./leftovers.ts";
import type { Fault } from "./order.ts";
import type { Kill, StoreName } from "./scenario.ts";

interface Crime {
  readonly fault: Fault;
  /** What is said of it. */
  readonly evidence: RegExp;
  readonly kills?: readonly Kill[];
  readonly store?: StoreName;
  readonly ignore?: boolean;
}

const CRIMES: readonly Crime[] = [
  { fault: "ids by position", evidence: /under \d+ ids|wrong value|something else|which is the key of/ },
  {
    fault: "acknowledges before it writes",
    evidence: /has seen the end of .* which is not on record|was delivered twice/,
  },
  {
    fault: "acknowledges before it writes",
    store: "kv-json",
    evidence: /has seen the end of .* which is not on record|was delivered twice/,
  },
  {
    fault: "forgets a record",
    evidence: /although it was on record|not on record|was delivered twice|at another time/,
  },
  { fault: "mixes up values", evidence: /wrong value|something else/ },
  { fault: "keeps old records", evidence: /not on record|but on record as/ },
  {
    fault: "never synchronises",
    store: "file-json-always",
    kills: ["power"],
    evidence: /not on record|no longer on record/,
  },
  { fault: "leaves a process behind", evidence: /left processes behind: .*sleep/, ignore: !KNOWS_PROCESSES },
];

const USUAL: readonly Kill[] = ["lines", "save"];

for (const { fault, evidence, kills = USUAL, store = "file-json", ignore = false } of CRIMES) {
  Deno.test({
    name: `The crash campaign finds out a program with ${store} that ${nameOf(fault)}`,
    ignore,
    async fn() {
      const { failures } = await runCampaign({
        seed: 1,
        rounds: 100,
        jobs: 2,
        stores: [store],
        mixes: ["async"],
        kills,
        fault,
      });
      assert(failures.length > 0, "nothing was found");
      assertMatch(failures.join("\n"), evidence);
      for (const failure of failures) {
        assertMatch(failure, /\n {2}Again: deno task crash --seed 1 --only \d+ --stores /);
        await Deno.remove(/Its files are in (.*)/.exec(failure)![1]!, { recursive: true });
      }
    },
  });
}

function nameOf(fault: Fault): string {
  return fault === "ids by position" ? "knows steps by their place" : fault;
}
