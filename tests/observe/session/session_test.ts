import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { liveSessions, readSession, removeSession, writeSession } from "../../../src/observe/session/session.ts";
import { inRuntimeFolder } from "./support.ts";

const SESSION = { pid: Deno.pid, program: "main.ts", startedAt: "2026-06-01T00:00:00.000Z", runners: [] };

Deno.test("liveSessions ignores damaged files, and those of other versions", () =>
  inRuntimeFolder((folder) => {
    const top = join(folder, "workflowy");
    for (const [name, text] of [["a", "{"], ["b", '{"v":2}'], ["c", ""]] as const) {
      Deno.mkdirSync(join(top, name), { recursive: true });
      Deno.writeTextFileSync(join(top, name, "session.json"), text);
    }
    assertEquals(liveSessions(), []);
  }));

Deno.test("liveSessions removes what a program has left that does not run any more", () =>
  inRuntimeFolder(async (folder) => {
    const child = new Deno.Command(Deno.execPath(), { args: ["eval", ""], stdout: "null" }).spawn();
    await child.status;
    const [dead, alive] = ["dead", "alive"].map((name) => join(folder, "workflowy", name)) as [string, string];
    for (const path of [dead, alive]) Deno.mkdirSync(path, { recursive: true });
    writeSession(dead, { ...SESSION, pid: child.pid });
    writeSession(alive, SESSION);
    assertEquals(liveSessions().map(({ pid }) => pid), [Deno.pid]);
    assertEquals([readSession(dead), readSession(alive)?.program], [undefined, "main.ts"]);
    removeSession(alive);
    removeSession(alive);
    assertEquals(liveSessions(), []);
  }));
