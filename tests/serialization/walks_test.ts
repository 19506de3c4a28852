import { assertEquals } from "@std/assert";

Deno.test("a value is walked over at most twice until it is saved, arguments once more for their id and once for the body", async () => {
  const program = new URL("programs/count_walks.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", "--unstable-kv", program];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals([code, code === 0 ? "" : new TextDecoder().decode(stderr)], [0, ""]);
  const walks = {
    "returned": 1, // to check and copy it at once
    "returned with an error": 2, // and to put the error into an envelope
    "held by an error that was thrown": 1, // to put that into an envelope
    "given as an argument": 3, // to check and copy it, for the id, and for the body's own copy
  };
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), { memory: walks, file: walks, kv: walks });
});
