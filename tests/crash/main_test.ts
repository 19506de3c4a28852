import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { commandFor } from "./campaign.ts";
import { parseArguments } from "./main.ts";
import { AVAILABLE, KILLS, MIXES, scenarioOf } from "./scenario.ts";

Deno.test("deno task crash kills 200 programs with all checkpoints, unless told otherwise", () => {
  assertEquals(parseArguments([], 5), {
    kind: "campaign",
    options: {
      rounds: 200,
      seed: 5,
      only: undefined,
      jobs: 2,
      stores: AVAILABLE,
      mixes: Object.keys(MIXES),
      kills: KILLS,
    },
  });
});

Deno.test("deno task crash takes options with and without an equals sign", () => {
  const args = [
    "--rounds",
    "1000",
    "--seed=7",
    "--jobs=3",
    "--stores",
    "kv-json,file-json",
    "--mixes=async",
    "--kills=term",
  ];
  assertEquals(parseArguments(args, 5), {
    kind: "campaign",
    options: {
      rounds: 1_000,
      seed: 7,
      only: undefined,
      jobs: 3,
      stores: ["kv-json", "file-json"],
      mixes: ["async"],
      kills: ["term"],
    },
  });
});

Deno.test("deno task crash explains itself, whatever else is asked for", () => {
  assertEquals(parseArguments(["--rounds", "x", "--help"], 5), { kind: "help" });
  assertEquals(parseArguments(["-h"], 5), { kind: "help" });
});

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "There is no option --round": ["--round", "5"],
  "There is no option 5": ["5"],
  "--rounds needs a value": ["--rounds"],
  '--rounds must be a whole number from 1 to 4294967295, not "0"': ["--rounds", "0"],
  '--rounds must be a whole number from 1 to 4294967295, not "1e3"': ["--rounds=1e3"],
  '--seed must be a whole number from 0 to 4294967295, not "-1"': ["--seed", "-1"],
  '--seed must be a whole number from 0 to 4294967295, not "4294967296"': ["--seed", "4294967296"],
  '--jobs must be a whole number from 1 to 4294967295, not ""': ["--jobs="],
  '--mixes cannot have "asink": there are async, thread, process, mixed': ["--mixes", "thread,asink"],
  '--kills cannot have "": there are clock, lines, save, file, power, term, server, both': ["--kills", "term,"],
  "--seed is given twice": ["--seed", "1", "--seed", "2"],
};

for (const [why, args] of Object.entries(REFUSED)) {
  Deno.test(`deno task crash refuses ${args.join(" ")}`, () => {
    assertEquals(parseArguments(args, 5), { kind: "refused", why });
  });
}

Deno.test("deno task crash repeats a scenario from the command that a failure names", () => {
  const choices = { seed: 3, stores: ["kv-json", "file-json"], mixes: ["async", "mixed"], kills: ["term"] } as const;
  const command = commandFor(12, choices);
  const request = parseArguments(command.replace("deno task crash ", "").split(" "), 5);
  assertEquals(request.kind, "campaign");
  if (request.kind !== "campaign") return;
  assertEquals([request.options.only, request.options.rounds], [12, Infinity]);
  assertEquals(scenarioOf(12, request.options), scenarioOf(12, choices));
});

Deno.test("deno task crash exits with 2 and its usage if an argument is wrong, and with 0 for help", async () => {
  const main = fromFileUrl(new URL("main.ts", import.meta.url));
  const run = async (...args: string[]) => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--unstable-kv", main, ...args],
    });
    const { code, stdout, stderr } = await command.output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  };
  const [help, wrong] = await Promise.all([run("--help"), run("--rounds", "many")]);
  assertEquals([help.code, help.stderr], [0, ""]);
  assertMatch(help.stdout, /^Kills programs .*\n\nUsage: deno task crash \[OPTION…\]\n/);
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assertMatch(wrong.stderr, /^--rounds must be a whole number .*"many"\.\n\nKills programs/);
});
