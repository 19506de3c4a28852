/**
 * The code blocks in JSDoc and documents, as tests.
 *
 * `deno test --doc` runs each block in an isolate of its own, which takes ten times as long as the
 * block itself. So `deno task test` makes a module of each block, and one test file that imports them
 * all, one after the other. A block is the whole of a module, as it is where a reader pastes it.
 * (`deno task test FILE` and `deno task test:long` use `deno test --doc`.)
 *
 * @module
 */

import { join } from "node:path";

/** A block of TypeScript. */
export interface DocBlock {
  /** The line where its code begins, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The blocks of a source file or document that are to be run: those of the kind `ts`, without `ignore`. */
export function docBlocksOf(path: string, text: string): DocBlock[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  // In a source file, only what stands in JSDoc is documentation.
  const documentation = path.endsWith(".md") ? lines : jsDocOf(lines);
  const blocks: DocBlock[] = [];
  let info: string | undefined;
  let begin = 0;
  for (const [index, line] of documentation.entries()) {
    const fence = /^\s*```(.*)$/.exec(line ?? "");
    if (fence === null) continue;
    if (info === undefined) {
      info = fence[1]!.trim();
      begin = index + 1;
    } else {
      if (info === "ts") blocks.push({ line: begin + 1, code: documentation.slice(begin, index).join("\n") });
      info = undefined;
    }
  }
  return blocks;
}

/** Each line of JSDoc without its star, and `undefined` for all others. */
function jsDocOf(lines: readonly string[]): (string | undefined)[] {
  let isInside = false;
  return lines.map((line) => {
    if (!isInside) {
      isInside = /^\s*\/\*\*/.test(line) && !line.includes("*/");
      return undefined;
    }
    isInside = !line.includes("*/");
    return isInside ? line.replace(/^\s*\* ?/, "") : undefined;
  });
}

/**
 * Writes the modules of all blocks, and the test file that imports them.
 *
 * @param files The source files and documents: their paths, as titles have them, and what is in them.
 * @returns The path of the test file.
 */
export async function writeDocTests(
  files: Iterable<{ readonly path: string; readonly text: string }>,
  folder: string,
): Promise<string> {
  const tests: string[] = [];
  for (const { path, text } of files) {
    for (const { line, code } of docBlocksOf(path, text)) {
      const name = `${path.replaceAll("/", "_")}_${line}.ts`;
      // Empty lines in front, so that errors name the lines of the document.
      await Deno.writeTextFile(join(folder, name), "\n".repeat(line - 1) + code + "\n");
      tests.push(`Deno.test(${JSON.stringify(`${path}:${line}`)}, async () => void await import("./${name}"));\n`);
    }
  }
  const path = join(folder, "documentation_test.ts");
  await Deno.writeTextFile(path, tests.join(""));
  return path;
}
