/**
 * What is true of the refusals of any value.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { deserialize, serialize } from "../../src/serialization/clone_bytes.ts";
import { pack } from "../../src/serialization/packer.ts";
import { unpack } from "../../src/serialization/unpacker.ts";
import { anyValue } from "./arbitrary.ts";
import { refusalOf } from "./refusal_of.ts";
import { same } from "./same.ts";

function throughJson(value: unknown): unknown {
  try {
    const text: unknown = JSON.stringify(value);
    return typeof text === "string" ? JSON.parse(text) : LOST_ALTOGETHER;
  } catch {
    return LOST_ALTOGETHER;
  }
}

function throughClone(value: unknown): unknown {
  try {
    return unpack(deserialize(serialize(pack(value))));
  } catch {
    return LOST_ALTOGETHER;
  }
}

const LOST_ALTOGETHER = Symbol("lost altogether");

/** Makes tests with so many random values each. */
export function testSnapshots(numRuns: number): void {
  Deno.test("refusalOf() is undefined exactly if JSON brings a value back equal", () => {
    const count = { yes: 0, no: 0 };
    fc.assert(
      fc.property(anyValue, (value) => {
        const refusal = refusalOf(value, "json", "args");
        if (refusal !== undefined) assertMatch(refusal, /^args.* (is|holds|has|cannot) /s);
        assertEquals(refusal === undefined, same(throughJson(value), value, "strict"), refusal);
        count[refusal === undefined ? "yes" : "no"]++;
      }),
      { numRuns },
    );
    assert(Math.min(count.yes, count.no) > numRuns / 20, `${count.yes} and ${count.no}`);
  });

  Deno.test("refusalOf() is undefined exactly if structured clone brings a value back equal, but for classes", () => {
    const count = { yes: 0, no: 0 };
    fc.assert(
      fc.property(anyValue, (value) => {
        const refusal = refusalOf(value, "structured", "args");
        if (refusal !== undefined) assertMatch(refusal, /^args.* (is|cannot) /s);
        assertEquals(refusal === undefined, same(throughClone(value), value, "plain"), refusal);
        count[refusal === undefined ? "yes" : "no"]++;
      }),
      { numRuns },
    );
    assert(Math.min(count.yes, count.no) > numRuns / 20, `${count.yes} and ${count.no}`);
  });

  Deno.test("refusalOf() begins with a path that leads to what cannot be kept", () => {
    fc.assert(
      fc.property(anyValue, fc.constantFrom("json" as const, "structured" as const), (value, codec) => {
        const refusal = refusalOf(value, codec, "args");
        // A key of a Map cannot be told by its description.
        const path = refusal?.match(/^(args(?:\.[\w$]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\])*) (.*)$/s);
        if (!path || path[1]!.includes("…")) return;
        const found: unknown = new Function("args", `return ${path[1]}`)(value);
        const rest = refusalOf(found, codec, "it");
        if (!path[2]!.startsWith("holds itself")) assertEquals(rest, `it ${path[2]}`);
      }),
      { numRuns: numRuns / 2 },
    );
  });
}
