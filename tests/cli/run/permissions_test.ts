import { assertEquals, assertThrows } from "@std/assert";
import { CliError } from "../../../src/cli/context.ts";
import { permissionFlags } from "../../../src/cli/run/permissions.ts";

Deno.test("permissionFlags adds what the tool needs, and never narrows what the program may do", () => {
  const needed = { read: [], write: ["/tmp/a", "/tmp/b"], net: ["127.0.0.1:0"] };
  const flags = (given: string) => permissionFlags(given === "" ? [] : given.split(" "), needed).join(" ");
  const list = "--allow-write=/tmp/a,/tmp/b";
  const port = "--allow-net=127.0.0.1:0";
  assertEquals(flags(""), "--allow-all");
  assertEquals(flags("--no-check --unstable-kv --config=deno.json"), "--allow-all");
  for (const all of ["-A", "--allow-all", "-qA", "-P", "--permission-set=x"]) assertEquals(flags(all), "", all);
  assertEquals(flags("--no-prompt"), `${list} ${port}`);
  assertEquals(flags("--allow-read"), `${list} ${port}`);
  assertEquals(flags("--allow-net"), list);
  assertEquals(flags("-WN"), "");
  assertEquals(flags("--allow-net=example.com -W=/var"), `${list} ${port}`);
});

Deno.test("permissionFlags refuses a path that Deno would take for two", () => {
  const needed = { read: [], write: ["/tmp/a,b"], net: [] };
  assertThrows(() => permissionFlags(["--no-prompt"], needed), CliError, "because of its comma");
  assertEquals(permissionFlags(["--no-prompt", "--allow-write"], needed), []);
});
