import { task } from "../../mod.ts";

/** The process of the body, and a number that no two calls share. */
function call(_: number): { readonly random: number; readonly pid: number } {
  return { random: Math.random(), pid: Deno.pid };
}

export const cachedAsync = task({ name: "cached-async", cache: {} }, call);
export const cachedOnThread = task({ name: "cached-on-thread", backend: "thread", cache: {} }, call);
export const cachedInProcess = task({ name: "cached-in-process", backend: "process", cache: {} }, call);

/** Writes its output after its input. */
export const copyOnThread = task({
  name: "copy-on-thread",
  backend: "thread",
  cache: { files: (from: string, to: string) => ({ inputs: [from], outputs: [to] }) },
}, async (from: string, to: string) => await Deno.copyFile(from, to));
