/** The pages of the documentation: what is in them that a test can check. */

import { dirname, fromFileUrl, join, relative } from "@std/path";

/** The repository's folder. */
export const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** A page in Markdown. */
export interface Page {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** A block of code in a page. */
export interface Block {
  /** The line of the page where its code begins, from 1. */
  readonly line: number;
  /** What stands after the backticks, such as `ts ignore`. */
  readonly info: string;
  readonly code: string;
}

/** Folders of other people's pages, and of none. */
const SKIPPED = ["node_modules", ".git", "data"];

/** All pages of the repository, in the order of their paths. */
export async function allPages(): Promise<Page[]> {
  const paths = await Array.fromAsync(pathsIn(ROOT));
  const pages = paths.sort().map(async (path) => ({
    path: relative(ROOT, path).replaceAll("\\", "/"),
    text: (await Deno.readTextFile(path)).replaceAll("\r\n", "\n"),
  }));
  return await Promise.all(pages);
}

async function* pathsIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory && !SKIPPED.includes(name)) yield* pathsIn(path);
    else if (isFile && name.endsWith(".md")) yield path;
  }
}

/** All files below a folder, as paths relative to it, with slashes. */
export async function* filesBelow(folder: string, within = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(folder, within))) {
    if (isDirectory) yield* filesBelow(folder, `${within}${name}/`);
    else yield within + name;
  }
}

/** The blocks of code in a page, in order. */
export function blocksOf({ text }: Page): Block[] {
  const fences = /^```(.*)\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(fences)].map(({ index, 1: info = "", 2: code = "" }) => ({
    line: text.slice(0, index).split("\n").length + 1,
    info,
    code,
  }));
}

/** The links of a page that lead to files of this repository. */
export function linksOf({ path, text }: Page): { readonly target: string; readonly anchor: string }[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = "", anchor = ""] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file).replaceAll("\\", "/").replace(/\/$/, "");
      return { target, anchor };
    });
}

/** The anchors that GitHub and JSR make of a page's headings. */
export function anchorsOf({ text }: Page): string[] {
  const headings = text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-")
  );
}
