import { assertEquals } from "@std/assert";
import { checkModeChange, MODE_REFUSALS, type SchedulerMode } from "../../src/schedule/scheduler_mode.ts";

Deno.test("checkModeChange() lets a scheduler be started and deferred only while it is stopped, and stopped at any time", () => {
  const modes = Object.keys(MODE_REFUSALS) as SchedulerMode["name"][];
  const allowed = modes.flatMap((from) =>
    modes.map((to) => `${from} → ${to}`).filter((_, index) => isAllowed(from, modes[index]!))
  );
  assertEquals(allowed, [
    "stopped → stopped",
    "stopped → started",
    "stopped → deferred",
    "started → stopped",
    "deferred → stopped",
  ]);
});

function isAllowed(from: SchedulerMode["name"], to: SchedulerMode["name"]): boolean {
  try {
    checkModeChange(from, to);
    return true;
  } catch {
    return false;
  }
}
