/**
 * Shows a pipeline that continues where it stopped. It splits a file of daily weather into one file for each city and
 * year, sums each of them up, compares the years of a city, and writes a report. Its state is saved in a file, or in
 * Deno KV.
 *
 *     deno run --allow-read --allow-write=weather-years --allow-run=deno examples/resume.ts --demo
 *
 * runs the program four times: with a file until it crashes half-way, and then to the end; and the same with KV. By hand:
 *
 *     deno run --allow-read --allow-write=weather-years examples/resume.ts --crash
 *     deno run --allow-read --allow-write=weather-years examples/resume.ts
 *     deno run --allow-read --allow-write=weather-years --unstable-kv examples/resume.ts --kv
 *
 * Remove the folder weather-years to start from the beginning.
 *
 * @module
 */

import { FileCheckpointer, KvCheckpointer, task, TaskRunner } from "@workflowy/workflowy";

const SOURCE = "examples/data/weather.csv";
const FOLDER = "weather-years";
const CITIES = ["New York", "Seattle"];
/** How long a program that crashed keeps the next one out, in milliseconds. */
const LEASE_MS = 1_000;

const crashes = Deno.args.includes("--crash");

/** A year of a city. */
interface Year {
  readonly year: string;
  /** In mm. */
  readonly rain: number;
  /** In °C. */
  readonly hottest: number;
}

// The tasks. Each has a name, by which the next run finds what this one has done.

const split = task({ name: "split" }, async (source: string): Promise<string[]> => {
  const [, ...lines] = (await Deno.readTextFile(source)).trim().split("\n");
  const files = Map.groupBy(lines, (line) => {
    const [city, date] = line.split(",");
    return `${FOLDER}/${city} ${date!.slice(0, 4)}.csv`;
  });
  for (const [path, lines] of files) await Deno.writeTextFile(path, lines.join("\n"));
  console.log(`  split ${source} into ${files.size} files`);
  return [...files.keys()].sort(); // The checkpoint holds only the paths.
});

const sumUp = task({ name: "sum up" }, async (path: string): Promise<Year> => {
  console.log(`  sum up ${path}`);
  const days = (await Deno.readTextFile(path)).split("\n").map((line) => line.split(","));
  return {
    year: path.slice(-8, -4),
    rain: Math.round(days.reduce((sum, [, , rain]) => sum + Number(rain), 0)),
    hottest: Math.max(...days.map(([, , , hottest]) => Number(hottest))),
  };
});

const compare = task({ name: "compare" }, (city: string, years: readonly Year[]): string => {
  if (crashes) {
    console.log(`  crash before ${city} is done`);
    Deno.exit(1); // At once: nothing is cleaned up or saved.
  }
  const wettest = years.reduce((a, b) => a.rain >= b.rain ? a : b);
  const hottest = years.reduce((a, b) => a.hottest >= b.hottest ? a : b);
  console.log(`  compare ${years.length} years of ${city}`);
  return `${city}: most rain in ${wettest.year}, ${wettest.rain} mm; hottest in ${hottest.year}, ${hottest.hottest} °C`;
});

const report = task({ name: "report" }, async (lines: readonly string[]): Promise<string> => {
  const path = `${FOLDER}/report.txt`;
  await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
  console.log(`  write ${path}`);
  return path;
});

/** Runs the pipeline, or what is left of it: the first run and the last are the same program. */
async function main(): Promise<void> {
  await Deno.mkdir(FOLDER, { recursive: true });
  const checkpointer = Deno.args.includes("--kv")
    ? new KvCheckpointer({ path: `${FOLDER}/state.kv`, prefix: "weather", lease: LEASE_MS })
    : new FileCheckpointer(`${FOLDER}/state.jsonl`);
  // handleSignals: Ctrl-C saves everything and ends the program.
  await using runner = await TaskRunner.resume(checkpointer, { handleSignals: true });
  runner.enter();
  let started = 0;
  runner.addEventListener("running", () => started++);

  const files = await split.submit(SOURCE);
  const comparisons = [];
  for (const city of CITIES) {
    const years = sumUp.map(files.filter((path) => path.includes(city)));
    comparisons.push(await compare.submit(city, years));
  }
  const path = await report.submit(comparisons);

  const { length } = runner.handles();
  console.log(`  ${length} tasks: ${started} ran now, ${length - started} had been done before`);
  console.log((await Deno.readTextFile(path)).trimEnd().replaceAll(/^/gm, "  "));
}

/** Runs this program as you would by hand. */
async function demo(): Promise<void> {
  for (const options of [[], ["--kv"]]) {
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.remove(FOLDER, { recursive: true });
    for (const more of [["--crash"], []]) {
      const args = ["examples/resume.ts", ...options, ...more];
      console.log(args.join(" "));
      const rights = ["--allow-read", `--allow-write=${FOLDER}`, "--unstable-kv"];
      await new Deno.Command("deno", { args: ["run", "--quiet", ...rights, ...args] }).spawn().status;
      // After a crash no one gives the lease back: it ends by itself.
      if (options.includes("--kv")) await new Promise((resolve) => setTimeout(resolve, LEASE_MS));
    }
  }
  await Deno.remove(FOLDER, { recursive: true });
}

if (import.meta.main) await (Deno.args.includes("--demo") ? demo() : main());
