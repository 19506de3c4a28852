/**
 * The commands that reach a program that runs: `ps`, `workers`, `retry`, `cancel`, `pause`, `unpause` and `deliver`.
 *
 * @module
 */

import type { PoolStatistics } from "../../runner/statistics.ts";
import type { TaskView } from "../../observe/api/task_view.ts";
import type { Session } from "../../observe/session/session.ts";
import { type CliContext, CliError, type Output } from "../context.ts";
import { ProgramClient, type ProgramFlags, programOf, reachable } from "../control/client.ts";
import { counted, marked, oneLine, shortTime, styleOf } from "../style.ts";
import { table } from "../table.ts";

/** The options of `retry`. */
export interface RetryFlags extends ProgramFlags {
  readonly failed?: boolean;
}

/** The options of `cancel`. */
export interface CancelFlags extends ProgramFlags {
  readonly reason?: string;
}

/** Runs a task again, or all that failed. */
export async function retry(this: CliContext, flags: RetryFlags, wanted?: string): Promise<void> {
  const { failed = false } = flags;
  if (failed === (wanted !== undefined)) {
    throw new CliError(
      failed ? "Give the id of a task or --failed, not both" : "Give the id of a task, or --failed for all that failed",
    );
  }
  const client = programOf(flags);
  if (wanted === undefined) {
    const answer = await client.post<{ retried: number; ids: readonly string[] }>("/api/retry-failed");
    print(this.process.stdout, flags, answer, `${counted(answer.retried, "task")} will run again`);
    return;
  }
  const answer = await client.post<{ task: TaskView }>(`${pathOf(await client.idOf(wanted))}/retry`);
  print(this.process.stdout, flags, answer, taskLine(answer.task, this.process.stdout));
}

/** Cancels a task. */
export async function cancel(this: CliContext, flags: CancelFlags, wanted: string): Promise<void> {
  const client = programOf(flags);
  const { reason = "cancelled by workflowy cancel" } = flags;
  const answer = await client.post<{ cancelled: boolean; task: TaskView }>(
    `${pathOf(await client.idOf(wanted))}/cancel`,
    { reason },
  );
  const { cancelled, task } = answer;
  if (!cancelled) throw new CliError(`"${task.id}" was not cancelled, as it is ${task.status}`);
  print(this.process.stdout, flags, answer, taskLine(task, this.process.stdout));
}

/** Starts nothing more. */
export async function pause(this: CliContext, flags: ProgramFlags, pool?: string): Promise<void> {
  const answer = await programOf(flags).post<object>("/api/pause", { pool });
  const what = pool === undefined ? "Nothing more is started" : `Nothing more is started in pool "${pool}"`;
  print(this.process.stdout, flags, answer, `${what}; what runs continues. workflowy unpause ends it`);
}

/** Starts tasks again. */
export async function unpause(this: CliContext, flags: ProgramFlags, pool?: string): Promise<void> {
  const answer = await programOf(flags).post<object>("/api/unpause", { pool });
  print(
    this.process.stdout,
    flags,
    answer,
    pool === undefined ? "Tasks are started again" : `Tasks of pool "${pool}" are started again`,
  );
}

interface Delivery {
  readonly delivered: boolean;
  /** Whether a task waited for it; older versions of this package do not say. */
  readonly awaited?: boolean;
}

/** Delivers a value to what waits for a key. */
export async function deliver(this: CliContext, flags: ProgramFlags, key: string, text?: string): Promise<void> {
  const body = { key, ...(text !== undefined && { value: valueOf(text) }) };
  const answer = await programOf(flags).post<Delivery>("/api/deliver", body);
  if (!answer.delivered) throw new CliError(`"${key}" was delivered before, or what waited for it has timed out`);
  const note = answer.awaited === false ? "; no task waits for it yet, so it is kept until one does" : "";
  print(this.process.stdout, flags, answer, `Delivered "${oneLine(key)}"${note}`);
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CliError(`The value must be JSON, not ${oneLine(text)}; a string is '${JSON.stringify(text)}'`);
  }
}

