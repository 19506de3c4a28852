/**
 * What watches over the subprocesses of a program: it outlives a program that is killed, to kill them, as they may loop and
 * would never see that it is gone; and it kills those that take more memory than they may.
 *
 * The program says on the standard input which there are: `+123 64` (with a limit in MiB, or 0), and `-123` once that one
 * has ended, or `!123` to have what is left of its group killed as well: what it has started. When the input ends, so has
 * the program. The standard output tells which ones were killed for their memory.
 *
 * @module
 */

/** How often memory is looked at, in milliseconds. */
const LOOK_MS = 25;
const KIB = 1_024;
const MIB = 1_048_576;
/** What Deno itself takes, which does not count, in MiB. */
const ALLOWANCE_MB = 128;

/** Subprocesses: how much memory each may have, in bytes. */
const limits = new Map<number, number>();

// Ctrl-C goes to the program too, which may outlive it. Elsewhere it only goes to the group of the program.
if (Deno.build.os === "windows") Deno.addSignalListener("SIGINT", () => {});
for (const each of Deno.args) obey(`+${each}`);
const timer = setInterval(look, LOOK_MS);

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  for (const line of lines) obey(line);
}
clearInterval(timer);
for (const pid of limits.keys()) {
  kill(pid);
  killGroup(pid);
}
Deno.exit(0);

function obey(line: string): void {
  const [pid = 0, limitMb = 0] = line.slice(1).split(" ").map(Number);
  if (line.startsWith("+")) limits.set(pid, limitMb === 0 ? Infinity : (limitMb + ALLOWANCE_MB) * MIB);
  else limits.delete(pid);
  if (line.startsWith("!")) killGroup(pid);
}

function look(): void {
  for (const [pid, limit] of limits) {
    if (limit === Infinity || (memoryOf(pid) ?? 0) <= limit) continue;
    limits.delete(pid);
    console.log(pid);
    kill(pid);
  }
}

/** The memory that a process has, in bytes, where the system tells: Linux does. */
function memoryOf(pid: number): number | undefined {
  try {
    // Not `statm`, which counts pages: their size is not 4 KiB everywhere, and no one tells.
    const [, size] = /^VmRSS:\s*(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
    return size === undefined ? undefined : Number(size) * KIB;
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    // It has ended already, most likely.
    if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
  }
}

/** Not on Windows, which has no such groups. */
function killGroup(pid: number): void {
  if (Deno.build.os !== "windows") kill(-pid);
}
