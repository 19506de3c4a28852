import { assert, assertEquals, assertMatch } from "@std/assert";
import { childArguments } from "../../../src/pools/process/command_line.ts";
import { checkDenoFlags } from "../../../src/pools/process/deno_flags.ts";
import { FLAGS_WITH_VALUE } from "./deno_flags.ts";
import { dataUrl, runDeno } from "./run_deno.ts";

const main = dataUrl(`console.log("it runs")`);

/** Runs a child with those flags. */
function runWith(...denoFlags: readonly string[]) {
  return runDeno(
    childArguments({ permissions: "none", memoryLimitMb: undefined, config: undefined, denoFlags, main }),
  );
}

for (const [flag, value] of Object.entries(FLAGS_WITH_VALUE)) {
  Deno.test(`Deno takes the next argument for the value of ${flag}`, async () => {
    const alone = await runWith(flag);
    assert(alone.code !== 0 && !alone.stdout.includes("it runs"), JSON.stringify(alone));
    if (value !== undefined) assertMatch((await runWith(`${flag}=${value}`)).stdout, /it runs/);
  });
}

Deno.test("Flags whose value is optional do not take the main module for it", async () => {
  const flags = ["--v8-flags", "--check", "--no-lock", "--reload", "--node-modules-dir=none", "--inspect=127.0.0.1:0"];
  for (const flag of [...flags, "--env-file", "--frozen", "--vendor", "--cached-only", "--allow-scripts", "-q", "-A"]) {
    const checked = checkDenoFlags([flag], "denoFlags");
    assertEquals([flag, (await runWith(...checked)).stdout], [flag, "it runs"]);
  }
});
