/**
 * Paths of files, without Node's modules: the first one that is loaded takes more than ten milliseconds.
 *
 * @module
 */

/** The systems whose paths differ. */
export type PathStyle = "posix" | "windows";

/** The style of this system. */
const STYLE: PathStyle = Deno.build.os === "windows" ? "windows" : "posix";

/**
 * The path of a file URL, as `fileURLToPath()` of `node:url` returns it.
 *
 * @throws {TypeError} If it is not a file URL, or one that has no path on this system.
 * @throws {URIError} If its escapes are not UTF-8.
 */
export function pathOf(url: string | URL, style: PathStyle = STYLE): string {
  const { protocol, hostname, pathname } = new URL(url);
  if (protocol !== "file:") throw new TypeError(`${url} must be a file: URL`);
  const separators = style === "windows" ? /%(2f|5c)/i : /%2f/i;
  if (separators.test(pathname)) throw new TypeError(`${url} has an escaped separator in its path`);
  const path = decodeURIComponent(pathname);
  if (style === "posix") {
    if (hostname !== "") throw new TypeError(`${url} has a host, which paths do not have here`);
    return path;
  }
  const backslashed = path.replaceAll("/", "\\");
  if (hostname !== "") return `\\\\${hostname}${backslashed}`;
  if (!/^\\[a-z]:/i.test(backslashed)) throw new TypeError(`${url} has no drive letter in its path`);
  return backslashed.slice(1);
}

/** The root at the beginning of an absolute path. */
const ROOT: Readonly<Record<PathStyle, RegExp>> = {
  posix: /^\/+/,
  windows: /^(?:[\\/]{2}[^\\/]+[\\/]+[^\\/]+[\\/]*|[a-z]:[\\/]*|[\\/]+)/i,
};
/** A name at the end of a path, with the separators around it. */
const LAST_NAME: Readonly<Record<PathStyle, RegExp>> = { posix: /\/*[^/]*\/*$/, windows: /[\\/]*[^\\/]*[\\/]*$/ };

/** The folder that contains an absolute path. The one that contains a root is the root itself. */
export function folderOf(path: string, style: PathStyle = STYLE): string {
  const root = ROOT[style].exec(path)?.[0] ?? "";
  const folder = root + path.slice(root.length).replace(LAST_NAME[style], "");
  return folder === "" ? "." : folder;
}

/** The folders that contain an absolute path, innermost first. */
export function foldersAbove(path: string, style: PathStyle = STYLE): string[] {
  const folders = [];
  for (let folder = folderOf(path, style); folder !== path; folder = folderOf(folder, style)) {
    folders.push(folder);
    path = folder;
  }
  return folders;
}

/** The path of a file in a folder. */
export function fileIn(folder: string, name: string, style: PathStyle = STYLE): string {
  const separator = style === "windows" ? "\\" : "/";
  return /[\\/]$/.test(folder) && (style === "windows" || folder.endsWith("/"))
    ? folder + name
    : folder + separator + name;
}
