/**
 * Signals to subprocesses, and to the groups that they lead.
 *
 * @module
 */

/** Whether this system has groups of processes, which can be killed together. */
export const HAS_GROUPS: boolean = Deno.build.os !== "windows";

/** Sends a signal to a child that may have ended. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** `Deno.kill()` needs the permission to run any program, and never asks for it here. */
export function mayKill(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}

/** Kills a group of processes, if this program may. Returns whether it may. */
export function killGroup(pid: number): boolean {
  if (!mayKill()) return false;
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return false;
    // Otherwise the group has ended.
  }
  return true;
}
