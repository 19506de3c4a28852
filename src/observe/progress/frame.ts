/**
 * What stands at the bottom of the terminal while a runner is at work, as lines.
 *
 * @module
 */

import { formatMilliseconds } from "../../core/duration.ts";
import { cut, fit, grouped, widthOf } from "../printable.ts";

/** The colours of a terminal. */
export type Colour = "green" | "red" | "yellow" | "blue" | "dim" | "bold";

const CODES: Readonly<Record<Colour, string>> = {
  green: "32",
  red: "31",
  yellow: "33",
  blue: "34",
  dim: "2",
  bold: "1",
};

/** A piece of a line. */
export type Piece = string | readonly [text: string, colour: Colour];

/** A line of pieces, cut to a number of columns. */
export function paint(pieces: readonly Piece[], columns: number, isColoured: boolean): string {
  let line = "";
  let left = columns;
  for (const piece of pieces) {
    const [text, colour] = typeof piece === "string" ? [piece] : piece;
    if (text === "") continue;
    const shown = cut(text, left);
    line += colour === undefined || !isColoured ? shown : `\x1b[${CODES[colour]}m${shown}\x1b[0m`;
    left -= widthOf(shown);
    if (left <= 0 || shown !== text) break;
  }
  return line;
}

/** A task that is shown. */
export interface ShownTask {
  readonly who: string;
  /** For how long it has run, or how long it waits for its next attempt, in milliseconds. */
  readonly ms: number;
  /** From 0 to 1. */
  readonly progress: number;
  /** What it says, or what its last attempt failed with. */
  readonly message: string;
  /** Such as `attempt 2 of 4`, if it has several. */
  readonly attempt: string;
}

/** What is shown. */
export interface ProgressView {
  /** The name of the runner, if there are several. */
  readonly name?: string;
  readonly finished: number;
  readonly total: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly running: number;
  readonly retrying: number;
  /** Tasks that wait for a dependency, a time, a limit or a slot. */
  readonly waiting: number;
  /** Tasks that finish each second. */
  readonly rate: number;
  /** Since when it is shown, in milliseconds. */
  readonly elapsedMs: number;
  /** Whether there is an end: not while a runner serves. */
  readonly hasEnd: boolean;
  /** Whether tasks were retried after they had ended; only what stands for them now is counted. */
  readonly hasRetried: boolean;
  readonly runningTasks: readonly ShownTask[];
  readonly retryingTasks: readonly ShownTask[];
  readonly obstacles: readonly { readonly name: string; readonly why: string }[];
}

/** How long the bar is, as long as there is room for it beside the figures. */
const BAR_COLUMNS = [24, 16, 10, 0] as const;
/** How many tasks of each kind are shown in a window that is high enough. */
const RUNNING_LINES = 8;
const OTHER_LINES = 4;

/** The lines of a frame: at most `rows`, each of at most `columns`. */
export function frameOf(view: ProgressView, columns: number, rows: number, isColoured: boolean): string[] {
  if (rows < 1) return [];
  const { running, retrying, runningTasks, retryingTasks, obstacles } = view;
  const lines: Piece[][] = [headOf(view, columns)];
  const room = () => rows - lines.length;
  // What keeps the end away is shown first where there is little room.
  const kept = Math.min(OTHER_LINES, obstacles.length) + Math.min(OTHER_LINES + 1, retryingTasks.length);
  const ofRunning = Math.min(RUNNING_LINES, Math.max(2, room() - kept));
  addTasks(lines, runningTasks, running, Math.min(room(), ofRunning), (task) => runningLine(task, columns), "running");
  addTasks(lines, retryingTasks, retrying, Math.min(room(), OTHER_LINES), retryingLine, "to be retried");
  for (const { name, why } of obstacles.slice(0, Math.max(0, Math.min(room(), OTHER_LINES)))) {
    lines.push([["◔ ", "yellow"], name, [`  ${why}`, "dim"]]);
  }
  return lines.slice(0, rows).map((pieces) => paint(pieces, columns, isColoured));
}

