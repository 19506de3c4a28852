import { assert, assertEquals, assertGreater, assertLess, assertStringIncludes } from "@std/assert";
import { TaskRunner } from "../../mod.ts";
import { play, SIGINT_TOLD, statuses, withState } from "./signal_scenes.ts";

Deno.test("SIGINT and SIGTERM end the program with care", async () => {
  for (const [name, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await withState(async (state) => {
      const end = await play("run", state, name);
      assertEquals([end.code, end.signal, end.stderr], [code, null, ""]);
      assertEquals(end.said.filter((line) => !line.startsWith("completed: square")), [
        `told: The program was sent ${name}`,
        `told: The program was sent ${name}`,
      ]);
      assertEquals(await statuses(state), [
        "fails open",
        "square 16",
        "square 9",
        "square open",
        "willing open",
        "willing value",
      ]);
      await using runner = await TaskRunner.resume(state);
      assertEquals(runner.orphaned.map(({ name }) => name).sort(), ["fails", "square", "willing"]);
    });
  }
});

Deno.test("the program does not wait for the rest of the second when all bodies have ended", async () => {
  // Other programs can only make it longer, and one that waits takes a second each time.
  let least = Infinity;
  for (let tries = 0; tries < 20 && least > 900; tries++) {
    await withState(async (state) => void (least = Math.min(least, (await play("run", state, "SIGINT")).took)));
  }
  assertLess(least, 900);
});

Deno.test("a second signal ends the program at once", async () => {
  await withState(async (state) => {
    // The first one would end it with 130, a second later.
    const end = await play("twice", state, "SIGINT");
    assertEquals([end.code, end.said], [143, [SIGINT_TOLD]]);
  });
});

Deno.test("what serve() had not saved yet is saved, and what bodies wait for does not continue", async () => {
  await withState(async (state) => {
    const end = await play("serve", state, "SIGINT");
    assertEquals([end.code, end.said], [130, [SIGINT_TOLD]]);
    assertEquals(await statuses(state), ["parent open", "square 9", "willing value"]);
  });
});

Deno.test("tasks that no one started are on record", async () => {
  await withState(async (state) => {
    const end = await play("idle", state, "SIGTERM");
    assertEquals([end.code, end.said], [143, []]);
    assertEquals(await statuses(state), ["square open"]);
  });
});

Deno.test("handleSignals works without a checkpointer, too", async () => {
  const end = await play("none", "", "SIGINT");
  assertEquals([end.code, end.said], [130, [SIGINT_TOLD]]);
});

Deno.test("workers and children end with the program, and those behind them in line are left to the next one", async () => {
  await withState(async (state) => {
    const end = await play("workers", state, "SIGINT");
    assertEquals([end.code, end.stderr], [130, ""]);
    const begun = (await Deno.readTextFile(`${state}.begun`)).trim().split("\n");
    assertEquals(begun.filter((line) => line === "begun").length, 2);
    const children = begun.filter((line) => line !== "begun").map(Number);
    assertEquals(children.length, 2);
    for (const pid of children) assert(!isAlive(pid), `child ${pid} lives`);
    const records = await statuses(state);
    assertEquals(records.filter((each) => each.startsWith("child")), Array.from({ length: 5 }, () => "child open"));
    assertEquals(records.filter((each) => each.startsWith("thread")), [
      "thread ended",
      "thread ended",
      "thread open",
      "thread open",
      "thread open",
    ]);
  });
});

Deno.test("a signal while the shutdown saves what waited for an interval loses nothing", async () => {
  await withState(async (state) => {
    const end = await play("shutting", state, "SIGTERM");
    assertEquals([end.code, await statuses(state)], [143, ["square 1", "square 4", "square 9"]]);
  });
});

Deno.test("what could not be saved at the end is told", async () => {
  const end = await play("broken", "", "SIGTERM");
  assertEquals(end.code, 143);
  assertStringIncludes(end.stderr, "Not all was well when the program ended by SIGTERM:");
  assertStringIncludes(end.stderr, "The checkpointer cannot save: Error: no room");
});

Deno.test("the finally block of a body that waits for a child runs", async () => {
  const end = await play("waits", "", "SIGTERM");
  assertEquals([end.code, end.said.toSorted()], [143, ["parent: finally", "told: The program was sent SIGTERM"]]);
});

Deno.test("after the shutdown signals are what they were before", async () => {
  await withState(async (state) => {
    const end = await play("shut", state, "SIGTERM");
    assertEquals([end.signal, await statuses(state)], ["SIGTERM", ["square 9"]]);
  });
});

Deno.test("handleSignals does not keep a program alive", async () => {
  await withState(async (state) => {
    const end = await play("exits", state);
    assertEquals([end.code, end.signal, await statuses(state)], [0, null, ["square 9"]]);
  });
});

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

Deno.test("a store that hangs does not keep the program from ending", async () => {
  const end = await play("hangs", "", "SIGTERM");
  assertEquals([end.code, end.signal, end.said, end.stderr], [143, null, [], ""]);
});

Deno.test("bodies that do not end have a second", async () => {
  await withState(async (state) => {
    const end = await play("late", state, "SIGINT");
    assertEquals([end.code, end.said], [130, [SIGINT_TOLD]]);
    assertGreater(end.took, 950);
    assertEquals(await statuses(state), ["willing open"]);
  });
});

Deno.test("bodies have the time that the program gives them, but a second", async () => {
  await withState(async (state) => {
    const end = await play("within", state, "SIGTERM");
    const told = "told: The program was sent SIGTERM";
    assertEquals([end.code, end.said], [143, [told, told]]);
    assertGreater(end.took, 1_950);
    assertLess(end.took, 3_000);
    assertEquals(await statuses(state), ["willing open", "willing slow"]);
  });
});

Deno.test("a thread that loops does not keep the program", async () => {
  await withState(async (state) => {
    const end = await play("loops", state, "SIGINT");
    assertEquals(end.code, 130);
    assertEquals(await statuses(state), ["thread open"]);
  });
});

Deno.test("all runners of a program end, and the program after them", async () => {
  await withState(async (state) => {
    const end = await play("two", state, "SIGINT");
    assertEquals([end.code, end.said], [130, [SIGINT_TOLD, SIGINT_TOLD]]);
    for (const path of [state, `${state}.slow`]) {
      assertEquals(await statuses(path), ["square 9", "willing value"], path);
    }
  });
});
