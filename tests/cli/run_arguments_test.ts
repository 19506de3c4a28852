import { assertEquals } from "@std/assert";
import { splitRunArguments } from "../../src/cli/run_arguments.ts";

const CASES: readonly (readonly [args: string, inputs: string, denoFlags: string])[] = [
  ["state x --json", "state x --json", ""],
  ["run", "run", ""],
  ["run p.ts", "run -- p.ts", ""],
  ["run p.ts --progress x -A", "run -- p.ts --progress x -A", ""],
  ["run p.ts -- --x", "run -- p.ts --x", ""],
  ["run -- p.ts -- --x", "run -- p.ts -- --x", ""],
  ["run --progress live p.ts x", "run --progress live -- p.ts x", ""],
  ["run --progress=live -A p.ts", "run --progress=live -- p.ts", "-A"],
  ["run --allow-net=a,b --config c.json --no-check p.ts", "run -- p.ts", "--allow-net=a,b --config c.json --no-check"],
  ["run -RW -c c.json --env-file --unstable-kv p.ts", "run -- p.ts", "-RW -c c.json --env-file --unstable-kv"],
  ["run --report r.json --report s.xml p.ts", "run --report r.json --report s.xml -- p.ts", ""],
  ["run --reprot r.json p.ts", "run --reprot -- r.json p.ts", ""],
  ["run --help", "run --help", ""],
  ["run -h p.ts", "run -h -- p.ts", ""],
];

for (const [args, inputs, denoFlags] of CASES) {
  Deno.test(`splitRunArguments: workflowy ${args}`, () => {
    const split = splitRunArguments(args.split(" "));
    assertEquals([split.inputs.join(" "), split.denoFlags.join(" ")], [inputs, denoFlags]);
  });
}
