import type { Backend } from "../../mod.ts";
import { whyNot } from "./conformance/case.ts";
import { cases } from "./conformance/cases.ts";

const BACKENDS: readonly Backend[] = ["async", "thread", "process"];

for (const backend of BACKENDS) {
  for (const each of cases) {
    const reason = whyNot(each, backend);
    const name = `The ${backend} backend ${each.name}`;
    if (reason === undefined) Deno.test(name, () => each.run(backend));
    else Deno.test({ name: `${name} (skipped: ${reason})`, ignore: true, fn() {} });
  }
}
