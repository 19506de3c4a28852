import type { Backend } from "../../../mod.ts";
import { whyNot } from "./case.ts";
import { cases } from "./cases.ts";
import { quietRunner } from "../support.ts";

const BACKENDS: readonly Backend[] = ["async", "thread", "process"];

for (const backend of BACKENDS) {
  // Its cases share workers, as the start of one takes longer than most cases.
  Deno.test(`The ${backend} backend does what is promised of all backends`, async (t) => {
    await using runner = quietRunner();
    for (const each of cases) {
      const reason = whyNot(each, backend);
      await t.step({
        name: `it ${each.name}${reason === undefined ? "" : ` (skipped: ${reason})`}`,
        ignore: reason !== undefined,
        sanitizeOps: false,
        sanitizeResources: false,
        fn: () => each.run(backend, runner),
      });
    }
  });
}
