import { FileCheckpointer, type FsyncPolicy } from "../../src/stores/file_checkpointer.ts";
import { KvCheckpointer } from "../../src/stores/kv_checkpointer.ts";
import { type CheckpointerCase, checkpointerCases } from "../../src/testing/checkpointer_cases.ts";
import { tempFolder } from "../support.ts";

/** Registers each case, with a folder of its own. */
function register(what: string, casesIn: (folder: string) => CheckpointerCase[]): void {
  casesIn("").forEach(({ name }, index) => {
    Deno.test(`${what}: ${name}`, async () => {
      await using folder = await tempFolder();
      await casesIn(folder.path)[index]!.run();
    });
  });
}

for (const codec of ["json", "structured"] as const) {
  for (const fsync of ["never", "everysec", "always"] satisfies FsyncPolicy[]) {
    register(
      `FileCheckpointer (${codec}, fsync ${fsync})`,
      (folder) => checkpointerCases((store) => new FileCheckpointer(`${folder}/${store}.jsonl`, { codec, fsync })),
    );
  }

  register(
    `KvCheckpointer (${codec}), each store a prefix`,
    (folder) => checkpointerCases((store) => new KvCheckpointer({ path: `${folder}/all.kv`, prefix: [store], codec })),
  );

  register(
    `KvCheckpointer (${codec}), each store a file`,
    (folder) => checkpointerCases((store) => new KvCheckpointer({ path: `${folder}/${store}.kv`, codec })),
  );
}
