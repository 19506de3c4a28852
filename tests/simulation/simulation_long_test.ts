import { simulatePlans } from "./simulation.ts";

Deno.test("3,000 programs that are killed and resumed in another order end as if nothing had stopped them", () =>
  simulatePlans(2, 3_000));
