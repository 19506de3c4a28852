/**
 * What GitHub Actions show of a run: annotations, and the summary of a step.
 *
 * @module
 */

import { environmentVariable } from "../../core/environment.ts";
import { formatMilliseconds } from "../../core/duration.ts";
import { escapeXml } from "../escape.ts";
import { grouped, oneLine } from "../printable.ts";
import { BY_CONCERN, LOOKS, type StatusCounts } from "../statuses.ts";
import type { Failure, ProgressState } from "./progress_state.ts";

/** GitHub shows ten annotations of a step. */
const MAX_ANNOTATIONS = 10;

/** Whether the program is a step of a workflow on GitHub. */
export function isOnGitHub(): boolean {
  return environmentVariable("GITHUB_ACTIONS") === "true";
}

/** A line for the log of a step: whatever is in it, it is not a command to the runner of the workflow. */
export function withoutCommands(line: string): string {
  return line.replace(/^(\s*):(?=:)/, "$1\\:").replaceAll("##[", "##\\[");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** Makes annotations of failures. */
export class Annotations {
  #made = 0;

  /** The command that makes an annotation of a failure; `undefined` once there are enough. */
  of({ who, lines }: Failure): string | undefined {
    if (this.#made === MAX_ANNOTATIONS) return undefined;
    this.#made++;
    const [first = "", ...details] = lines; // which are indented below the first one
    const message = details.map((line) => line.replace(/^ {4}/, "")).join("\n") || first;
    return `::error title=${escapeProperty(who)}::${escapeData(message)}`;
  }
}

/** The summary of a step, in Markdown. */
export function stepSummary(counts: StatusCounts, state: ProgressState, elapsedMs: number): string {
  const rows = BY_CONCERN.filter((status) => counts[status])
    .map((status) => `| ${LOOKS[status].sign} ${status} | ${grouped(counts[status]!)} |`);
  const failures = [...state.kinds.values()].map(({ lines, short, count }) =>
    `<details><summary>✗ ${escapeXml(oneLine(short))}${count > 1 ? ` (${count} times)` : ""}</summary><pre>${
      escapeXml(lines.join("\n")).replaceAll("\n", "&#10;")
    }</pre></details>`
  );
  return [
    `### Tasks: ${formatMilliseconds(elapsedMs)}`,
    "",
    "| status | tasks |",
    "| --- | ---: |",
    ...rows,
    "",
    ...failures,
    "",
  ].join("\n");
}

/** Adds to the summary of the step, if there is one that may be written. No one is asked for the right to it. */
export function writeStepSummary(markdown: string): void {
  const path = environmentVariable("GITHUB_STEP_SUMMARY");
  if (path === undefined || Deno.permissions.querySync({ name: "write", path }).state !== "granted") return;
  try {
    Deno.writeTextFileSync(path, markdown, { append: true });
  } catch { /* a summary is not worth a failure */ }
}
