/**
 * Programs that run, and how other programs of the same user reach their JSON interface.
 *
 * @module
 */

import { join } from "node:path";
import process from "node:process";
import { runtimeFolder } from "./runtime_folder.ts";

/** The version of the file. */
const VERSION = 1;
/** The name of the file in the folder of a session. */
const FILE = "session.json";
/** The token is in it. */
const FILE_MODE = 0o600;

/** A program that runs. */
export interface Session {
  readonly pid: number;
  /** The program, as it was started. */
  readonly program: string;
  /** In ISO 8601. */
  readonly startedAt: string;
  /** The address of the JSON interface, such as `http://127.0.0.1:41234`; absent if it is not served. */
  readonly address?: string;
  /** What a request must present. */
  readonly token?: string;
  /** The runners, oldest first. */
  readonly runners: readonly {
    /** The file that it writes to, `""` for another kind of checkpoint. */
    readonly checkpoint?: string;
  }[];
}

/** Writes, or replaces, the file of a session. */
export function writeSession(folder: string, session: Session): void {
  Deno.writeTextFileSync(join(folder, FILE), JSON.stringify({ v: VERSION, ...session }), { mode: FILE_MODE });
}

/** Reads the file of a session; `undefined` if there is none. */
export function readSession(folder: string): Session | undefined {
  try {
    const session = JSON.parse(Deno.readTextFileSync(join(folder, FILE))) as Session & { readonly v: number };
    return session.v === VERSION ? session : undefined;
  } catch {
    return undefined; // it is gone, or is being written
  }
}

/** The sessions of programs that run. Removes what programs have left that were killed. */
export function liveSessions(): Session[] {
  const top = runtimeFolder();
  const live: Session[] = [];
  for (const name of foldersIn(top)) {
    const folder = join(top, name);
    const session = readSession(folder);
    if (session === undefined) continue;
    if (isAlive(session.pid)) live.push(session);
    else removeSession(folder);
  }
  return live.sort((a, b) => a.startedAt < b.startedAt ? -1 : 1);
}

/** Removes the folder of a session. */
export function removeSession(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function foldersIn(top: string): string[] {
  try {
    return [...Deno.readDirSync(top)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Whether there is a process with that number; it may be another one by now, which then does not know the token. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM";
  }
}
