import { assert, assertEquals, assertThrows } from "@std/assert";
import { assetResponse, checkDenoVersion } from "../../src/dashboard/assets.ts";

Deno.test("checkDenoVersion() says which Deno is needed", () => {
  for (const version of ["2.8.0", "2.9.6", "2.10.0", "3.0.0", "2.8.0-rc.1"]) checkDenoVersion(version);
  for (const version of ["2.7.14", "2.5.7", "1.46.3"]) {
    assertThrows(
      () => checkDenoVersion(version),
      Error,
      `The dashboard needs Deno 2.8 or newer, and this is Deno ${version}: run "deno upgrade"`,
    );
  }
});

Deno.test("assetResponse() has the files of the page with their types, and nothing else", async () => {
  const typeOf = async (name: string) => {
    const response = await assetResponse(name);
    await response?.body?.cancel();
    return response?.headers.get("content-type");
  };
  assertEquals(await typeOf("app.js"), "text/javascript; charset=utf-8");
  assertEquals(await typeOf("preact.js"), "text/javascript; charset=utf-8");
  assertEquals(await typeOf("theme.css"), "text/css; charset=utf-8");
  assertEquals(await typeOf("icon.svg"), "image/svg+xml");
  for (const name of ["", "../server.ts", "toString", "__proto__", "app.ts"]) {
    assertEquals(await typeOf(name), undefined);
  }
});

Deno.test("Files of the page are not imported as code elsewhere, as a Deno before 2.8 could not load these any more", async () => {
  const source = await Deno.readTextFile(new URL("../../src/dashboard/ui_files.ts", import.meta.url));
  const files = [...source.matchAll(/from "([^"]+)" with \{ type: "text" \}/g)].map(([, file]) => file!);
  assert(files.length > 40);
  assertEquals(files.filter((file) => !file.startsWith("./ui/")), ["htm/preact/standalone"]);
});
