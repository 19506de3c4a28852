/**
 * Long campaigns of kills and freezes: `deno task chaos --tasks 1500 --faults 60 --seed 7`, or only one engine:
 * `deno task chaos nats`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { chaos } from "./chaos.ts";
import { NATS, POSTGRES } from "./engines.ts";

const ENGINES = [NATS, POSTGRES];

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  console.error(`--${name} must be a whole number from 1 on, not "${text}"`);
  return Deno.exit(2);
}

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    tasks: { type: "string", default: "1500" },
    faults: { type: "string", default: "60" },
    seed: { type: "string", default: String(1 + Math.floor(Math.random() * 1e8)) },
  },
});
const options = {
  tasks: wholeNumber("tasks", values.tasks),
  faults: wholeNumber("faults", values.faults),
  seed: wholeNumber("seed", values.seed),
};
console.log(`Seed ${options.seed}`);
for (const engine of ENGINES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  if (engine.missing === undefined) console.log(await chaos(engine, options));
  else console.log(`${engine.name}: skipped: ${engine.missing}`);
}
