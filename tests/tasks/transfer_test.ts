import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { transfer, transferablesOf } from "../../src/tasks/transfer.ts";

Deno.test("transfer() returns the same value, and leaves its buffers where they are", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  assertStrictEquals(transfer(bytes, [bytes.buffer]), bytes);
  assertEquals([bytes.length, bytes.buffer.detached], [3, false]);
});

Deno.test("transferablesOf() finds what is marked, and one level down, once", () => {
  const [a, b, c, d] = [1, 2, 3, 4].map((length) => new Uint8Array(length)) as [
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
  ];
  const first = transfer({ a, again: transfer(a, [a.buffer]) }, [a.buffer]);
  const second = [transfer(b, [b.buffer]), { deeper: transfer(c, [c.buffer]) }];
  assertEquals(transferablesOf([first, second, d, 1, null, undefined, "text"]), [a.buffer, b.buffer]);
});

Deno.test("transferablesOf() finds nothing where nothing is marked", () => {
  const bytes = new Uint8Array(2);
  transfer({ other: 1 }, []);
  assertEquals(transferablesOf([bytes, [bytes], { bytes }, bytes.buffer]), []);
});

Deno.test("transfer() marks with a copy of the list, and the last mark counts", () => {
  const bytes = new Uint8Array(2);
  const list: Transferable[] = [bytes.buffer];
  transfer(bytes, list);
  list.pop();
  assertEquals(transferablesOf([bytes]), [bytes.buffer]);
  transfer(bytes, []);
  assertEquals(transferablesOf([bytes]), []);
});

Deno.test("transfer() marks a buffer itself, a port and an array of values", () => {
  const buffer = new ArrayBuffer(1);
  const { port1, port2 } = new MessageChannel();
  const rows = [new Uint8Array(1), new Uint8Array(2)];
  const all = [transfer(buffer, [buffer]), transfer(port1, [port1]), transfer(rows, rows.map((row) => row.buffer))];
  assertEquals(transferablesOf(all), [buffer, port1, rows[0]!.buffer, rows[1]!.buffer]);
  port1.close();
  port2.close();
});

Deno.test("transfer() refuses what holds no buffers, and a list that is none", () => {
  for (const value of [1, "text", null, undefined, true, () => 1]) {
    assertThrows(() => transfer(value, []), TypeError, "transfer() needs an object");
  }
  const bytes = new Uint8Array(1);
  for (const list of [undefined, bytes.buffer, { length: 0 }]) {
    assertThrows(() => transfer(bytes, list as unknown as Transferable[]), TypeError, "array of buffers");
  }
});

Deno.test("transfer() takes the buffer of any Uint8Array, and leaves out one that is shared", () => {
  const [own, shared]: Uint8Array[] = [new Uint8Array(1), new Uint8Array(new SharedArrayBuffer(1))];
  const both = transfer({ own, shared }, [own!.buffer, shared!.buffer]);
  assertEquals(transferablesOf([both]), [own!.buffer as ArrayBuffer]);
});
