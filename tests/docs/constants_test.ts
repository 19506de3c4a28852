import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { filesBelow, ROOT } from "./pages.ts";

const SOURCES = join(ROOT, "src");

/** A constant whose value is a number, or is calculated from numbers and other constants. */
const CONSTANT = /^(?:export )?const ([A-Z][A-Z\d_]*)(?:: number)? = ([-+*/<>().\w ]+);/gm;

/** What limits or times something, by its name. */
const LIMIT = /^(?:MAX|MIN|DEFAULT)_|_MS$/;

/** Units are not chosen, so they need no reason. */
const UNIT = /^(?:SECOND|MINUTE|HOUR|DAY)_MS$/;

/** The constants in the sources, as `<file in src/> NAME = <expression>`. */
async function constantsInSources(): Promise<string[]> {
  const found: string[] = [];
  for await (const file of filesBelow(SOURCES)) {
    if (!file.endsWith(".ts") || file.startsWith("testing/")) continue;
    for (const [, name, value] of (await Deno.readTextFile(join(SOURCES, file))).matchAll(CONSTANT)) {
      found.push(`${file} ${name} = ${value}`);
    }
  }
  return found.sort();
}

/** The constants that ARCHITECTURE gives a reason for, in the same form. */
async function constantsExplained(): Promise<string[]> {
  const text = await Deno.readTextFile(join(ROOT, ".github/ARCHITECTURE.md"));
  const rows = text.matchAll(/^\| `([A-Z][A-Z\d_]* = [^`]+)` +\| `([^`]+)` +\| [^|]*\w/gm);
  return [...rows].map(([, constant, file]) => `${file} ${constant}`).sort();
}

Deno.test("ARCHITECTURE gives a reason for each limit in the sources, and the value that it has there", async () => {
  const inSources = await constantsInSources();
  const explained = await constantsExplained();
  assert(explained.length > 0);
  assertEquals(explained.filter((each) => !inSources.includes(each)), [], "explained, but not in the sources");
  const limits = inSources.filter((each) => {
    const name = each.split(" ")[1]!;
    return LIMIT.test(name) && !UNIT.test(name);
  });
  assertEquals(limits.filter((each) => !explained.includes(each)), [], "in the sources, but not explained");
  assertEquals(explained, [...new Set(explained)], "explained twice");
});
