import { assertEquals } from "@std/assert";
import { play } from "./signal_scenes.ts";

Deno.test("a store that hangs does not keep the program from ending", async () => {
  const end = await play("hangs", "", "SIGTERM");
  assertEquals([end.code, end.signal, end.said, end.stderr], [143, null, [], ""]);
});
