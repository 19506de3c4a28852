import { chaos } from "./chaos.ts";
import { NATS, POSTGRES } from "./engines.ts";

// A short campaign. `deno task chaos` runs long ones, with other seeds.
for (const engine of [NATS, POSTGRES]) {
  const skipped = engine.missing === undefined ? "" : ` (skipped: ${engine.missing})`;
  Deno.test({
    name: `${engine.name}${skipped}: whatever is killed or stands still, all tasks complete`,
    ignore: engine.missing !== undefined,
    fn: async () => void await chaos(engine, { seed: 7, tasks: 60, faults: 6 }),
  });
}