/** Adds lines for tasks, and one for those that have none. */
function addTasks(
  lines: Piece[][],
  tasks: readonly ShownTask[],
  total: number,
  most: number,
  lineOf: (task: ShownTask) => Piece[],
  what: string,
): void {
  if (most < 1 || total === 0) return;
  const shown = total > most ? most - 1 : Math.min(tasks.length, total);
  for (const task of tasks.slice(0, shown)) lines.push(lineOf(task));
  if (total > shown) lines.push([[`  … ${grouped(total - shown)} ${shown === 0 ? "" : "more "}${what}`, "dim"]]);
}

function headOf(view: ProgressView, columns: number): Piece[] {
  const {
    name = "",
    finished,
    total,
    failed,
    cancelled,
    skipped,
    retrying,
    waiting,
    running,
    rate,
    elapsedMs,
    hasEnd,
  } = view;
  const title: Piece[] = name === "" ? [] : [[`${cut(name, 20)}  `, "bold"]];
  const counts: Piece[] = [
    ...failed > 0 ? [[`  ✗ ${grouped(failed)} failed`, "red"] as const] : [],
    ...cancelled > 0 ? [`  ⊘ ${grouped(cancelled)} cancelled`] : [],
    ...skipped > 0 ? [`  » ${grouped(skipped)} skipped`] : [],
    ...retrying > 0 ? [[`  ↻ ${grouped(retrying)}`, "yellow"] as const] : [],
  ];
  const speed = rate >= 0.05 ? `  ${grouped(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}/s` : "";
  const time = `  ${clock(elapsedMs)}`;
  if (!hasEnd) {
    return [
      ...title,
      [`${grouped(finished)} done`, "bold"],
      `  ${grouped(running)} running  ${grouped(waiting)} waiting`,
      ...counts,
      [speed + time, "dim"],
    ];
  }
  const left = total - finished;
  const eta = rate > 0 && left > 0 && elapsedMs > 2_000 ? `  ETA ${formatMilliseconds((left / rate) * 1_000)}` : "";
  const part = total === 0 ? 0 : finished / total;
  const figures: Piece[] = [
    [`${grouped(finished)}/${grouped(total)}`, "bold"],
    ` ${Math.floor(part * 100)}%`,
    ...counts,
  ];
  const room = columns - widthOfPieces(title) - widthOfPieces(figures);
  // What matters least is left out first: the rate, the time, the estimate, and then the bar.
  const tails = [speed + eta + time, eta + time, eta, ""];
  const fits = (bar: number) => (tail: string) => (bar === 0 ? 0 : bar + 1) + tail.length <= room;
  const tail = tails.find(fits(BAR_COLUMNS.at(-2)!)) ?? "";
  const bar = BAR_COLUMNS.find((each) => fits(each)(tail)) ?? 0;
  return [...title, ...barOf(view, bar), ...figures, [tail, "dim"]];
}

function barOf({ finished, total, failed }: ProgressView, columns: number): Piece[] {
  if (columns === 0) return [];
  const full = total === 0 ? 0 : Math.round((finished / total) * columns);
  const red = failed > 0 ? Math.min(full, Math.max(1, Math.round((failed / total) * columns))) : 0;
  return [["█".repeat(full - red), "green"], ["█".repeat(red), "red"], [`${"░".repeat(columns - full)} `, "dim"]];
}

function widthOfPieces(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + widthOf(typeof piece === "string" ? piece : piece[0]), 0);
}

function runningLine({ who, ms, progress, message, attempt }: ShownTask, columns: number): Piece[] {
  const percent = progress > 0 ? `${Math.floor(progress * 100)}%`.padStart(5) : "";
  return [
    ["▶ ", "blue"],
    fit(who, Math.min(44, Math.max(12, Math.floor(columns * 0.45)))),
    [formatMilliseconds(ms).padStart(9), "dim"],
    percent,
    [[attempt, message].filter((part) => part !== "").map((part) => `  ${part}`).join(""), "dim"],
  ];
}

function retryingLine({ who, ms, message, attempt }: ShownTask): Piece[] {
  const when = ms > 0 ? `${attempt} in ${formatMilliseconds(ms)}` : `${attempt} is due`;
  return [["↻ ", "yellow"], `${who}  ${when}`, [`  ${message}`, "dim"]];
}

/** A time as on a clock: `1:02:03`. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
