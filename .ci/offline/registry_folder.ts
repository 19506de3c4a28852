/**
 * Builds the folder that stands in for JSR where only npm can be reached.
 *
 * Its layout is JSR's own, so that Deno treats it as JSR: `@std/<package>/meta.json`,
 * `<version>_meta.json` with a checksum of each file, and `<version>/…` with the modules. The code
 * is npm's `deno-std`, a plain JavaScript copy of std; the types are the declarations in
 * `std/`, beside this file.
 *
 * The folder lives in the user's cache under a name derived from all that goes into it, appears
 * there in one rename, and is never changed afterwards: tasks may run at the same time, and an edit
 * makes a new folder.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { homedir, platform } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The newest version of the npm package that still holds `fs` and `testing`. */
const SOURCE = { name: "deno-std", version: "1.3.1" };

/** Packages of `@std` to offer, and the folder of the npm package that holds each. */
const PACKAGES: Record<string, string> = {
  "assert": "assert",
  "async": "async",
  "data-structures": "data_structures",
  "fs": "fs",
  "internal": "internal",
  "path": "path",
  "testing": "testing",
};

/** Modules that the npm package ships broken: `bdd` lacks its `_test_suite.js`. */
const BROKEN: ReadonlySet<string> = new Set(["testing/bdd.js"]);

const DECLARATIONS = fileURLToPath(new URL("./std/", import.meta.url));

/** Files of one package: their path inside it, with forward slashes, and their text. */
type Files = Map<string, string>;

/** What JSR tells about the files of a package, by their path with a slash in front. */
type Manifest = Record<string, { size: number; checksum: string }>;

/** Makes the folder outside the repository in which everything that is kept between runs lives. */
export async function ensureCache(): Promise<string> {
  const path = cachePath();
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw new Error(
      `Cannot make the folder ${path}: set XDG_CACHE_HOME to a folder that may be written to`,
      { cause },
    );
  }
  return path;
}

function cachePath(): string {
  const name = "workflowy-registry";
  const { XDG_CACHE_HOME, LOCALAPPDATA } = Deno.env.toObject();
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, name);
  if (platform() === "win32" && LOCALAPPDATA) return join(LOCALAPPDATA, name);
  if (platform() === "darwin") return join(homedir(), "Library", "Caches", name);
  return join(homedir(), ".cache", name);
}

/**
 * The path of the registry folder for the current inputs; builds it in the given existing folder,
 * and reports that, if this is its first use or if it is damaged.
 */
export async function ensureRegistryFolder(
  cache: string,
  report: (message: string) => void,
): Promise<string> {
  const declarations = await readTree(DECLARATIONS, ".d.ts");
  const folder = join(cache, `std-${await keyOf(declarations)}`);
  if (await isIntact(folder)) return folder;
  report(`JSR cannot be reached: making a stand-in from npm:${SOURCE.name} in ${folder}`);
  const draft = await Deno.makeTempDir({ dir: cache, prefix: "draft-" });
  try {
    const registry = join(draft, "registry");
    await writeRegistry(registry, await locateSource(cache), declarations);
    // Another task may have been first; its folder is as good as ours, and may be in use.
    if (await isIntact(folder)) return folder;
    if (await isFolder(folder)) await Deno.rename(folder, join(draft, "damaged"));
    await Deno.rename(registry, folder);
  } catch (error) {
    if (!await isIntact(folder)) throw error; // Or first in the meantime.
  } finally {
    await Deno.remove(draft, { recursive: true });
  }
  return folder;
}

/**
 * Whether all files of a registry are there and have their checksums. Deno checks those of modules
 * that it downloads, but not those of `file:` addresses, and programs that tidy up caches remove
 * single files.
 */
async function isIntact(root: string): Promise<boolean> {
  try {
    const packages = Object.keys(PACKAGES).map((name) => join(root, "@std", name));
    return (await Promise.all(packages.map(isPackageIntact))).every(Boolean);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return false;
    throw error;
  }
}

async function isPackageIntact(folder: string): Promise<boolean> {
  const read = async (name: string) => JSON.parse(await Deno.readTextFile(join(folder, name)));
  await read("meta.json");
  const { manifest }: { manifest: Manifest } = await read(`${SOURCE.version}_meta.json`);
  const checks = Object.entries(manifest).map(async ([path, { checksum }]) =>
    checksum === checksumOf(await Deno.readFile(join(folder, SOURCE.version, path)))
  );
  return (await Promise.all(checks)).every(Boolean);
}

/** A short name for everything that decides what the folder holds. */
async function keyOf(declarations: Files): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await Deno.readTextFile(new URL(import.meta.url)));
  for (const [path, text] of declarations) hash.update(`\0${path}\0${text}`);
  return hash.digest("hex").slice(0, 16);
}

/**
 * Lets Deno download the npm package, checked and cached as usual, and says where it keeps it. Runs
 * in a folder away from the repository, so that no package.json or node_modules changes the answer.
 */
