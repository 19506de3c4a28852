/**
 * From a file of daily weather to a report: reads it, checks every row, fans out into a task per city, year and month,
 * joins the cities with the airports near them, ranks the months, and writes a Markdown report.
 *
 *     deno task demo [FILE.csv] [--out=REPORT.md]
 *
 * Without a FILE it takes `examples/data/weather.csv`, and then needs no more rights than these:
 *
 *     deno run --allow-read=examples/data --allow-write=weather-report.md examples/weather.ts
 *
 * @module
 */

import { normalize } from "node:path";
import { parseArgs } from "node:util";
import { currentTask, DependencyFailedError, task, TaskRunner } from "@workflowy/workflowy";
import { type NearestAirports, nearestAirports, readAirports } from "./weather/airports.ts";
import { type BadRow, type CheckedRows, checkRows, type DailyWeather } from "./weather/daily_weather.ts";
import { InputError } from "./weather/input_error.ts";
import { LiveGraph } from "./weather/live_graph.ts";
import { composeReport, count, describeBadRow, rankingTable, summaryTable } from "./weather/report.ts";
import { combine, rank, type Ranking, summarize, type Summary } from "./weather/summary.ts";
import { consoleTable } from "./weather/table.ts";
import { describePath, readText, writeText } from "./weather/text_file.ts";

const WEATHER = new URL("./data/weather.csv", import.meta.url);
const AIRPORTS = new URL("./data/airports.csv", import.meta.url);
const USAGE = "Usage: deno task demo [FILE.csv] [--out=REPORT.md]";
/** Bad rows that are shown; the report lists all of them. */
const MOST_SHOWN = 20;

// The tasks. Those that touch files share a pool, so that no more than two files are open at a time.

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

const month = task({ name: "month" }, (location: string, period: string, days: readonly DailyWeather[]) => {
  return summarize(location, period, days);
});

const year = task({ name: "year" }, (location: string, period: string, months: readonly Summary[]) => {
  return combine(location, period, months);
});

const city = task({ name: "city" }, (location: string, years: readonly Summary[]) => {
  const [first, last] = [years[0]!.period, years.at(-1)!.period];
  return combine(location, first === last ? first : `${first}-${last}`, years);
});

// A report without airports is better than none: this task runs even if they could not be loaded.
const findNearest = task({ name: "nearest airports", onDepFailure: "run-anyway" }, nearestAirports);

const rankMonths = task({ name: "rank months" }, (months: readonly Summary[]) => rank(months, 3));

const compose = task(
  { name: "compose report" },
  // Handles may stand for parameters and in lists, but not in lists within an object.
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

/** Runs the pipeline. */
async function main(source: string | URL, out: string, signal: AbortSignal): Promise<void> {
  await using runner = new TaskRunner({
    pools: { files: { backend: "async", maxWorkers: 2 } },
    onTaskError: "continue", // Failures are kept on the handles, and explained at the end.
    signal,
  });
  runner.enter();
  new LiveGraph(runner);

  // A handle stands for the value to come: check() waits for readRows(), and gets its text.
  const rows = check.submit(readRows.submit(source), describePath(source));
  // An order without a value: who gave a bad file need not wait for the airports.
  const airports = loadAirports.with({ dependsOn: [rows] }).submit();

  // Which tasks follow depends on what is in the file: awaiting a handle runs what it waits for.
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
  await written; // Throws if there is no report. What else failed left a gap in it.
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
  for (const row of bad.slice(0, MOST_SHOWN)) console.error(`Bad row: ${describeBadRow(row)}`);
  if (bad.length > MOST_SHOWN) console.error(`… and ${count(bad.length - MOST_SHOWN)} more bad rows`);
}

/** The error of the task that failed first, where others were not run for want of it. */
function rootCause(error: unknown): unknown {
  return error instanceof DependencyFailedError ? rootCause(error.cause) : error;
}

/** What the command line says. */
function readArguments(args: string[]): { source: string | URL; out: string } {
  const { values, positionals } = parse(args);
  const [source = WEATHER, ...others] = positionals;
  if (others.length > 0) {
    throw new InputError(`Cannot take more than one file, but there is also ${others.join(", ")}. ${USAGE}`);
  }
  if (typeof source === "string" && normalize(source) === normalize(values.out)) {
    throw new InputError(`Cannot write the report to ${values.out}, as that is the file to read`);
  }
  return { source, out: values.out };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { out: { type: "string", default: "weather-report.md" } },
    });
  } catch (error) {
    throw new InputError(`${(error as Error).message}. ${USAGE}`, { cause: error });
  }
}

/** Puts together what has the same key; keys in ascending order. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): [key: string, items: T[]][] {
  return [...Map.groupBy(items, key)].sort(([a], [b]) => a < b ? -1 : 1);
}

if (import.meta.main) {
  const interrupt = new AbortController();
  Deno.addSignalListener("SIGINT", () => interrupt.abort());
  try {
    const { source, out } = readArguments(Deno.args);
    await main(source, out, interrupt.signal);
  } catch (thrown) {
    const error = rootCause(thrown);
    // What is no fault of the program is a line for its user. Anything else is a bug, and shows where.
    if (!interrupt.signal.aborted && !(error instanceof InputError)) throw thrown;
    console.error(interrupt.signal.aborted ? "Interrupted" : (error as InputError).message);
    Deno.exitCode = interrupt.signal.aborted ? 130 : 1;
  }
}
