/**
 * Processes that a program has left behind.
 *
 * @module
 */

import { sleep } from "../support.ts";

/** Whether this system tells which processes there are. */
export const KNOWS_PROCESSES: boolean = Deno.build.os === "linux";

/** The variable that marks a program's processes: those that it starts inherit it. */
export const MARK = "CRASH_MARK";

const LOOK_AGAIN_MS = 3;

/** The processes that carry a mark, except those that have exited and whose exit code was not collected. */
export function processesMarked(mark: string): number[] {
  const wanted = `${MARK}=${mark}`;
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    return environmentOf(name).includes(wanted) ? [Number(name)] : [];
  });
}

/**
 * Waits until no process carries a mark any more.
 *
 * @returns Those that are still there after that long; they are killed then.
 */
export async function leftoversOf(mark: string, patienceMs: number): Promise<string[]> {
  if (!KNOWS_PROCESSES) return [];
  const end = performance.now() + patienceMs;
  for (;;) {
    const pids = processesMarked(mark);
    if (pids.length === 0) return [];
    if (performance.now() > end) return pids.map(describeAndKill);
    await sleep(LOOK_AGAIN_MS);
  }
}

function environmentOf(pid: string): string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0");
  } catch {
    // It has exited, or is another user's.
    return [];
  }
}

function describeAndKill(pid: number): string {
  try {
    const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
    Deno.kill(pid, "SIGKILL");
    return `${pid} (${command.slice(0, 200)})`;
  } catch {
    return `${pid} (which has exited by now)`;
  }
}
