/**
 * Cases on how arguments and results travel.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { assert, assertEquals, assertInstanceOf, assertMatch, assertStrictEquals } from "@std/assert";
import { type Task, transfer } from "../../../mod.ts";
import { quietRunner } from "../support.ts";
import { type Case, refusal } from "./case.ts";
import {
  areSame,
  echo,
  fillsWith,
  grows,
  PaymentError,
  returnsFunction,
  returnsProxy,
  square,
  sumOfBytes,
  sumOfBytesAgain,
} from "./tasks.ts";

class Account {
  balance = 1;
  deposit(amount: number): void {
    this.balance += amount;
  }
}

/** What comes back equal from anywhere. */
const VALUES: Readonly<Record<string, unknown>> = {
  "undefined": undefined,
  "null": null,
  "numbers": [0, -0, NaN, Infinity, -Infinity, Number.MAX_SAFE_INTEGER, 5e-324, 1.5],
  "strings": ["", "ä€😀", "\u0000", "a\nb\r\n", "\ud800 alone", "x".repeat(100_000)],
  "what JSON would change": [
    [undefined, null, [undefined], { a: [undefined] }],
    { "__proto__x": 1, toString: "text", constructor: "also text", length: 3 },
    Object.assign([1, 2], { extra: 3 }),
    Object.defineProperty({}, "__proto__", { value: 1, enumerable: true }),
  ],
  "bigints": [0n, -1n, 2n ** 200n],
  "dates": [new Date(0), new Date("2026-11-22T00:00:00.5Z"), new Date(NaN)],
  "regular expressions": [/a(b)?/giu, /^$/],
  "maps and sets": new Map<unknown, unknown>([["a", new Set([1, "1", null])], [{ key: 1 }, new Map([[1, 2]])]]),
  "objects": { a: { b: { c: undefined } }, "": 1, "with blank": [[], {}], __proto__: null },
  "typed arrays": [
    new Uint8Array([0, 255]),
    new Float64Array([NaN, -0]),
    new BigInt64Array([-1n]),
    new Uint8ClampedArray([300]),
    new Uint16Array(new Uint16Array([1, 2, 3, 4]).buffer, 2, 2),
  ],
  "a buffer": new Uint8Array([1, 2, 3]).buffer,
  "boxed values": [Object(1), Object("a"), Object(true), Object(1n)],
  "a sparse array": (() => {
    const sparse: unknown[] = [1];
    sparse[3] = 4;
    return sparse;
  })(),
};

/** What does not travel, how, and where it is. */
const STUCK: readonly { readonly what: string; readonly args: unknown[]; readonly path: string }[] = [
  { what: "a function", args: [() => 1], path: "args[0]" },
  { what: "a function in an object", args: [{ x: () => 1 }], path: "args[0].x" },
  { what: "a method", args: [{ x: { run() {} } }], path: "args[0].x.run" },
  { what: "a function in an array", args: [[1, [() => 1]]], path: "args[0][1][0]" },
  { what: "a class", args: [{ Class: Account }], path: "args[0].Class" },
  { what: "an instance of a class", args: [{ owner: { account: new Account() } }], path: "args[0].owner.account" },
  { what: "a symbol", args: [1, { tag: Symbol("tag") }], path: "args[1].tag" },
  { what: "a stream", args: [{ body: new ReadableStream() }], path: "args[0].body" },
  { what: "a promise", args: [{ later: Promise.resolve(1) }], path: "args[0].later" },
  { what: "a WeakMap", args: [[new WeakMap()]], path: "args[0][0]" },
  { what: "a URL", args: [{ link: new URL("https://deno.com") }], path: "args[0].link" },
  { what: "Headers", args: [{ headers: new Headers() }], path: "args[0].headers" },
  { what: "a Blob", args: [{ blob: new Blob(["x"]) }], path: "args[0].blob" },
  { what: "a response", args: [{ response: new Response("x") }], path: "args[0].response" },
  { what: "search parameters", args: [[new URLSearchParams("a=1")]], path: "args[0][0]" },
  { what: "a signal", args: [{ signal: AbortSignal.abort() }], path: "args[0].signal" },
  { what: "an instant", args: [{ when: Temporal.Instant.fromEpochMilliseconds(0) }], path: "args[0].when" },
  { what: "a WeakRef", args: [{ ref: new WeakRef({}) }], path: "args[0].ref" },
  { what: "an object that traps", args: [{ proxy: new Proxy({ a: () => 1 }, {}) }], path: "args[0].proxy" },
  { what: "a value under a symbol", args: [{ x: { [Symbol("tag")]: 1 } }], path: "args[0].x" },
  { what: "a value that is not enumerable", args: [Object.defineProperty({}, "x", { value: 1 })], path: "args[0]" },
  { what: "a Buffer", args: [{ bytes: Buffer.from("x") }], path: "args[0].bytes" },
  { what: "a proxy of a Map", args: [{ map: new Proxy(new Map(), {}) }], path: "args[0].map" },
  { what: "a generator", args: [(function* () {})()], path: "args[0]" },
  { what: "a function in a map", args: [{ map: new Map([["key", () => 1]]) }], path: "args[0].map" },
  { what: "a key that needs quotes", args: [{ "a b": { c: () => 1 } }], path: `args[0]["a b"].c` },
  { what: "a function as an extra argument", args: [1, 2, () => 1], path: "args[2]" },
];

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): number[] {
  return [...new Uint8Array(buffer, byteOffset, byteLength)];
}

