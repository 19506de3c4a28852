import { assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { task, TaskRunner } from "../../../mod.ts";
import { acceptCommands } from "../../../src/observe/mod.ts";
import { liveSessions } from "../../../src/observe/session/session.ts";
import { tempFolder } from "../../support.ts";

/** Runs with a runtime folder of its own. */
async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  await using folder = await tempFolder();
  const before = Deno.env.get("XDG_RUNTIME_DIR");
  Deno.env.set("XDG_RUNTIME_DIR", folder.path);
  try {
    await test(folder.path);
  } finally {
    if (before === undefined) Deno.env.delete("XDG_RUNTIME_DIR");
    else Deno.env.set("XDG_RUNTIME_DIR", before);
  }
}

Deno.test("acceptCommands: the program is found and answers until it is disposed of", () =>
  inFolder(async () => {
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
  inFolder(async () => {
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
    inFolder(async (folder) => {
      await Deno.mkdir(join(folder, "workflowy"));
      await Deno.chmod(join(folder, "workflowy"), 0o755);
      await using runner = new TaskRunner();
      assertThrows(() => acceptCommands(runner), Error, "chmod 700");
    }),
});

Deno.test("liveSessions ignores damaged files, and those of other versions", () =>
  inFolder((folder) => {
    const top = join(folder, "workflowy");
    for (const [name, text] of [["a", "{"], ["b", '{"v":2}'], ["c", ""]] as const) {
      Deno.mkdirSync(join(top, name), { recursive: true });
      Deno.writeTextFileSync(join(top, name, "session.json"), text);
    }
    assertEquals(liveSessions(), []);
    return Promise.resolve();
  }));
