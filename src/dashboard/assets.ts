/**
 * The files that a browser gets. They are part of this package as they are, and are loaded when the first one is asked for.
 *
 * @module
 */

import type { UiFiles } from "./ui_files.ts";

/** Imports of files as strings are stable from here on. */
const MIN_DENO = [2, 8] as const;

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * Checks that this Deno can load the files.
 *
 * @throws {Error} If it is too old.
 */
export function checkDenoVersion(version: string = Deno.version.deno): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > MIN_DENO[0] || (major === MIN_DENO[0] && minor >= MIN_DENO[1])) return;
  throw new Error(
    `The dashboard needs Deno ${MIN_DENO.join(".")} or newer, and this is Deno ${version}: run "deno upgrade"`,
  );
}

let loading: Promise<UiFiles> | undefined;

/** The file of a name. `undefined` if there is none. */
export async function assetResponse(name: string): Promise<Response | undefined> {
  loading ??= import("./ui_files.ts").then(({ UI_FILES }) => UI_FILES);
  const files = await loading;
  const content = files[name];
  if (content === undefined || !Object.hasOwn(files, name)) return undefined;
  return new Response(content, { headers: { "content-type": TYPES[name.split(".").at(-1)!]! } });
}

/** The page, which finds its files below a path. */
export async function pageResponse(basePath: string, status = 200): Promise<Response> {
  const page = await (await assetResponse("index.html"))!.text();
  // The path has none of the characters that mean something in HTML: its option is checked.
  return new Response(page.replaceAll("{{base}}", basePath), { status, headers: { "content-type": TYPES["html"]! } });
}
