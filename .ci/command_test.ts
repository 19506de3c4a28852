import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCommand } from "./command.ts";

function runScript(script: string, timeout: number) {
  return runCommand({
    program: Deno.execPath(),
    args: ["eval", script],
    cwd: Deno.cwd(),
    timeout,
  });
}

Deno.test("runCommand() tells both outputs apart and joins them", async () => {
  const result = await runScript(`console.log("out"); console.error("err"); Deno.exit(3)`, 60_000);
  assertEquals([result.ok, result.ending, result.stdout], [false, "exit code 3", "out\n"]);
  assertStringIncludes(result.output, "err\n");
});

Deno.test("runCommand() stops what is out of time, and keeps what it printed", async () => {
  const result = await runScript(`console.log("begun"); setInterval(() => {}, 1000)`, 500);
  assertEquals([result.ok, result.ending], [false, "stopped after 0.5 s"]);
  assert(result.durationMs < 4_000);
});
