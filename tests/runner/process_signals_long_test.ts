import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { play, SIGINT_TOLD, statuses, withState } from "./signal_scenes.ts";

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
