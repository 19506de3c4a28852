/**
 * Shows a whole pipeline, from a file of daily weather to a report: it reads the file, checks every row, runs a task for
 * each city, year and month, joins the cities with the airports near them, ranks the months, and writes a Markdown report.
 *
 *     deno task demo [FILE.csv] [--out=REPORT.md] [--report=RUN.html] [--ui]
 *
 * In a terminal, the progress of its tasks is shown while they run. With `--report` it writes a page about the run itself: the graph
 * of its tasks, when each of them ran, and what failed. With `--ui` it serves the dashboard, until Ctrl+C ends it.
 *
 * Without a FILE it reads `examples/data/weather.csv`. Then it needs no more rights than these:
 *
 *     deno run --allow-read=examples/data --allow-write=weather-report.md examples/weather.ts
 *
 * @module
 */

import { normalize } from "node:path";
import { parseArgs } from "node:util";
import { currentTask, DependencyFailedError, task, TaskRunner } from "@workflowy/workflowy";
import { htmlReport, showProgress } from "@workflowy/workflowy/observe";
import { type NearestAirports, nearestAirports, readAirports } from "./weather/airports.ts";
import { type BadRow, type CheckedRows, checkRows, type DailyWeather } from "./weather/daily_weather.ts";
import { InputError } from "./weather/input_error.ts";
import { composeReport, count, describeBadRow, rankingTable, summaryTable } from "./weather/report.ts";
import { listStages } from "./weather/stages.ts";
import { combine, rank, type Ranking, summarize, type Summary } from "./weather/summary.ts";
import { consoleTable } from "./weather/table.ts";
import { describePath, readText, writeText } from "./weather/text_file.ts";

const WEATHER = new URL("./data/weather.csv", import.meta.url);
const AIRPORTS = new URL("./data/airports.csv", import.meta.url);
const USAGE = "Usage: deno task demo [FILE.csv] [--out=REPORT.md] [--report=RUN.html] [--ui]";
/** How many bad rows are printed; the report lists all of them. */
const MAX_PRINTED = 20;

// The tasks. Those that use files share a pool, so that at most two files are open at a time.

const readRows = task({ name: "read rows", pool: "files" }, readText);

const check = task({ name: "check rows" }, (text: string, source: string): CheckedRows => {
  const rows = checkRows(text, source, (lines) => currentTask()?.progress(0.5, `${count(lines)} rows so far`));
  currentTask()?.progress(1, `${count(rows.good.length)} good, ${count(rows.bad.length)} bad`);
  return rows;
});

const loadAirports = task({ name: "load airports", pool: "files" }, async () => {
  const airports = readAirports(await readText(AIRPORTS));
  currentTask()?.progress(1, `${count(airports.length)} airports`);
  return airports;
});

const labelled = { label: (location: string, period: string) => `${location} ${period}` };

const month = task(
  { name: "month", ...labelled },
  (location: string, period: string, days: readonly DailyWeather[]) => {
    return summarize(location, period, days);
  },
);

const year = task({ name: "year", ...labelled }, (location: string, period: string, months: readonly Summary[]) => {
  return combine(location, period, months);
});

const city = task(
  { name: "city", label: (location: string) => location },
  (location: string, years: readonly Summary[]) => {
    const [first, last] = [years[0]!.period, years.at(-1)!.period];
    return combine(location, first === last ? first : `${first}-${last}`, years);
  },
);

// A report without airports is better than no report: this task also runs if they could not be loaded.
const findNearest = task({ name: "nearest airports", onDepFailure: "run-anyway" }, nearestAirports);

const rankMonths = task({ name: "rank months" }, (months: readonly Summary[]) => rank(months, 3));

const compose = task(
  { name: "compose report" },
  // A handle can be an argument, or an element of a list, but not an element of a list inside an object.
  (
    source: string,
    rows: CheckedRows,
    months: readonly Summary[],
    years: readonly Summary[],
    cities: readonly Summary[],
    airports: readonly NearestAirports[],
    rankings: readonly Ranking[],
  ) => composeReport({ source, rows, months, years, cities, airports, rankings }),
);

const writeReport = task({ name: "write report", pool: "files" }, writeText);

/** What the command line asks for. */
interface Arguments {
  readonly source: string | URL;
  readonly out: string;
  /** Where the page about the run is written, if it is. */
  readonly report: string | undefined;
  /** Whether the dashboard is served. */
  readonly ui: boolean;
}

