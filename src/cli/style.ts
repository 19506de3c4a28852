/**
 * Colours and times, as commands print them.
 *
 * @module
 */

import type { TaskStatus } from "../core/status.ts";
import { harmless, oneLine as inOneLine } from "../observe/printable.ts";
import { LOOKS } from "../observe/statuses.ts";
import type { Output } from "./context.ts";

/** The colours of a stream; without colours, functions that change nothing. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** The colours of a stream. */
export function styleOf({ colours }: Pick<Output, "colours">): Style {
  const code = (on: number, off: number) => (text: string) => colours ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    bold: code(1, 22),
    dim: code(2, 22),
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
    cyan: code(36, 39),
  };
}

/** The colour of a status. */
const COLOURS: Readonly<Record<TaskStatus, keyof Style>> = {
  pending: "dim",
  ready: "dim",
  running: "cyan",
  retrying: "yellow",
  completed: "green",
  failed: "red",
  cancelled: "yellow",
  skipped: "dim",
};

/** A status with its sign, in its colour. */
export function marked(status: TaskStatus, style: Style, text: string = status): string {
  return style[COLOURS[status]](`${LOOKS[status].sign} ${text}`);
}

/** What terminals act on. Names and messages come from anywhere, and must not move the cursor or forge a line. */
// deno-lint-ignore no-control-regex
const CONTROLS = /\x1b\[[0-9;?]*[a-zA-Z]|[\x00-\x1f\x7f-\x9f]+/g;

/** A string as one line without control characters. */
export function oneLine(text: string): string {
  return inOneLine(text.replaceAll(CONTROLS, " "));
}

/** Several lines without other control characters. */
export function manyLines(text: string): string {
  return text.split("\n").map((line) => harmless(line.replaceAll("\t", "    ").replaceAll(CONTROLS, ""))).join("\n");
}

/** A time on this machine's clock, to the second: `2026-11-29 23:47:04`. */
export function localTime(iso: string | undefined): string {
  if (iso === undefined) return "";
  const time = new Date(iso);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
    `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** The same, shorter: without the day if it is today's, and otherwise without seconds. */
export function shortTime(iso: string | undefined, now = new Date()): string {
  const time = localTime(iso);
  const today = localTime(now.toISOString()).slice(0, "2026-11-29".length);
  return time.startsWith(today) ? time.slice(today.length + 1) : time.slice(0, -":00".length);
}

/** The milliseconds between two times in ISO 8601, if both are known. */
export function durationOf(from: string | undefined, to: string | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : Date.parse(to) - Date.parse(from);
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
