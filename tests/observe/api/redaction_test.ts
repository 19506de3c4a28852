import { assertEquals } from "@std/assert";
import { MemoryCheckpointer, task, type TaskHandle, TaskRunner } from "../../../mod.ts";
import { detailsOfHandle } from "../../../src/observe/api/view_of_handle.ts";
import { detailsOfRecord } from "../../../src/observe/api/view_of_record.ts";

const login = task({ name: "login", redact: ([user]) => [user, "…"] }, (user: string, _password: string) => user);

Deno.test("details show redacted arguments only, of a handle and of its record, also before they are known", async () => {
  const checkpointer = new MemoryCheckpointer();
  await using runner = new TaskRunner({ checkpointer });
  const user = runner.submit(task({ name: "user" }, () => "ann"));
  const handle: TaskHandle<unknown> = login.with({ runner }).submit(user, "secret");
  const shownBy = async () => {
    await runner.flush();
    const records = new Map((await Array.fromAsync(checkpointer.load())).map((record) => [record.id, record]));
    return [detailsOfHandle(handle).args, detailsOfRecord(records.get(handle.id)!, records).args];
  };
  assertEquals(await shownBy(), [[], []]);
  await runner.run();
  assertEquals(await shownBy(), [["ann", "…"], ["ann", "…"]]);
});
