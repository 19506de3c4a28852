import { simulatePlans } from "./simulation.ts";

Deno.test("300 programs that are killed and resumed in another order end as if nothing had stopped them", () =>
  simulatePlans(1, 300));
