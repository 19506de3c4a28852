/**
 * Fails when files in `src/` import each other in a circle, imports of types included, and prints
 * the circle.
 *
 * Deno itself tells which file imports which, so that this sees exactly the imports that Deno does.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The modules that each module imports, by their URL. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The part of `deno info --json` that is read here. */
interface Info {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: { code?: { specifier?: string }; type?: { specifier?: string } }[];
  }[];
}

/** The first circle found, from a module back to itself; `undefined` if there is none. */
export function findCycle(graph: ImportGraph): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (module: string): string[] | undefined => {
    const start = path.indexOf(module);
    if (start >= 0) return [...path.slice(start), module];
    if (done.has(module)) return undefined;
    path.push(module);
    for (const imported of graph.get(module) ?? []) {
      const cycle = visit(imported);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(module);
    return undefined;
  };
  for (const module of graph.keys()) {
    const cycle = visit(module);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** The imports among all files below a folder, whether or not anything imports them. */
export async function importGraph(folder: string, config: string): Promise<ImportGraph> {
  const imports: string[] = [];
  for (const path of await filesIn(folder)) {
    imports.push(`import ${JSON.stringify(pathToFileURL(path).href)};\n`);
  }
  const scratch = await Deno.makeTempDir({ prefix: "workflowy-cycles-" });
  try {
    const roots = join(scratch, "roots.ts");
    await Deno.writeTextFile(roots, imports.join(""));
    return graphOf(await denoInfo(roots, config), pathToFileURL(folder).href);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) found.push(...await filesIn(path));
    else if (entry.name.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

async function denoInfo(module: string, config: string): Promise<Info> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", config, module],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot list the imports of src/:\n${decoder.decode(stderr)}`);
  return JSON.parse(decoder.decode(stdout));
}

function graphOf(info: Info, prefix: string): ImportGraph {
  const graph = new Map<string, string[]>();
  for (const { specifier, error, dependencies } of info.modules) {
    if (!specifier.startsWith(prefix)) continue;
    if (error !== undefined) throw new Error(`Cannot list the imports of ${specifier}: ${error}`);
    const imported = new Set<string>();
    for (const { code, type } of dependencies ?? []) {
      for (const target of [code?.specifier, type?.specifier]) {
        if (target?.startsWith(prefix)) imported.add(target);
      }
    }
    graph.set(specifier, [...imported]);
  }
  return graph;
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const graph = await importGraph(join(root, "src"), join(root, "deno.json"));
  const cycle = findCycle(graph);
  if (cycle === undefined) {
    console.log(`No file in src/ imports itself in a circle (${graph.size} files).`);
  } else {
    const base = pathToFileURL(root).href;
    const names = cycle.map((module) => module.slice(base.length));
    console.error(`Files in src/ import each other in a circle:\n  ${names.join("\n  → ")}`);
    console.error("Move what they share to a file of its own that both can import.");
    Deno.exit(1);
  }
}