/** The view that a value is, or holds in its first place. */
function viewIn(value: unknown): ArrayBufferView {
  return ArrayBuffer.isView(value) ? value : viewIn(Object.values(value as object)[0]);
}

/** Cases on how arguments and results travel. */
export const valueCases: readonly Case[] = [
  {
    name: "hands values over as they are",
    needs: ["shares values"],
    async run(backend, runner) {
      const account = new Account();
      assertStrictEquals(await runner.submit(echo.with({ backend }), account), account);
    },
  },
  {
    name: "brings back every kind of plain value",
    async run(backend, runner) {
      const handles = Object.entries(VALUES).map((
        [what, value],
      ) => [what, runner.submit(echo.with({ backend }), value)]);
      for (const [what, handle] of handles) {
        const value = await handle;
        assertEquals(value, VALUES[what as string], `${what} came back changed`);
      }
    },
  },
  {
    name: "brings views back without bytes of others",
    async run(backend, runner) {
      const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
      const views = [
        new Uint8Array(bytes.buffer, 2, 4),
        new DataView(bytes.buffer, 2, 4),
        new Float32Array(bytes.buffer, 4, 1),
        new Uint8Array([3, 4]),
      ];
      for (const view of views) {
        for (const value of [view, { view }, [[view]]]) {
          const found = viewIn(await runner.submit(echo.with({ backend }), value));
          assertEquals(found.constructor.name, view.constructor.name);
          assertEquals(bytesOf(found), bytesOf(view));
          const size = found.buffer.byteLength;
          assert(size <= view.buffer.byteLength, `its buffer has ${size} bytes`);
        }
      }
    },
  },
  {
    name: "brings errors back that are values",
    async run(backend, runner) {
      const values = {
        error: new PaymentError("refused", "1"),
        list: [new RangeError("far", { cause: new Error("why") })],
      };
      const back = await runner.submit(echo.with({ backend }), values) as typeof values;
      assertInstanceOf(back.error, Error);
      assertEquals([back.error.name, back.error.message, back.error.status], ["PaymentError", "refused", 402]);
      assertInstanceOf(back.list[0], RangeError);
      assertEquals([back.list[0].message, (back.list[0].cause as Error).message], ["far", "why"]);
    },
  },
  {
    name: "keeps cycles and what is in two places",
    async run(backend, runner) {
      const round: Record<string, unknown> = { name: "round" };
      round["self"] = round;
      const back = await runner.submit(echo.with({ backend }), [round, round]) as (typeof round)[];
      assertStrictEquals(back[0]!["self"], back[0]);
      assertStrictEquals(back[0], back[1]);
      assertEquals(await runner.submit(areSame.with({ backend }), round, round), true);
    },
  },
  {
    name: "sends what a proxy stands for, and brings it back",
    needs: ["copies values"],
    async run(backend, runner) {
      for (const value of [new Proxy({ rows: [1] }, {}), { list: new Proxy([1, 2], {}) }]) {
        assertEquals(await runner.submit(echo.with({ backend }), value), JSON.parse(JSON.stringify(value)));
      }
      assertEquals(await runner.submit(returnsProxy.with({ backend })), { rows: [1] });
    },
  },
  {
    name: "gives the body copies",
    needs: ["copies values"],
    async run(backend, runner) {
      const bytes = new Uint8Array([1, 2]);
      const filled = await runner.submit(fillsWith.with({ backend }), bytes, 7);
      assertEquals([[...bytes], [...filled]], [[1, 2], [7, 7]]);
    },
  },
  {
    name: "gives each body copies of its own, also of what many tasks are given together",
    needs: ["copies values"],
    async run(backend, runner) {
      // Once it is known that they are quick, many are sent at once.
      await Promise.all(Array.from({ length: 500 }, (_, x) => runner.submit(square.with({ backend }), x)));
      const shared = { list: [], error: new RangeError("one that is not plain data") };
      for (const given of [{ list: [] }, shared]) {
        const sizes = Array.from({ length: 200 }, () => runner.submit(grows.with({ backend }), given));
        assertEquals(new Set(await Promise.all(sizes)), new Set([1]));
      }
    },
  },
  {
    name: "carries 16 MB there and back",
    async run(backend, runner) {
      const bytes = new Uint8Array(16 * 2 ** 20).fill(3);
      const back = await runner.submit(echo.with({ backend }), { bytes }) as { bytes: Uint8Array };
      assertEquals([back.bytes.length, back.bytes[0], back.bytes.at(-1)], [bytes.length, 3, 3]);
    },
  },
  {
    name: "takes a buffer that may be moved, and gives one back",
    async run(backend, runner) {
      const bytes = new Uint8Array(1_000);
      const filled = await runner.submit(fillsWith.with({ backend }), transfer(bytes, [bytes.buffer]), 9);
      assertInstanceOf(filled, Uint8Array);
      assertEquals([filled.length, filled[0], filled[999]], [1_000, 9, 9]);
      const nested = { deep: [new Uint8Array([1, 2, 3])] };
      const back = await runner.submit(echo.with({ backend }), transfer(nested, [nested.deep[0]!.buffer]));
      assertEquals(back, { deep: [new Uint8Array([1, 2, 3])] });
    },
  },
  {
    name: "moves buffers instead of copying them",
    needs: ["moves buffers"],
    async run(backend, runner) {
      const bytes = new Uint8Array([1, 2, 3]);
      assertEquals(await runner.submit(sumOfBytes.with({ backend }), transfer(bytes, [bytes.buffer])), 6);
      assertEquals(bytes.byteLength, 0, "the buffer is still here");
    },
  },
  {
    name: "tries again with a moved buffer as it was, or says why it cannot",
    async run(backend, runner) {
      const bytes = new Uint8Array([1, 2, 3]);
      const handle = runner.submit(sumOfBytesAgain.with({ backend }), transfer(bytes, [bytes.buffer]));
      const { status, value, error } = await handle.getResult();
      if (status === "completed") assertEquals(value, 6);
      else assertMatch(String((error as Error).message), /transfer|moved/);
    },
  },
  {
    name: "refuses at submit what cannot travel, and says where it is",
    needs: ["copies values"],
    async run(backend) {
      await using runner = quietRunner();
      const loose = echo.with({ backend }) as unknown as Task<unknown[], unknown>;
      const wrong: string[] = [];
      for (const { what, args, path } of STUCK) {
        try {
          const handle = runner.submit(loose, ...args);
          const error = await handle.exception();
          wrong.push(`${what}: not refused at submit (${error})`);
        } catch (error) {
          const { message } = error as Error;
          if (!message.includes(path)) wrong.push(`${what}: no "${path}" in "${message}"`);
          if (!message.includes("echo")) wrong.push(`${what}: the task is not named in "${message}"`);
        }
      }
      assertEquals(wrong, []);
      assertEquals(runner.statistics().submitted, 0, "nothing of it was taken in");
    },
  },
  {
    name: "fails a task whose dependency yields what cannot travel, and says where it is",
    needs: ["copies values"],
    async run(backend, runner) {
      const made = runner.submit(returnsFunction);
      const { message } = await refusal(() => runner.submit(echo.with({ backend }), made));
      assertMatch(message, /args\[0\]\.rows\[0\]\.parse/);
    },
  },
  {
    name: "fails a task that returns what cannot travel, and says where it is",
    needs: ["copies values"],
    async run(backend) {
      await using runner = quietRunner({ maxWorkers: 1 });
      const { message } = await refusal(() => runner.submit(returnsFunction.with({ backend })));
      assertMatch(message, /rows\[0\]\.parse/);
      assertEquals(await runner.submit(square.with({ backend }), 3), 9);
    },
  },
];
