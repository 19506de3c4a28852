/**
 * Progress as lines that stay, and what is said at the end.
 *
 * @module
 */

import { formatMilliseconds } from "../../core/duration.ts";
import { grouped } from "../printable.ts";
import type { ProgressView } from "./frame.ts";
import type { ProgressState } from "./progress_state.ts";

/** Progress in one line. It is the same as long as nothing has happened. */
export function plainLine(view: ProgressView): string {
  const { finished, total, failed, cancelled, skipped, running, retrying, waiting, rate, hasEnd } = view;
  const left = total - finished;
  const percent = total === 0 ? 0 : Math.floor((finished / total) * 100);
  return [
    hasEnd ? `${grouped(finished)}/${grouped(total)} done (${percent}%)` : `${grouped(finished)} done`,
    ...failed > 0 ? [`${grouped(failed)} failed`] : [],
    ...cancelled > 0 ? [`${grouped(cancelled)} cancelled`] : [],
    ...skipped > 0 ? [`${grouped(skipped)} skipped`] : [],
    ...running > 0 ? [`${grouped(running)} running`] : [],
    ...retrying > 0 ? [`${grouped(retrying)} to be retried`] : [],
    ...waiting > 0 ? [`${grouped(waiting)} waiting`] : [],
    ...hasEnd && rate > 0.05 && left > 0 ? [`about ${formatMilliseconds((left / rate) * 1_000)} left`] : [],
  ].join(", ");
}

/** What is said at the end: the failures once more, and the counts. */
export function summaryLines(view: ProgressView, state: ProgressState): string[] {
  const { finished, failed, cancelled, skipped, running, retrying, waiting, elapsedMs } = view;
  const completed = finished - failed - cancelled - skipped;
  const lines: string[] = [];
  if (state.kinds.size > 0) {
    lines.push(
      "",
      failed > 0
        ? view.hasRetried ? "Failures, also of what was retried:" : "Failures:"
        : "Failures that were retried:",
      "",
    );
  }
  for (const { lines: failure, count: times } of state.kinds.values()) {
    lines.push(...failure, ...times > 1 ? [`    … ${grouped(times)} times in all`] : []);
  }
  if (state.unlisted > 0) lines.push(`… and ${grouped(state.unlisted)} failures of other kinds`);
  if (state.kinds.size > 0) lines.push("");
  const unfinished = running + retrying + waiting;
  const parts = [
    `${grouped(completed)} ${completed === 1 ? "task" : "tasks"} completed`,
    ...failed > 0
      ? [
        `${grouped(failed)} failed${
          state.byDependency > 0 && !view.hasRetried ? ` (${grouped(state.byDependency)} because a dependency did)` : ""
        }`,
      ]
      : [],
    ...cancelled > 0 ? [`${grouped(cancelled)} cancelled`] : [],
    ...skipped > 0 ? [`${grouped(skipped)} skipped`] : [],
    ...unfinished > 0 ? [`${grouped(unfinished)} not finished`] : [],
  ];
  const sign = failed > 0 ? "✗" : cancelled + skipped + unfinished > 0 ? "⊘" : "✓";
  return [...lines, `${sign} ${parts.join(", ")} in ${formatMilliseconds(elapsedMs)}`];
}
