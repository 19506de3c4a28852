/**
 * `workflowy state CHECKPOINT …`.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { STATUSES, type TaskStatus } from "../../core/status.ts";
import { matches, type TaskFilter } from "../../observe/api/task_view.ts";
import { isTaskRecord, viewOfRecord } from "../../observe/api/view_of_record.ts";
import { type CliContext, CliError, type Output } from "../context.ts";
import { type StateAction, stateArguments } from "../state/arguments.ts";
import { findRecord } from "../state/find.ts";
import { failedPage, historyPage, listPage, orphansPage } from "../state/pages.ts";
import type { Page, Snapshot } from "../state/snapshot.ts";
import { detailsPage, whyPage } from "../state/task_page.ts";
import { type Source, sourceOf } from "../state/source.ts";
import { statsPage } from "../state/stats.ts";
import { didYouMean } from "../suggest.ts";

/** The options. */
export interface StateFlags {
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly status?: string;
  readonly name?: string;
  readonly tag?: string;
  readonly text?: string;
  readonly limit?: number;
  readonly prefix?: string;
}

const PAGES: Readonly<Record<Exclude<StateAction, "show" | "why">, Page>> = {
  list: listPage,
  failed: failedPage,
  orphans: orphansPage,
  history: historyPage,
  stats: statsPage,
};

const DEFAULT_LIMIT = 100;
/** How often it is looked whether a checkpoint has changed, in milliseconds: often enough for people. */
const FOLLOW_MS = 500;

/** Prints what is in a checkpoint. */
export async function state(this: CliContext, flags: StateFlags, ...words: string[]): Promise<void> {
  const { source: name, action, id } = stateArguments(words, isFile);
  const source = sourceOf(name, flags.prefix);
  const { json = false, limit = DEFAULT_LIMIT } = flags;
  const filter = filterOf(flags);
  const { stdout } = this.process;
  const print = (records: ReadonlyMap<string, TaskRecord>, others: number): string => {
    const snapshot: Snapshot = { source: name, records, others, filter, json, limit: limit === 0 ? Infinity : limit };
    if (action !== "show" && action !== "why") return PAGES[action](snapshot, stdout);
    const record = findRecord(id!, snapshot);
    return action === "show" ? detailsPage(record, snapshot, stdout) : whyPage(record, snapshot, stdout);
  };
  if (flags.follow !== true) {
    const { records, others } = await readAll(source);
    return stdout.write(print(records, others));
  }
  await follow(source, json && action === "list", filter, print, stdout);
}

async function readAll(source: Source): Promise<{ records: Map<string, TaskRecord>; others: number }> {
  const all: TaskRecord[] = [];
  let others = 0;
  for await (const record of source.read()) {
    if (isTaskRecord(record)) all.push(record);
    else others++;
  }
  all.sort((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0));
  return { records: new Map(all.map((record) => [record.id, record])), others };
}

/** Prints again whenever something has changed, until the program is ended. */
async function follow(
  source: Source,
  asLines: boolean,
  filter: TaskFilter,
  print: (records: ReadonlyMap<string, TaskRecord>, others: number) => string,
  stdout: Output,
): Promise<never> {
  const isTerminal = stdout.columns !== undefined;
  let version: string | undefined;
  let last = "";
  const seen = new Map<string, string>();
  while (true) {
    const now = source.version();
    if (now === undefined || now !== version) {
      version = now;
      const { records, others } = await readAll(source);
      if (asLines) {
        for (const record of records.values()) {
          const view = viewOfRecord(record);
          const line = `${JSON.stringify(view)}\n`;
          if (seen.get(record.id) === line || !matches(view, filter)) continue;
          seen.set(record.id, line);
          stdout.write(line);
        }
      } else {
        const page = print(records, others);
        if (page !== last) stdout.write(isTerminal ? `\x1b[H\x1b[2J\x1b[3J${page}` : page);
        last = page;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
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

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
