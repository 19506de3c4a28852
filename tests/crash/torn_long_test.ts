import { assert } from "@std/assert";
import { Runs } from "./runs.ts";
import { MIXES, type Scenario, type StoreName, STORES } from "./scenario.ts";
import { tearLastWrite } from "./torn.ts";

function scenarioFor(store: StoreName, seed: number): Scenario {
  return {
    index: 0,
    name: `torn ${store}, seed ${seed}`,
    seed,
    store,
    plan: { seed, codec: STORES[store].codec, backends: MIXES["async"]!, weight: "light" },
    checkpointInterval: 0,
    kills: 1,
    tearsAfter: undefined,
    kinds: ["save"],
    fault: undefined,
  };
}

for (const store of ["file-json", "file-structured"] as const) {
  // Small ones, early and late in the work.
  for (const [seed, share] of [[5, 0.3], [11, 0.7]] as const) {
    Deno.test(`A run continues from a ${store} checkpoint that was cut anywhere in its last write, seed ${seed}`, async () => {
      const folder = await Deno.makeTempDir({ prefix: "workflowy-torn-" });
      const runs = new Runs(scenarioFor(store, seed), folder);
      const { saves } = await runs.goUndisturbed();
      const strike = { at: "save", count: Math.ceil(saves * share), moment: "after" } as const;
      await runs.go(runs.orderOf({ strike }), { kill: "save", strike, blow: undefined }, new Map());
      const cuts = await tearLastWrite(runs, 2_000);
      assert(cuts > 100, `only ${cuts} places were tried`);
      await Deno.remove(folder, { recursive: true });
    });
  }
}