interface ProgramState {
  readonly open?: boolean;
  readonly statistics?: Readonly<Record<string, unknown>>;
}

/** Lists the programs that can be reached. */
export async function ps(this: CliContext, { json = false }: Pick<ProgramFlags, "json">): Promise<void> {
  const { stdout } = this.process;
  const all = await Promise.all(reachable().map(stateOf));
  const live = all.filter((each) => each !== undefined);
  if (json) {
    for (const { session: { token: _, ...session }, state } of live) {
      stdout.write(`${JSON.stringify({ ...session, ...state })}\n`);
    }
    return;
  }
  const style = styleOf(stdout);
  if (live.length === 0) return stdout.write("No program runs that can be reached.\n");
  const columns = ["PID", "STARTED", "RUNNING", "WAITING", "COMPLETED", "FAILED", "PROGRAM"]
    .map((title) => ({
      title,
      right: !["STARTED", "PROGRAM"].includes(title),
      ...(title === "PROGRAM" ? { least: 12 } : {}),
      isSpare: title === "STARTED" || title === "COMPLETED",
    }));
  const rows = live.map(({ session: { pid, startedAt, program }, state: { statistics = {} } }) => {
    // A task that was retried counts as it ended last.
    const retried = Object(statistics["retried"]) as Readonly<Record<string, unknown>>;
    const countOf = (name: string) => Number(statistics[name] ?? 0) - Number(retried[name] ?? 0);
    const count = (...names: string[]) => String(names.reduce((sum, name) => sum + countOf(name), 0));
    const failed = count("failed");
    return [
      String(pid),
      shortTime(startedAt),
      count("running"),
      count("pending", "ready", "retrying"),
      count("completed"),
      failed === "0" ? failed : style.red(failed),
      oneLine(program),
    ];
  });
  stdout.write(table(columns, rows, style, stdout.columns));
}

/** Lists the workers on other machines that a program knows. */
export async function workers(this: CliContext, flags: ProgramFlags): Promise<void> {
  const { stdout } = this.process;
  type State = { readonly statistics: { readonly pools: Readonly<Record<string, PoolStatistics>> } };
  const { statistics: { pools } } = await programOf(flags).get<State>("/api/state");
  const all = Object.entries(pools).flatMap(([pool, { remote = [] }]) => remote.map((each) => ({ pool, ...each })));
  if (flags.json) return all.forEach((each) => stdout.write(`${JSON.stringify(each)}\n`));
  if (all.length === 0) return stdout.write("It has no workers on other machines.\n");
  const columns = ["WORKER", "POOL", "BUSY", "SLOTS", "TAGS"]
    .map((title) => ({ title, right: ["BUSY", "SLOTS"].includes(title) }));
  const rows = all.map(({ name, pool, busy, slots, tags }) => [
    oneLine(name),
    oneLine(pool),
    String(busy),
    String(slots),
    oneLine(tags.join(" ")),
  ]);
  stdout.write(table(columns, rows, styleOf(stdout), stdout.columns));
}

/** What a program says of itself; `undefined` if it has ended meanwhile. */
async function stateOf(session: Session): Promise<{ session: Session; state: ProgramState } | undefined> {
  try {
    return { session, state: await new ProgramClient(session, undefined).get<ProgramState>("/api/state") };
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

function pathOf(id: string): string {
  return `/api/tasks/${encodeURIComponent(id)}`;
}

function taskLine({ status, id, label }: TaskView, output: Output): string {
  return `${marked(status, styleOf(output))}  ${oneLine(id)}${label === undefined ? "" : `  ${oneLine(label)}`}`;
}

function print(output: Output, { json = false }: ProgramFlags, answer: object, line: string): void {
  output.write(`${json ? JSON.stringify(answer) : line}\n`);
}
