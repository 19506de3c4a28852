/**
 * The simulation as a command: `deno task simulate --plans 10000 --seed 7`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { seedOf } from "../crash/random.ts";
import { simulate } from "./simulation.ts";

const USAGE =
  `Simulates random programs of tasks that are killed in the middle of a save and resumed in another order, and looks
at whether all of their work was done as if nothing had stopped them.

Usage: deno task simulate [OPTION…]

  --plans N   how many programs (default: 1000)
  --seed N    what everything random is made from (default: 1)
  --only N    only the program with that number, as failures name it
  --help      print this

Exits with 0 if all went well, 1 if something was wrong, 2 if an argument is.`;

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`--${name} must be a whole number, not "${text}"`);
  Deno.exit(2);
}

async function main(args: string[]): Promise<number> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { plans: text, seed: text, only: text, help: { type: "boolean" } } });
  if (values.help) return console.log(USAGE) ?? 0;
  const seed = wholeNumber("seed", values.seed ?? "1");
  const first = wholeNumber("only", values.only ?? "0");
  const plans = values.only === undefined ? wholeNumber("plans", values.plans ?? "1000") : 1;
  let [kills, found, failed] = [0, 0, 0];
  for (let index = first; index < first + plans; index++) {
    const outcome = await simulate(seedOf(seed, index));
    kills += outcome.kills;
    found += outcome.found;
    if (outcome.problems.length === 0) continue;
    failed++;
    console.error(`Plan ${index} of seed ${seed}:\n  ${outcome.problems.join("\n  ")}`);
  }
  console.log(`${plans} plans of seed ${seed}: ${kills} kills, ${found} completions found on record, ${failed} wrong`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