async function locateSource(cwd: string): Promise<string> {
  const specifier = `npm:${SOURCE.name}@${SOURCE.version}/assert/mod.js`;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config", "--no-lock", specifier],
    cwd,
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (code !== 0) {
    throw new Error(
      `Cannot load std: JSR does not answer and ${specifier} cannot be loaded from npm either. ` +
        `Check the network or the proxy settings and run the task again.\n${decode(stderr)}`,
    );
  }
  const info: { npmPackages?: Record<string, { localPath?: string }> } = JSON.parse(decode(stdout));
  const path = info.npmPackages?.[`${SOURCE.name}@${SOURCE.version}`]?.localPath;
  if (path === undefined) {
    throw new Error(
      `Cannot find where Deno ${Deno.version.deno} keeps ${specifier}: "deno info --json" names no ` +
        `localPath. Use Deno 2.9, or set JSR_URL to a JSR mirror that you can reach.`,
    );
  }
  return path;
}

async function writeRegistry(root: string, source: string, declarations: Files): Promise<void> {
  for (const [name, folder] of Object.entries(PACKAGES)) {
    const modules = await readTree(join(source, folder), ".js");
    const files: Files = new Map();
    for (const [path, text] of modules) {
      if (BROKEN.has(`${folder}/${path}`)) continue;
      const types = await typesOf(name, join(source, folder), path, declarations);
      const code = linkPackages(text);
      if (types === undefined) {
        files.set(path, code);
      } else {
        const typesPath = path.replace(/\.js$/, ".d.ts");
        files.set(typesPath, types);
        files.set(path, `/* @ts-self-types="./${posix.basename(typesPath)}" */\n${code}`);
      }
    }
    await writePackage(join(root, "@std", name), name, files);
  }
}

/**
 * The declarations of a module: those in `std/`, beside this file under its name, or else a selection from the
 * package's `mod.d.ts` of the names that the module really exports. Packages that only std itself
 * imports have none.
 */
async function typesOf(
  name: string,
  folder: string,
  path: string,
  declarations: Files,
): Promise<string | undefined> {
  const own = declarations.get(`${name}/${path.replace(/\.js$/, ".d.ts")}`);
  if (own !== undefined) return own;
  if (!declarations.has(`${name}/mod.d.ts`) || !isPublic(path)) return undefined;
  const exported = await import(pathToFileURL(join(folder, path)).href) as Record<string, unknown>;
  const all = `${posix.relative(posix.dirname(path), ".") || "."}/mod.d.ts`;
  return `export { ${Object.keys(exported).join(", ")} } from "${all}";\n` +
    `export type * from "${all}";\n`;
}

/**
 * Makes imports of other packages go through the registry, as they do in the real std, so that a
 * class such as `AssertionError` is one class. The npm package says both `data_structures` and,
 * wrongly, `data-structures`.
 */
function linkPackages(code: string): string {
  return code.replaceAll(
    /^(.*from )"\.\.\/([\w-]+)\/([\w/]+)\.js";$/gm,
    (line, start, folder, path) => {
      const name = folder.replaceAll("_", "-");
      return name in PACKAGES ? `${start}"jsr:@std/${name}@^1/${subpathOf(path)}";` : line;
    },
  );
}

async function writePackage(folder: string, name: string, files: Files): Promise<void> {
  const version = SOURCE.version;
  const manifest: Manifest = {};
  const exports: Record<string, string> = {};
  for (const [path, text] of files) {
    const bytes = new TextEncoder().encode(text);
    const target = join(folder, version, ...path.split("/"));
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.writeFile(target, bytes);
    manifest[`/${path}`] = { size: bytes.length, checksum: checksumOf(bytes) };
    if (path.endsWith(".js") && isPublic(path)) {
      const subpath = subpathOf(path.replace(/\.js$/, ""));
      exports[subpath === "mod" ? "." : `./${subpath.replace(/\/mod$/, "")}`] = `./${path}`;
    }
  }
  const meta = { scope: "std", name, latest: version, versions: { [version]: {} } };
  await Deno.writeTextFile(join(folder, "meta.json"), JSON.stringify(meta));
  await Deno.writeTextFile(
    join(folder, `${version}_meta.json`),
    JSON.stringify({ manifest, exports }),
  );
}

function checksumOf(bytes: Uint8Array): string {
  return `sha256-${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The name under which JSR exports a module: `from_file_url` is `from-file-url`. */
function subpathOf(path: string): string {
  return path.replaceAll("_", "-");
}

/** Whether no part of a path starts with an underscore, std's mark for what is its own business. */
function isPublic(path: string): boolean {
  return !path.split("/").some((part) => part.startsWith("_"));
}

/** All files below a folder whose name has the given ending, in the order of their paths. */
async function readTree(folder: string, ending: string): Promise<Files> {
  const found: [string, string][] = [];
  const visit = async (inside: string): Promise<void> => {
    for await (const entry of Deno.readDir(join(folder, inside))) {
      const path = posix.join(inside, entry.name);
      if (entry.isDirectory) await visit(path);
      else if (entry.name.endsWith(ending)) {
        found.push([path, await Deno.readTextFile(join(folder, path))]);
      }
    }
  };
  await visit("");
  return new Map(found.sort(([a], [b]) => a < b ? -1 : 1));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
