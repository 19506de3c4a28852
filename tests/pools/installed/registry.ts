/**
 * A stand-in for JSR that has this package: a folder of JSR's own layout, served over HTTP on this machine.
 *
 * @module
 */

import { expandGlob } from "@std/fs";
import { dirname, fromFileUrl, join, relative } from "@std/path";

const ROOT = fromFileUrl(new URL("../../../", import.meta.url));

/** What JSR says of the types of files; Deno goes by it. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ts: "text/typescript; charset=utf-8",
  json: "application/json",
  md: "text/markdown; charset=utf-8",
};

/** What of `deno.json` decides how the package is published. */
interface PackageConfig {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly publish: { readonly include: readonly string[] };
}

/** A registry that answers until it is disposed of. */
export interface Registry extends AsyncDisposable {
  /** What `JSR_URL` must be. */
  readonly url: string;
  /** The paths of all files that were asked for and are there. */
  readonly served: ReadonlySet<string>;
}

/** Publishes the package as it is now, under each of the versions, and serves it. */
export async function serveRegistry(...versions: readonly string[]): Promise<Registry> {
  const folder = await Deno.makeTempDir({ prefix: "workflowy-registry-" });
  await publish(folder, versions);
  const served = new Set<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async ({ url }) => {
    const path = decodeURIComponent(new URL(url).pathname);
    const type = CONTENT_TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "text/plain";
    try {
      const body = await Deno.readFile(join(folder, path));
      served.add(path);
      return new Response(body, { headers: { "content-type": type } });
    } catch {
      return new Response(`There is no ${path}`, { status: 404 });
    }
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    served,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Writes `<name>/meta.json` and, for each version, its manifest and the files that `publish.include` names. */
async function publish(folder: string, versions: readonly string[]): Promise<void> {
  const config: PackageConfig = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const home = join(folder, config.name);
  const files = await publishedFiles(config);
  for (const version of versions) {
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const [path, bytes] of files) {
      const target = join(home, version, path);
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.writeFile(target, bytes);
      manifest[`/${path}`] = { size: bytes.length, checksum: await checksumOf(bytes) };
    }
    const meta = { manifest, exports: config.exports };
    await Deno.writeTextFile(join(home, `${version}_meta.json`), JSON.stringify(meta));
  }
  const [scope, name] = config.name.slice(1).split("/");
  const all = Object.fromEntries(versions.map((version) => [version, {}]));
  await Deno.writeTextFile(
    join(home, "meta.json"),
    JSON.stringify({ scope, name, latest: versions[0], versions: all }),
  );
}

/** The files by their path with forward slashes. JSR resolves what an import map says while publishing; so does this. */
async function publishedFiles({ imports, publish }: PackageConfig): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const pattern of publish.include) {
    for await (const { path, isFile } of expandGlob(pattern, { root: ROOT })) {
      if (!isFile) continue;
      const text = (await Deno.readTextFile(path)).replaceAll(
        /^(.*(?:from |import\())"([^".][^"]*)"/gm,
        (line, start: string, specifier: string) =>
          /^ \*/.test(start) ? line : `${start}"${imports[specifier] ?? specifier}"`,
      );
      files.set(relative(ROOT, path).replaceAll("\\", "/"), new TextEncoder().encode(text));
    }
  }
  return files;
}

async function checksumOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha256-${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}`;
}
