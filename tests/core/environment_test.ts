import { assertEquals } from "@std/assert";
import { environmentVariable } from "../../src/core/environment.ts";

const NAME = "WORKFLOWY_TEST_VARIABLE";

/** What a program with these rights and these values finds, which prints it. */
async function found(rights: readonly string[], env: Record<string, string>, before = ""): Promise<string> {
  const module = new URL("../../src/core/environment.ts", import.meta.url).href;
  const code = `${before}console.log((await import(${JSON.stringify(module)})).environmentVariable("${NAME}"))`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--no-check", "--no-prompt", "--allow-read", "--allow-import", ...rights],
      `data:text/javascript,${encodeURIComponent(code)}`,
    ],
    env: { ...env, NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout).trim() + decoder.decode(stderr).trim();
}

Deno.test("environmentVariable() is the value of a variable, if it may be read", async () => {
  assertEquals(await found(["--allow-env"], { [NAME]: "yes" }), "yes");
  assertEquals(await found([`--allow-env=${NAME}`], { [NAME]: "" }), "");
  assertEquals(await found([], { [NAME]: "yes" }), "undefined");
  assertEquals(environmentVariable(NAME), undefined);
});

Deno.test("environmentVariable() reads a variable where rights cannot be asked about, as on Deno Deploy", async () => {
  assertEquals(await found(["--allow-env"], { [NAME]: "yes" }, "delete Deno.permissions.querySync;"), "yes");
  assertEquals(await found(["--allow-env"], { [NAME]: "yes" }, "Deno.permissions.querySync = undefined;"), "yes");
});
