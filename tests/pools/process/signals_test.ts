import { assertEquals } from "@std/assert";
import { HAS_GROUPS, killGroup, signalChild } from "../../../src/pools/process/signals.ts";

const sleeper = (detached: boolean) =>
  new Deno.Command("sleep", { args: ["600"], stdin: "null", stdout: "null", stderr: "null", detached }).spawn();

Deno.test({
  name: "killGroup kills a group, and minds no group that has ended",
  ignore: !HAS_GROUPS,
  fn: async () => {
    const child = sleeper(true);
    assertEquals(killGroup(child.pid), true);
    assertEquals((await child.status).signal, "SIGKILL");
    assertEquals(killGroup(child.pid), true);
  },
});

Deno.test({
  name: "signalChild sends a signal to a child, and minds none that has ended",
  ignore: !HAS_GROUPS,
  fn: async () => {
    const child = sleeper(false);
    signalChild(child, "SIGTERM");
    assertEquals((await child.status).signal, "SIGTERM");
    signalChild(child, "SIGTERM");
  },
});
