/**
 * An untrusted plug-in. One of its functions is useful; the others try what a sandbox must prevent.
 *
 * @module
 */

/** What the plug-in can do. */
export const ACTIONS = {
  /** The useful one: the longest line in the files of its folder. */
  async longestLine(folder: string): Promise<string> {
    let longest = "";
    for await (const { name } of Deno.readDir(folder)) {
      const lines = (await Deno.readTextFile(`${folder}/${name}`)).split(/\r?\n/);
      longest = lines.reduce((a, b) => a.length >= b.length ? a : b, longest);
    }
    return longest;
  },

  async readsElsewhere(): Promise<string> {
    return await Deno.readTextFile("/etc/hostname");
  },

  async callsHome(): Promise<string> {
    return await (await fetch("http://127.0.0.1:80/")).text();
  },

  readsTheEnvironment(): string {
    return Object.keys(Deno.env.toObject()).join();
  },

  loopsForEver(): never {
    while (true);
  },

  takesAllMemory(): never {
    const hoard: string[][] = [];
    while (true) hoard.push([..."mine".repeat(100_000)]);
  },

  endsTheProcess(): never {
    Deno.exit();
  },
} as const;

/** The name of something that the plug-in can do. */
export type Action = keyof typeof ACTIONS;
