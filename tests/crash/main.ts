/**
 * The crash campaign as a command: `deno task crash --rounds 1000 --seed 7`.
 *
 * @module
 */

import { type CampaignOptions, runCampaign } from "./campaign.ts";
import { killAll } from "./child.ts";
import { AVAILABLE, type Kill, KILLS, MIXES, type StoreName, STORES } from "./scenario.ts";

const USAGE = `Kills programs at random moments, resumes them, and looks whether anything was lost, done twice or wrong.

Usage: deno task crash [OPTION…]

  --rounds N    kill at least N times (default: 200)
  --seed N      what everything random is made from (default: another one each time; it is printed)
  --only N      only the scenario with that number, as failures say it
  --jobs N      how many programs run at a time (default: 2)
  --stores LIST which checkpoints, with commas (default: all that there can be here): ${Object.keys(STORES).join(", ")}
  --mixes LIST  which backends the tasks are on (default: all): ${Object.keys(MIXES).join(", ")}
  --kills LIST  which ways to be killed (default: all): ${KILLS.join(", ")}
  --help        print this

Exits with 0 if all went well, 1 if something was wrong, 2 if an argument is.`;

/** What was asked for. */
export type Request =
  | { readonly kind: "help" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "campaign"; readonly options: CampaignOptions };

/** Makes sense of the arguments. */
export function parseArguments(args: readonly string[], seed: number): Request {
  if (args.some((arg) => arg === "--help" || arg === "-h")) return { kind: "help" };
  try {
    return { kind: "campaign", options: optionsOf(args, seed) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: "refused", why: error.message };
    throw error;
  }
}

function optionsOf(args: readonly string[], seed: number): CampaignOptions {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [name = "", ...rest] = args[at]!.split("=");
    if (!NAMES.includes(name)) throw new RangeError(`There is no option ${args[at]}`);
    if (given.has(name)) throw new RangeError(`${name} is given twice`);
    const value = rest.length > 0 ? rest.join("=") : args[++at];
    if (value === undefined) throw new RangeError(`${name} needs a value`);
    given.set(name, value);
  }
  const number = (name: string, least: number) => {
    const text = given.get(name);
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text) && Number(text) >= least && Number(text) < 2 ** 32) return Number(text);
    throw new RangeError(`${name} must be a whole number from ${least} to ${2 ** 32 - 1}, not "${text}"`);
  };
  const list = (name: string, known: readonly string[]) => {
    const names = given.get(name)?.split(",") ?? known;
    const unknown = names.find((each) => !known.includes(each));
    if (unknown === undefined) return names;
    throw new RangeError(`${name} cannot have "${unknown}": there are ${known.join(", ")}`);
  };
  const only = number("--only", 0);
  return {
    rounds: number("--rounds", 1) ?? (only === undefined ? 200 : Infinity),
    seed: number("--seed", 0) ?? seed,
    only,
    jobs: number("--jobs", 1) ?? 2,
    stores: given.has("--stores") ? list("--stores", Object.keys(STORES)) as StoreName[] : AVAILABLE,
    mixes: list("--mixes", Object.keys(MIXES)),
    kills: list("--kills", KILLS) as Kill[],
  };
}

const NAMES = ["--rounds", "--seed", "--only", "--jobs", "--stores", "--mixes", "--kills"];

async function main(args: readonly string[]): Promise<number> {
  const request = parseArguments(args, crypto.getRandomValues(new Uint32Array(1))[0]!);
  if (request.kind === "help") {
    console.log(USAGE);
    return 0;
  }
  if (request.kind === "refused") {
    console.error(`${request.why}.\n\n${USAGE}`);
    return 2;
  }
  const { options } = request;
  console.log(`Seed ${options.seed}`);
  Deno.addSignalListener("SIGINT", () => {
    killAll();
    Deno.exit(130);
  });
  const start = performance.now();
  const { kills, scenarios, finished, primed, compactions, torn, failures } = await runCampaign({
    ...options,
    progress: (line) => console.log(line),
  });
  for (const failure of failures) console.error(`\n${failure}`);
  const total = kills.values().reduce((sum, count) => sum + count, 0);
  const counts = [...kills].sort().map(([kill, count]) => `${count} ${kill}`).join(", ");
  console.log(
    `\n${total} kills (${counts}) in ${scenarios} scenarios; ${finished} runs came to their end, ${primed} completions were ` +
      `found on record, files were compacted ${compactions} times, ${torn} were cut short; ${
        ((performance.now() - start) / 1_000).toFixed(1)
      } s; ` +
      `${failures.length} failed`,
  );
  return failures.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
