import { chaos } from "./chaos.ts";
import { NATS, POSTGRES } from "./engines.ts";

/** Another one each time, unless it is given: a failure says which. */
const seed = Number(Deno.env.get("WORKFLOWY_CHAOS_SEED") ?? Math.floor(Math.random() * 1e9));

for (const engine of [NATS, POSTGRES]) {
  for (const round of [0, 1, 2]) {
    Deno.test({
      name: `${engine.name}: a campaign of kills and freezes, with seed ${seed + round}`,
      ignore: engine.missing !== undefined,
      fn: async () => console.log(await chaos(engine, { seed: seed + round, tasks: 1_500, faults: 60 })),
    });
  }
}
