import { assertEquals } from "@std/assert";
import { inTempFolder } from "./kv/wrapped_kv.ts";

const MODULE = new URL("../../src/stores/kv_checkpointer.ts", import.meta.url).href;

Deno.test("KvCheckpointer type-checks for users whose lib has no deno.unstable", async () => {
  const program = `
    import { KvCheckpointer } from ${JSON.stringify(MODULE)};
    const record = { id: "a", name: "a", status: "completed", attempts: 1, args: [], dependsOn: [] } as const;
    const checkpointer = new KvCheckpointer({ path: "a.db", prefix: ["a", 1], lease: "2s" });
    checkpointer satisfies AsyncDisposable & { save(records: readonly typeof record[]): Promise<void> };
  `;
  const configuration = JSON.stringify({ compilerOptions: { lib: ["esnext", "dom", "deno.ns"] } });
  await inTempFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/deno.json`, configuration);
    await Deno.writeTextFile(`${folder}/main.ts`, program);
    const command = new Deno.Command(Deno.execPath(), { args: ["check", "main.ts"], cwd: folder });
    const { code, stderr } = await command.output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
  });
});
