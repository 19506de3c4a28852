/**
 * `workflowy state …`.
 *
 * @module
 */

import { STATUSES, type TaskStatus } from "../../core/status.ts";
import { matches, type TaskFilter } from "../../observe/api/task_view.ts";
import { type CliContext, CliError, type Output } from "../context.ts";
import { EndedError } from "../control/client.ts";
import { ACTIONS, type StateAction, stateArguments } from "../state/arguments.ts";
import { findTask } from "../state/find.ts";
import { live } from "../state/live.ts";
import { failedPage, historyPage, listPage, orphansPage } from "../state/pages.ts";
import { recorded } from "../state/recorded.ts";
import type { Page, Snapshot, StateSource } from "../state/snapshot.ts";
import { statsPage } from "../state/stats.ts";
import { isFile, type SubjectFlags, subjectOf } from "../state/subject.ts";
import { detailsPage, whyPage } from "../state/task_page.ts";
import { didYouMean } from "../suggest.ts";

/** The options. */
export interface StateFlags extends SubjectFlags {
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly status?: string;
  readonly name?: string;
  readonly tag?: string;
  readonly text?: string;
  readonly limit?: number;
}

const PAGES: Readonly<Record<Exclude<StateAction, "show" | "why">, Page>> = {
  list: listPage,
  failed: failedPage,
  orphans: orphansPage,
  history: historyPage,
  stats: statsPage,
};

const DEFAULT_LIMIT = 100;
/** How often it is looked whether something has changed, in milliseconds: often enough for people. */
const FOLLOW_MS = 500;
/** Which part of the time of a program that runs is used for that at most, as one of so many. */
const FOLLOW_PART = 5;

/** Prints what is in a checkpoint, or in a program that runs. */
export async function state(this: CliContext, flags: StateFlags, ...words: string[]): Promise<void> {
  const { source: named, action, id } = stateArguments(words, isFile);
  const meant = subjectOf(named, flags, ACTIONS);
  const source = meant.program === undefined ? recorded(meant.checkpoint) : live(meant.program);
  const { json = false, limit = DEFAULT_LIMIT } = flags;
  const filter = filterOf(flags);
  const { stdout } = this.process;
  const print = async (found: Read): Promise<string> => {
    const { name, isLive } = source;
    const snapshot: Snapshot = { ...found, source: name, isLive, filter, json, limit: limit === 0 ? Infinity : limit };
    if (action !== "show" && action !== "why") return PAGES[action](snapshot, stdout);
    const task = findTask(id!, snapshot);
    return await (action === "show" ? detailsPage : whyPage)(task, snapshot, stdout);
  };
  if (flags.follow !== true) return stdout.write(await print(await source.read()));
  try {
    await follow(source, json && action === "list", filter, print, stdout);
  } catch (error) {
    if (!(error instanceof EndedError)) throw error;
  }
}

type Read = Pick<Snapshot, "tasks" | "others">;

/** Prints again whenever something has changed, until the program is ended. */
async function follow(
  source: StateSource,
  asLines: boolean,
  filter: TaskFilter,
  print: (found: Read) => Promise<string>,
  stdout: Output,
): Promise<never> {
  const isTerminal = stdout.columns !== undefined;
  let version: string | undefined;
  let last = "";
  const seen = new Map<string, string>();
  while (true) {
    const begun = performance.now();
    const now = source.version();
    if (now === undefined || now !== version) {
      version = now;
      const found = await source.read();
      if (asLines) {
        for (const { view } of found.tasks.values()) {
          const line = `${JSON.stringify(view)}\n`;
          if (seen.get(view.id) === line || !matches(view, filter)) continue;
          seen.set(view.id, line);
          stdout.write(line);
        }
      } else {
        const page = await print(found);
        if (page !== last) stdout.write(isTerminal ? `\x1b[H\x1b[2J\x1b[3J${page}` : page);
        last = page;
      }
    }
    const pauseMs = Math.max(FOLLOW_MS, (FOLLOW_PART - 1) * (performance.now() - begun));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function filterOf({ status, name, tag, text }: StateFlags): TaskFilter {
  return {
    ...(status !== undefined && { status: status.split(",").map(checkedStatus) }),
    ...(name !== undefined && { name }),
    ...(tag !== undefined && { tag }),
    ...(text !== undefined && { text }),
  };
}

function checkedStatus(word: string): TaskStatus {
  const status = STATUSES.find((each) => each === word);
  if (status !== undefined) return status;
  throw new CliError(
    `There is no status "${word}"${didYouMean(word, STATUSES) || `; there are ${STATUSES.join(", ")}`}`,
  );
}