/** Runs the pipeline, and writes the page about the run, however it ends. */
async function main({ source, out, report, ui }: Arguments, signal: AbortSignal): Promise<void> {
  await using runner = new TaskRunner({
    pools: { files: { backend: "async", maxWorkers: 2 } },
    onTaskError: "continue", // Failures are kept on the handles, and explained at the end.
    signal,
  });
  runner.enter();
  listStages(runner);
  await using served = ui
    ? (await import("@workflowy/workflowy/dashboard")).dashboard(runner, { readOnly: false })
    : null;
  if (served !== null) console.error(`The dashboard: ${served.url}`);
  try {
    // Elsewhere than in a terminal, the stages are enough.
    using _ = showProgress(runner, { mode: Deno.stderr.isTerminal() ? "auto" : "none" });
    await runPipeline(runner, source, out);
  } finally {
    if (report !== undefined) await writeText(report, await htmlReport(runner, { title: "Weather" }));
  }
  if (served === null) return;
  console.error("The dashboard stays until Ctrl+C.");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

async function runPipeline(runner: TaskRunner, source: string | URL, out: string): Promise<void> {
  // A handle stands for a value to come: check() waits for readRows(), and gets its text.
  const rows = check.submit(readRows.submit(source), describePath(source));
  // An order without a value: with a bad file, the airports are not loaded at all.
  const airports = loadAirports.with({ dependsOn: [rows] }).submit();

  // Which tasks follow depends on the content of the file. Awaiting a handle starts the work.
  const { good, bad } = await rows;
  if (good.length === 0) {
    showBadRows(bad);
    throw new InputError(`${describePath(source)} has no good row (${count(bad.length)} bad)`);
  }
  const months = [], years = [], cities = [], nearest = [];
  for (const [location, ofCity] of groupBy(good, (row) => row.location)) {
    const yearsOfCity = [];
    for (const [yearName, ofYear] of groupBy(ofCity, (row) => row.date.slice(0, 4))) {
      const monthsOfYear = groupBy(ofYear, (row) => row.date.slice(0, 7)).map(([monthName, days]) =>
        month.with({ dependsOn: [rows] }).submit(location, monthName, days)
      );
      months.push(...monthsOfYear);
      yearsOfCity.push(year.submit(location, yearName, monthsOfYear));
    }
    years.push(...yearsOfCity);
    cities.push(city.submit(location, yearsOfCity));
    nearest.push(findNearest.submit(location, airports, 3));
  }
  const rankings = rankMonths.submit(months);
  const report = compose.submit(describePath(source), rows, months, years, cities, nearest, rankings);
  const written = writeReport.submit(out, report);

  const { ok, counts } = await runner.run();
  await written; // Throws if there is no report. Other failures only left gaps in it.
  if (!ok) {
    for (const handle of runner.handles()) {
      if (handle.status !== "completed") console.error(handle.explain());
    }
  }

  const summaries = await Promise.all([...years, ...cities]);
  console.log(["", ...consoleTable(summaryTable(summaries)), ""].join("\n"));
  console.log([...consoleTable(rankingTable(await rankings)), ""].join("\n"));
  showBadRows(bad);
  console.log(`Wrote ${out}: ${count(good.length)} good rows, ${count(bad.length)} bad, ${counts.completed} tasks.`);
}

function showBadRows(bad: readonly BadRow[]): void {
  for (const row of bad.slice(0, MAX_PRINTED)) console.error(`Bad row: ${describeBadRow(row)}`);
  if (bad.length > MAX_PRINTED) console.error(`… and ${count(bad.length - MAX_PRINTED)} more bad rows`);
}

/** The error of the task that failed first; others were not run because they depend on it. */
function rootCause(error: unknown): unknown {
  return error instanceof DependencyFailedError ? rootCause(error.cause) : error;
}

/** Reads the command line. */
function readArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const [source = WEATHER, ...others] = positionals;
  if (others.length > 0) {
    throw new InputError(`Give one file at most, without ${others.join(", ")}. ${USAGE}`);
  }
  if (typeof source === "string" && normalize(source) === normalize(values.out)) {
    throw new InputError(`Cannot write the report to ${values.out}: this is the file to read`);
  }
  return { source, out: values.out, report: values.report, ui: values.ui };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        out: { type: "string", default: "weather-report.md" },
        report: { type: "string" },
        ui: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new InputError(`${(error as Error).message}. ${USAGE}`, { cause: error });
  }
}

/** Groups items by a key, in ascending order of the keys. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): [key: string, items: T[]][] {
  return [...Map.groupBy(items, key)].sort(([a], [b]) => a < b ? -1 : 1);
}

if (import.meta.main) {
  const interrupt = new AbortController();
  Deno.addSignalListener("SIGINT", () => interrupt.abort());
  try {
    await main(readArguments(Deno.args), interrupt.signal);
  } catch (thrown) {
    const error = rootCause(thrown);
    // Wrong input is reported in one line. Anything else is a bug, and is shown with its stack.
    if (!interrupt.signal.aborted && !(error instanceof InputError)) throw thrown;
    console.error(interrupt.signal.aborted ? "Interrupted" : (error as InputError).message);
    Deno.exitCode = interrupt.signal.aborted ? 130 : 1;
  }
}
