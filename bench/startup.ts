/**
 * What importing the library adds to a script that does nothing.
 *
 * @module
 */

import { conclude, median, printTable, ratio, times, type Timing } from "./harness.ts";
import { fromFileUrl, join } from "@std/path";

const ROUNDS = 25;
const REPOSITORY = new URL("../", import.meta.url);

const SCRIPTS: Readonly<Record<string, string>> = {
  "empty": "",
  "import mod.ts": `import ${JSON.stringify(new URL("mod.ts", REPOSITORY).href)};\n`,
  "import p-queue": `import "npm:p-queue@10.0.0";\n`,
  "import effect": `import "npm:effect@4.1.0";\n`,
};

const folder = await Deno.makeTempDir({ prefix: "workflowy-startup-" });
try {
  const config = fromFileUrl(new URL("deno.json", REPOSITORY));
  const files = new Map<string, string>();
  for (const [name, source] of Object.entries(SCRIPTS)) {
    const file = join(folder, `${name.replaceAll(/\W/g, "_")}.ts`);
    await Deno.writeTextFile(file, source);
    files.set(name, file);
  }
  const timings = new Map<string, number[]>([...files.keys()].map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, file] of files) {
      const start = performance.now();
      const { success } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--config", config, file],
        stdin: "null",
        stdout: "null",
        stderr: "inherit",
      }).output();
      if (!success) throw new Error(`Cannot run the script "${name}"`);
      if (round >= 0) timings.get(name)!.push(performance.now() - start);
    }
  }
  const empty = timings.get("empty")!;
  const over = (name: string) => median(timings.get(name)!.map((taken, round) => taken - empty[round]!));
  const asTiming = (name: string): Timing => ({ name, micros: timings.get(name)! });
  printTable(
    `deno run of a script, ${ROUNDS} rounds`,
    ["", "ms", "ms over empty", "÷ empty"],
    [...files.keys()].map((name) => [
      name,
      median(timings.get(name)!).toFixed(1),
      over(name).toFixed(1),
      times(ratio(asTiming(name), asTiming("empty"))),
    ]),
  );
  const share = over("import mod.ts") / median(empty);
  conclude(`Aim: < 20 ms where an empty script takes 18, so < ${times(20 / 18)} of that. Measured: ${times(share)}`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
