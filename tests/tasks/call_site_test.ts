import { assert, assertEquals } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { callSiteOf, describeCallSite, newSiteOf } from "../../src/tasks/call_site.ts";

function siteOfCall() {
  return callSiteOf(siteOfCall);
}

/** The place of the caller's own call, read from the stack in another way. */
function placeHere(): { line: number; column: number } {
  const [, line, column] = /:(\d+):(\d+)\)?$/.exec(new Error().stack!.split("\n")[2]!)!;
  return { line: Number(line), column: Number(column) };
}

Deno.test("callSiteOf() tells module, line and column of the call", () => {
  const [site, here] = [siteOfCall(), placeHere()];
  assertEquals(site?.module, import.meta.url);
  assertEquals(site?.line, here.line);
  assert(site!.column < here.column);
});

Deno.test("callSiteOf() passes over what lies between the function and itself", () => {
  function inner() {
    return callSiteOf(outer);
  }
  function outer() {
    return inner();
  }
  const [site, here] = [outer(), placeHere()];
  assertEquals(site?.line, here.line);
});

Deno.test("newSiteOf() tells the place of new and not that of super()", () => {
  class Base {
    readonly site = newSiteOf(Base);
  }
  class Middle extends Base {
    constructor() {
      super();
    }
  }
  class Last extends Middle {}
  const [{ site }, here] = [new Last(), placeHere()];
  assertEquals(site?.line, here.line);
});

Deno.test("callSiteOf() works in callbacks, after an await, and in static fields", async () => {
  const inCallback = [0].map(() => siteOfCall())[0];
  await Promise.resolve();
  const afterAwait = siteOfCall();
  class Holder {
    static site = siteOfCall();
  }
  for (const site of [inCallback, afterAwait, Holder.site]) assertEquals(site?.module, import.meta.url);
});

Deno.test("callSiteOf() is undefined where there is no place", () => {
  assertEquals([0].map(siteOfCall)[0], undefined);
});

for (const folder of ["plain", "with space", "copy (1)", "(all)", "größe", "a#b", "50%", "a:1:2"]) {
  Deno.test(`callSiteOf() tells the module in a folder called ${folder}`, async () => {
    const root = await Deno.makeTempDir();
    try {
      await Deno.mkdir(join(root, folder));
      const file = join(root, folder, "tasks.ts");
      const { href } = toFileUrl(file);
      await Deno.writeTextFile(
        file,
        `import { task } from ${JSON.stringify(import.meta.resolve("../../mod.ts"))};
export const plain = task(() => {});
export const inFunction = (function define() { return task(() => {}); })();
`,
      );
      const { plain, inFunction } = await import(href);
      assertEquals([plain.options.module, inFunction.options.module], [href, href]);
      assertEquals([plain.name, inFunction.name], ["tasks.ts:2:22", "tasks.ts:3:55"]);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  });
}

Deno.test("describeCallSite() is file, line and column", () => {
  assertEquals(describeCallSite({ module: "file:///a/b/pipeline.ts", line: 12, column: 20 }), "pipeline.ts:12:20");
});
