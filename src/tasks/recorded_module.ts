/**
 * The modules of tasks, as they are recorded: a checkout that was moved, or another machine, finds its records again.
 *
 * @module
 */

/** By the URL of a folder: the URL of the folder that paths below it are relative to. */
const roots = new Map<string, string>();

const recorded = new Map<string, string>();

/**
 * The module of a task as it is recorded: a file by its path from the nearest folder with a `deno.json`, or else from the
 * folder of the main module; anything else by its URL.
 */
export function recordedModule(url: string): string {
  let path = recorded.get(url);
  if (path === undefined) recorded.set(url, path = url.startsWith("file:") ? relativePath(url) : url);
  return path;
}

function relativePath(url: string): string {
  const root = rootOf(new URL(".", url).href);
  return url.startsWith(root) ? url.slice(root.length) : url;
}

function rootOf(folder: string): string {
  const known = roots.get(folder);
  if (known !== undefined) return known;
  const parent = new URL("..", folder).href;
  const root = hasConfig(folder) ? folder : parent === folder ? new URL(".", Deno.mainModule).href : rootOf(parent);
  roots.set(folder, root);
  return root;
}

/** Without the right to read there, a folder counts as one without. */
function hasConfig(folder: string): boolean {
  return ["deno.json", "deno.jsonc"].some((name) => {
    try {
      return Deno.statSync(new URL(name, folder)).isFile;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable) return false;
      if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory) return false;
      throw error;
    }
  });
}
