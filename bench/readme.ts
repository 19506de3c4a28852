/**
 * Writes the table of README.md from the figures of a run: `deno task bench --json FILE`, and then
 * `deno run --allow-read --allow-write=README.md bench/readme.ts FILE`.
 *
 * @module
 */

import type { KeptFigure } from "./goals.ts";
import type { Results } from "./main.ts";

/** A row: what it says first, the figure, and the ratios to others with their names. */
interface Row {
  readonly text: string;
  readonly bench: string;
  readonly figure: string;
  /** Figures of the same benchmark that are ratios, and what each compares with. */
  readonly comparedWith: Readonly<Record<string, string>>;
}

const ROWS: readonly Row[] = [
  {
    text: "100,000 independent tasks, submit and run",
    bench: "independent",
    figure: "submit and run",
    comparedWith: {
      "submit and run ÷ p-limit": "p-limit",
      "submit and run ÷ p-queue": "p-queue",
      "submit and run ÷ Effect": "Effect",
    },
  },
  {
    text: "a chain of 100,000 tasks",
    bench: "graphs",
    figure: "chain, a node",
    comparedWith: { "chain ÷ one promise per node": "one promise per node" },
  },
  {
    text: "fail once, then succeed",
    bench: "retries",
    figure: "fail once, then succeed",
    comparedWith: { "fail once ÷ Effect.retry": "Effect.retry" },
  },
  {
    text: "no-op tasks on two threads",
    bench: "threads",
    figure: "no-op tasks",
    comparedWith: { "rate ÷ the best pool": "the rate of the best pool found" },
  },
  {
    text: "no-op tasks in two subprocesses",
    bench: "processes",
    figure: "no-op tasks",
    comparedWith: { "rate ÷ workerpool": "the rate of workerpool" },
  },
  {
    text: "results saved in a file, 64 together",
    bench: "checkpoints",
    figure: "results saved, 64 together",
    comparedWith: { "unsynced ÷ NDJSON, a write a record, 64 together": "the time of a bare write for each" },
  },
];

/** The table stands between these two lines of README.md. */
const [START, END] = ["<!-- figures of deno task bench -->", "<!-- end of figures -->"];

function table({ figures }: Results): string {
  const rows = ROWS.map(({ text, bench, figure, comparedWith }) => {
    const of = (what: string): KeptFigure => {
      const found = figures[bench]?.find((each) => each.what === what);
      if (found === undefined) throw new Error(`There is no figure "${what}" of the benchmark "${bench}"`);
      return found;
    };
    const compared = Object.entries(comparedWith).map(([what, name]) => `${short(of(what).value)} × ${name}`);
    return `| ${text} | ${of(figure).text} | ${compared.join(", ")} |`;
  });
  return ["|  | figure | compared with |", "| --- | --- | --- |", ...rows].join("\n");
}

/** A ratio with as many digits as mean something. */
function short(value: number | null): string {
  return value === null ? "?" : value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

/** The text with the table in its place. */
export function withTable(readme: string, results: Results): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`README.md has no lines "${START}" and "${END}"`);
  return `${readme.slice(0, start)}${START}\n\n${table(results)}\n\n${readme.slice(end)}`;
}

if (import.meta.main) {
  const [file] = Deno.args;
  if (file === undefined) throw new Error("Name the file that deno task bench --json has written");
  const readme = await Deno.readTextFile("README.md");
  await Deno.writeTextFile("README.md", withTable(readme, JSON.parse(await Deno.readTextFile(file))));
}
