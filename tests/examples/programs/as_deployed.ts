/** Takes from a program what a host such as Deno Deploy may not have. Loaded before it: `--preload`. */

for (const name of ["Command", "permissions", "hostname", "unrefTimer", "addSignalListener", "open", "openSync"]) {
  Object.defineProperty(Deno, name, { value: undefined });
}
Object.defineProperty(globalThis, "Worker", { value: undefined });
