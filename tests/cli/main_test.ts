import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { oneLineOf, workflowy } from "./support.ts";

const MAIN = new URL("../../src/cli/main.ts", import.meta.url).href;

Deno.test("workflowy without arguments, and --help, list the commands", async () => {
  const [none, help] = await Promise.all([workflowy([]), workflowy(["--help"])]);
  assertEquals(none, help);
  assertEquals([help.code, help.stderr], [0, ""]);
  for (const command of ["run", "state", "schedule", "doctor", "completions"]) {
    assertMatch(help.stdout, new RegExp(`^  ${command} `, "m"));
  }
});

Deno.test("workflowy --help loads the parser and nothing that runs tasks", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", MAIN],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: {
      specifier: string;
      dependencies?: { specifier: string; isDynamic?: boolean; code?: { specifier: string } }[];
    }[];
  };
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set([MAIN]);
  for (const name of loaded) {
    for (const { isDynamic, code } of byName.get(name)?.dependencies ?? []) {
      if (isDynamic !== true && code !== undefined) loaded.add(code.specifier);
    }
  }
  const others = [...loaded].filter((name) => !name.includes("/src/cli/") && !name.startsWith("npm:"));
  assertEquals(others, []);
});

Deno.test("workflowy --version prints the version", async () => {
  assertEquals(await workflowy(["--version"]), { code: 0, stdout: `${config.version}\n`, stderr: "" });
});

const MISTAKES: readonly (readonly [args: readonly string[], message: string])[] = [
  [["schedul"], 'error: There is no command "schedul"; did you mean "schedule"?'],
  [["schedule", "nxt"], 'did you mean "next"?'],
  [["schedule", "next", "--cuont", "3", "@daily"], 'There is no option "--cuont"; did you mean "--count"?'],
  [["schedule", "next"], "error: The cron is missing; --help shows where it stands"],
  [["schedule", "next", "0 9 * *"], "needs five: minute, hour, day of month, month, day of week"],
  [["schedule", "next", "@daily", "-n", "many"], '--count must be a whole number of 0 or more, not "many"'],
  [["schedule", "next", "@daily", "-n"], "--count needs a value"],
  [["schedule", "next", "@daily", "-y"], 'There is no option "-y"'],
  [["ps", "--foo"], 'There is no option "--foo"; --help lists all'],
  [["run", "--foo", "a.ts"], 'There is no option "--foo"; --help lists all'],
  [["xyz"], 'There is no command "xyz"; --help lists all'],
  [["ps", "--json=maybe"], '--json must be true or false, or stand alone, not "maybe"'],
  [["ps", "now"], '"now" is one word too many'],
  [["graph", "a.jsonl", "--theme", "drak"], '--theme must be auto, light or dark, not "drak"; did you mean "dark"?'],
  [["--verson"], 'There is no option "--verson"; did you mean "--version"?'],
  [["schedule", "next", "@daily", "-n", "0"], "-n must be from 1"],
  [["schedule", "next", "@daily", "--timezone", "Europe/Berln"], 'not "Europe/Berln"'],
  [["completions", "bsh"], 'did you mean "bash"?'],
];

for (const [args, message] of MISTAKES) {
  Deno.test(`workflowy ${args.join(" ")}: one sentence on stderr, and code 2`, async () => {
    assertStringIncludes(await oneLineOf(args), message);
  });
}

Deno.test("workflowy schedule next prints the next times in both notations", async () => {
  const { code, stdout } = await workflowy(["schedule", "next", "0 9 * * MON", "-n", "3", "--timezone", "Asia/Tokyo"]);
  const lines = stdout.trimEnd().split("\n");
  assertEquals([code, lines.length], [0, 3]);
  for (const line of lines) assertMatch(line, /^\d{4}-\d\d-\d\dT00:00:00\.000Z {2}Mon, \d\d \w+ \d{4}, 09:00 GMT\+9$/);
});

Deno.test("workflowy schedule next takes the fields without quotes, and prints JSON", async () => {
  const { stdout } = await workflowy(["schedule", "next", "30", "4", "1", "1", "*", "--json", "--timezone", "UTC"]);
  const times = JSON.parse(stdout) as string[];
  assertEquals(times.length, 5);
  for (const time of times) assertStringIncludes(time, "-01-01T04:30:00.000Z");
});

Deno.test("workflowy __complete proposes commands, options and values", async () => {
  const proposals = async (...words: string[]) =>
    (await workflowy(["__complete", ...words])).stdout.trimEnd().split("\n").map((line) => line.split("\t")[0]);
  assert((await proposals("")).includes("schedule"));
  assertEquals(await proposals("sch"), ["schedule"]);
  assert((await proposals("schedule", "next", "--")).includes("--timezone"));
  assertEquals(await proposals("completions", "b"), ["bash"]);
});

const hasFullDevice = await Deno.stat("/dev/full").then(() => true, () => false);

Deno.test({
  name: "workflowy says in one line that its output cannot be written",
  ignore: !hasFullDevice,
  fn: async () => {
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", `"$@" > /dev/full`, "sh", Deno.execPath(), "run", "-A", "-q", "--no-check", MAIN, "ps"],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assertEquals([code, text.trimEnd().split("\n").length], [2, 1], text);
    assertStringIncludes(text, "error: The output cannot be written: No space left on device");
  },
});

Deno.test("workflowy completions bash is a script that bash can run", async () => {
  const { stdout: script } = await workflowy(["completions", "bash"]);
  const program = `workflowy() { printf 'schedule\\tLook\\nstate\\tLook\\n'; }
${script}
COMP_WORDS=(workflowy st) COMP_CWORD=1
_workflowy
echo "\${COMPREPLY[@]}"`;
  const { stdout } = await new Deno.Command("bash", { args: ["-c", program] }).output();
  assertEquals(new TextDecoder().decode(stdout), "state\n");
});
