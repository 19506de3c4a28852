/**
 * The JSON interface of a program that runs, as commands call it.
 *
 * @module
 */

import { basename } from "node:path";
import type { TaskView } from "../../observe/api/task_view.ts";
import { liveSessions, type Session } from "../../observe/session/session.ts";
import { CliError } from "../context.ts";
import { withoutEllipsis } from "../state/find.ts";
import { closest } from "../suggest.ts";

/** Which program is meant. */
export interface ProgramFlags {
  /** Its number, its name, or a part of its path. */
  readonly program?: string;
  /** The name, the id or the number of one of its runners. */
  readonly runner?: string;
  readonly json?: boolean;
}

/** How many programs a sentence names. */
const MAX_NAMED = 5;
/** How long a program may take to answer, in milliseconds: its event loop may be busy. */
const TIMEOUT_MS = 30_000;

/** A program that runs. */
export class ProgramClient {
  readonly session: Session;
  readonly #runner: string | undefined;

  constructor(session: Session, runner: string | undefined) {
    this.session = session;
    this.#runner = runner;
  }

  /**
   * Asks for something.
   *
   * @throws {CliError} If it is refused, or the program does not answer.
   */
  get<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    return this.#ask<T>("GET", path, query, undefined);
  }

  /**
   * Has something done.
   *
   * @throws {CliError} If it is refused, or the program does not answer.
   */
  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#ask<T>("POST", path, {}, JSON.stringify(body));
  }

  async #ask<T>(
    method: string,
    path: string,
    query: Readonly<Record<string, string>>,
    body: string | undefined,
  ): Promise<T> {
    const { address, token, program, pid } = this.session;
    const url = new URL(path, address);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    if (this.#runner !== undefined) url.searchParams.set("runner", this.#runner);
    const headers = { "authorization": `Bearer ${token}`, "x-workflowy": "1", "content-type": "application/json" };
    const init = { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...(body !== undefined && { body }) };
    let response: Response;
    try {
      response = await fetch(url, init);
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === "TimeoutError";
      const why = isLate ? `for ${TIMEOUT_MS / 1_000} s: its event loop is busy` : "any more: it has ended";
      const message = `${program} (process ${pid}) does not answer ${why}`;
      throw isLate ? new CliError(message) : new EndedError(message);
    }
    const answer = await response.json() as T & { readonly error?: string };
    if (response.ok) return answer;
    throw new RefusedError(response.status, `${answer.error}`);
  }

  /**
   * The id of the task that a user means: an id, or the beginning of one.
   *
   * @throws {CliError} If there is none, or there are several.
   */
  async idOf(given: string): Promise<string> {
    const wanted = withoutEllipsis(given);
    try {
      return (await this.get<TaskView>(`/api/tasks/${encodeURIComponent(wanted)}`)).id;
    } catch (error) {
      if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    }
    const { tasks } = await this.get<{ tasks: readonly TaskView[] }>("/api/tasks", { limit: "10000" });
    for (
      const isMeant of [
        ({ id }: TaskView) => id.startsWith(wanted),
        ({ name, label }: TaskView) => name === wanted || label === wanted,
      ]
    ) {
      // A task that was retried has several handles, with one id.
      const found = [...new Set(tasks.filter(isMeant).map(({ id }) => id))];
      if (found.length === 1) return found[0]!;
      if (found.length > 1) {
        const named = found.slice(0, MAX_NAMED).join(", ");
        throw new CliError(
          `"${wanted}" may mean ${found.length} tasks: ${named}${found.length > MAX_NAMED ? " …" : ""}`,
        );
      }
    }
    const meant = closest(wanted, tasks.map(({ id }) => id));
    throw new CliError(
      `${this.session.program} has no task "${wanted}"; ${
        meant === undefined ? "check the id" : `did you mean "${meant}"?`
      }`,
    );
  }
}

/** The program has ended. */
export class EndedError extends CliError {}

/** The program has refused something, and said why. */
export class RefusedError extends CliError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The program that is meant: the only one that runs, unless the user names one.
 *
 * @throws {CliError} If there is none, or there are several.
 */
export function programOf({ program: wanted, runner }: ProgramFlags): ProgramClient {
  const all = reachable();
  if (all.length === 0) {
    throw new CliError("No program runs that can be reached; start one with: workflowy run program.ts");
  }
  const found = wanted === undefined ? all : candidates(all, wanted, [isNamed, isAt]);
  if (found.length > 0) return only(found, runner);
  throw new CliError(`No program "${wanted}" runs; there ${all.length === 1 ? "is" : "are"} ${listed(all)}`);
}

/**
 * The program with that process number or name, if one runs.
 *
 * @throws {CliError} If there are several.
 */
export function programNamed(wanted: string, runner: string | undefined): ProgramClient | undefined {
  const found = candidates(reachable(), wanted, [isNamed]);
  return found.length === 0 ? undefined : only(found, runner);
}

/** Whether a program that runs is listed under exactly that name. */
export function isListed(name: string): boolean {
  return reachable().some(({ program }) => program === name);
}

/** What the programs that run are called. */
export function programNames(): string[] {
  return reachable().map(({ program }) => nameOf(program));
}

/** The programs that can be reached. */
export function reachable(): Session[] {
  return liveSessions().filter(({ address }) => address !== undefined);
}

function only(found: readonly Session[], runner: string | undefined): ProgramClient {
  if (found.length === 1) return new ProgramClient(found[0]!, runner);
  throw new CliError(`${found.length} programs run; choose one with --program: ${listed(found)}`);
}

function listed(sessions: readonly Session[]): string {
  return sessions.slice(0, MAX_NAMED).map(({ pid, program }) => `${pid} (${program})`).join(", ");
}

type IsMeant = (session: Session, wanted: string) => boolean;

const isNamed: IsMeant = ({ program }, wanted) =>
  program === wanted || basename(program) === wanted || nameOf(program) === wanted;

function nameOf(program: string): string {
  return basename(program).split(".")[0]!;
}

const isAt: IsMeant = ({ program }, wanted) => program.includes(wanted);

/** By process number, then by what else may tell a program. */
function candidates(all: readonly Session[], wanted: string, others: readonly IsMeant[]): readonly Session[] {
  for (const isMeant of [({ pid }: Session) => String(pid) === wanted, ...others]) {
    const found = all.filter((session) => isMeant(session, wanted));
    if (found.length > 0) return found;
  }
  return [];
}
