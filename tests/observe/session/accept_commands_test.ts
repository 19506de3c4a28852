import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { task, TaskRunner } from "../../../mod.ts";
import { acceptCommands } from "../../../src/observe/mod.ts";
import { liveSessions } from "../../../src/observe/session/session.ts";
import { inRuntimeFolder } from "./support.ts";

Deno.test("acceptCommands: the program is found and answers until it is disposed of", () =>
  inRuntimeFolder(async () => {
    await using runner = new TaskRunner();
    await runner.submit(task({ name: "load" }, () => 42));
    {
      await using _ = acceptCommands(runner, { program: "mail-service" });
      const [session] = liveSessions();
      assertEquals([session?.program, session?.pid], ["mail-service", Deno.pid]);
      const headers = { authorization: `Bearer ${session?.token}` };
      const answer = await fetch(`${session?.address}/api/tasks`, { headers });
      assertEquals((await answer.json()).tasks[0].name, "load");
    }
    assertEquals(liveSessions(), []);
  }));

Deno.test("acceptCommands: several programs, or runners, do not disturb each other", () =>
  inRuntimeFolder(async () => {
    await using runner = new TaskRunner();
    await using first = acceptCommands(runner, { program: "first" });
    {
      await using _ = acceptCommands(runner, { program: "second" });
      assertEquals(liveSessions().map(({ program }) => program).sort(), ["first", "second"]);
    }
    assertEquals(liveSessions().map(({ program }) => program), ["first"]);
    void first;
  }));

Deno.test({
  name: "acceptCommands: refuses a folder that others may use",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inRuntimeFolder(async (folder) => {
      await Deno.mkdir(join(folder, "workflowy"));
      await Deno.chmod(join(folder, "workflowy"), 0o755);
      await using runner = new TaskRunner();
      assertThrows(() => acceptCommands(runner), Error, "chmod 700");
    }),
});

Deno.test("acceptCommands() refuses what is not a runner, and options that it does not know", async () => {
  await using runner = new TaskRunner();
  assertThrows(() => acceptCommands({} as never), TypeError, "What acceptCommands() is given must be a TaskRunner");
  assertThrows(() => acceptCommands(runner, { name: "mail" } as never), TypeError, 'Unknown option "name"');
  assertThrows(() => acceptCommands(runner, { program: 3 } as never), TypeError, "program of acceptCommands()");
  assertThrows(() => acceptCommands(runner, { program: "" }), RangeError, "program of acceptCommands()");
});
