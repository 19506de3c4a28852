/**
 * A lint plugin that keeps the architecture: the rooms of `src/` build on one another in one
 * direction.
 *
 * A file may import its own room and the rooms before it in {@linkcode ROOMS}, and nothing else of
 * this repository: no later room, no `mod.ts`, no test or example. Imports of types and re-exports
 * count like any other: they too make the files impossible to understand or to move one at a time.
 *
 * That no two files import each other in a circle is checked by `../cycles.ts`, which sees all of
 * them at once.
 *
 * @module
 */

import { isAbsolute, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The rooms, lowest first. */
export const ROOMS = [
  "core",
  "serialization",
  "tasks",
  "pools",
  "stores",
  "engine",
  "durability",
  "runner",
  "schedule",
  "observe",
  "remote",
  "dashboard",
  "cli",
  "testing",
] as const;

type Room = typeof ROOMS[number];

/** The package's own name, a second way of importing `mod.ts`. */
const PACKAGE = "@workflowy/workflowy";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Why a file must not import a specifier, or `undefined` when it may. Paths are relative to the
 * repository.
 */
export function objection(file: string, specifier: string): string | undefined {
  if (!file.startsWith("src/")) return undefined;
  const room = roomOf(file);
  if (room === undefined) {
    return `${file} lies in no room: move it to one of ${pathsOf(ROOMS)}, ` +
      `or add its room to ROOMS in .ci/lint/rooms.ts`;
  }
  const target = targetOf(file, specifier);
  if (target === undefined) return undefined;
  if (target === "mod.ts") {
    const why = file.startsWith("src/pools/worker/")
      ? "a worker would load the whole library each time it starts"
      : "mod.ts is the table of contents on top of all rooms";
    return `${file} imports mod.ts, but ${why}: import the file that defines what you need`;
  }
  if (target === "deno.json") return undefined; // is published too, and has the version
  if (!target.startsWith("src/")) {
    return `${file} imports ${target}, but the library may import files in src/ only: ` +
      `it is published without the others`;
  }
  const other = roomOf(target);
  if (other !== undefined && ROOMS.indexOf(other) <= ROOMS.indexOf(room)) return undefined;
  return `${file} imports ${target}, but a file in src/${room}/ may import ` +
    `${pathsOf(ROOMS.slice(0, ROOMS.indexOf(room) + 1))} only: ` +
    `move what they share to the lower room, or pass it in from above`;
}

function roomOf(file: string): Room | undefined {
  const [, folder, ...inside] = file.split("/");
  return inside.length === 0 ? undefined : ROOMS.find((room) => room === folder);
}

/** The file of this repository that a specifier means; `undefined` for anything from outside. */
function targetOf(file: string, specifier: string): string | undefined {
  if (specifier === PACKAGE || specifier.startsWith(`jsr:${PACKAGE}`)) return "mod.ts";
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return undefined;
  return posix.join(posix.dirname(file), specifier);
}

function pathsOf(rooms: readonly Room[]): string {
  return rooms.map((room) => `src/${room}/`).join(", ");
}

/** A file's path from the root of the repository, with forward slashes on every system. */
function pathInRepository(filename: string): string {
  const path = filename.startsWith("file:") ? fileURLToPath(filename) : filename;
  const inside = isAbsolute(path) && path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
  return inside.replaceAll(sep, "/");
}

const plugin: Deno.lint.Plugin = {
  name: "workflowy",
  rules: {
    "rooms": {
      create(context) {
        const file = pathInRepository(context.filename);
        const judge = (node: Deno.lint.Node, named: Deno.lint.Node | null | undefined) => {
          // In `import("./a.ts").A`, the literal is wrapped once more, as a type.
          const source = named?.type === "TSLiteralType" ? named.literal : named;
          if (source?.type !== "Literal" || typeof source.value !== "string") return;
          const message = objection(file, source.value);
          if (message !== undefined) context.report({ node, message });
        };
        return {
          ImportDeclaration: (node) => judge(node, node.source),
          ExportAllDeclaration: (node) => judge(node, node.source),
          ExportNamedDeclaration: (node) => judge(node, node.source),
          ImportExpression: (node) => judge(node, node.source),
          TSImportType: (node) => judge(node, node.argument),
        };
      },
    },
  },
};

export default plugin;
