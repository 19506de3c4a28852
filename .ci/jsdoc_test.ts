import { assertEquals } from "@std/assert";
import { type DocOutput, findGaps } from "./jsdoc.ts";

/** The gaps in a module of its own, as lines and messages. */
async function gapsIn(source: string): Promise<string[]> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, source);
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["doc", "--json", path] }).output();
    const output: DocOutput = JSON.parse(new TextDecoder().decode(stdout));
    return findGaps(output).map(({ line, message }) => `${line} ${message}`);
  } finally {
    await Deno.remove(path);
  }
}

const EXAMPLE = " * @example Title\n * ```ts\n * f();\n * ```\n";

Deno.test("findGaps() finds nothing in what is documented, nor in what is not public", async () => {
  const source = `
/**
 * Adds.
 *
 * @param a The first.
 * @param rest The others.
 * @returns The sum.
 *
${EXAMPLE} */
export function add(a: number, ...rest: number[]): number { return a + rest.length; }
/**
 * Waits.
 *
 * @param options For how long.
 *
${EXAMPLE} */
export async function wait({ ms = 0 }: { ms?: number } = {}): Promise<void> { await ms; }
/**
 * Counts.
 *
${EXAMPLE} */
export class Counter {
  /** Says how to count. */
  constructor() {}
  /** How many. */
  get count(): number { return 0; }
  /** @internal */
  reset(to: number): number { return to; }
  private secret(x: number): number { return x; }
  /**
   * Counts one.
   *
   * @param by How much. Default: 1.
   *
${EXAMPLE}   */
  add(by?: number): void;
  /**
   * Counts a word.
   *
   * @param word The word.
   */
  add(word: string): void;
  add(_what?: number | string): void {}
}
`;
  assertEquals(await gapsIn(source), []);
});

Deno.test("findGaps() finds what is missing, and where", async () => {
  const source = `/** Adds. */
export function add(a: number, b: number): Promise<number> { return Promise.resolve(a + b); }
/**
 * Counts.
 *
 * @example
 * \`\`\`ts
 * new Counter();
 * \`\`\`
 */
export class Counter {
  add(by: number): void { by; }
}
/** Greets. */
export interface Greeter {
  /** Greets a name. */
  greet(name: string): string;
}
`;
  assertEquals(await gapsIn(source), [
    "2 add lacks an @example with a title",
    "2 add() lacks @param a",
    "2 add() lacks @param b",
    "2 add() lacks @returns",
    "11 Counter lacks an @example with a title",
    "12 Counter.add() says nothing about what it does",
    "12 Counter.add() lacks @param by",
    "12 Counter.add() lacks an @example with a title",
    "17 Greeter.greet() lacks @param name",
    "17 Greeter.greet() lacks @returns",
  ]);
});
