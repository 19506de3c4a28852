import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteWriter } from "../../../src/pools/protocol/bytes.ts";
import { makeRing } from "../../../src/pools/protocol/thread_memory.ts";
import { MAX_IN_RING, RingReader, RingWriter } from "../../../src/pools/protocol/ring.ts";

/** How many bytes of records fit in. */
const CAPACITY = 4 * MAX_IN_RING;

/** Both sides of a ring, and how often the reader was woken. */
function bothSides(): { writer: RingWriter; reader: RingReader; state: { wakes: number } } {
  const memory = makeRing();
  const state = { wakes: 0 };
  return { writer: new RingWriter(memory, () => void state.wakes++), reader: new RingReader(memory), state };
}

const record = new ByteWriter();

/** Writes a record that holds a number and is `size` bytes long, with its head. */
function write(writer: RingWriter, number: number, size = 20): void {
  record.length = 0;
  const start = record.begin(1);
  record.whole(number);
  while (record.length < size) record.byte(number & 0xff);
  record.end(start);
  writer.write(record);
}

/** The numbers in the records that lie there; at most `most`. */
function drain(reader: RingReader, most = Infinity): number[] {
  const numbers: number[] = [];
  reader.drain((each) => {
    assertEquals(each.byte(), 1);
    const number = each.whole();
    numbers.push(number);
    while (each.left > 0) assertEquals(each.byte(), number & 0xff);
    return numbers.length < most;
  });
  return numbers;
}

Deno.test("A ring gives the records in the order in which they were written, once", () => {
  const { writer, reader } = bothSides();
  for (let number = 0; number < 100; number++) write(writer, number);
  assertEquals(drain(reader), Array.from({ length: 100 }, (_, number) => number));
  assertEquals(drain(reader), []);
});

Deno.test("A ring wakes its reader once for all that it has not read", () => {
  const { writer, reader, state } = bothSides();
  for (let number = 0; number < 10; number++) write(writer, number);
  assertEquals(state.wakes, 1);
  drain(reader);
  assertEquals(state.wakes, 1);
  write(writer, 10);
  write(writer, 11);
  assertEquals(state.wakes, 2);
});

Deno.test("A ring keeps records of any size and number apart, also at its end", () => {
  const sizes = fc.integer({ min: 13, max: MAX_IN_RING });
  const steps = fc.array(fc.record({ size: fc.oneof(fc.integer({ min: 13, max: 99 }), sizes), read: fc.boolean() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const { writer, reader } = bothSides();
      const found: number[] = [];
      let unread = 0;
      for (const [number, { size, read }] of all.entries()) {
        // One that does not fit before the end leaves a gap there.
        if (unread + 2 * size > CAPACITY / 2) {
          found.push(...drain(reader));
          unread = 0;
        }
        write(writer, number, size);
        unread += size + 4;
        if (read) {
          found.push(...drain(reader));
          unread = 0;
        }
      }
      found.push(...drain(reader));
      assertEquals(found, all.map((_, number) => number));
    }),
    { numRuns: 20 },
  );
});

Deno.test("A ring goes round again and again", () => {
  const { writer, reader } = bothSides();
  const size = MAX_IN_RING - 4;
  for (let number = 0; number < 15; number++) {
    write(writer, number, size);
    write(writer, number + 1_000, 21);
    assertEquals(drain(reader), [number, number + 1_000]);
  }
});

Deno.test("A reader that is told to stop after a record finds the others later", () => {
  const { writer, reader } = bothSides();
  for (let number = 0; number < 5; number++) write(writer, number);
  assertEquals(drain(reader, 1), [0]);
  assertEquals(drain(reader, 2), [1, 2]);
  write(writer, 5);
  assertEquals(drain(reader), [3, 4, 5]);
});

Deno.test("A reader finds what is written while it reads", () => {
  const { writer, reader } = bothSides();
  write(writer, 1);
  const numbers: number[] = [];
  reader.drain((each) => {
    each.byte();
    const number = each.whole();
    numbers.push(number);
    if (number < 5) write(writer, number + 1);
    return true;
  });
  assertEquals(numbers, [1, 2, 3, 4, 5]);
});

/** A thread that writes `count` records into a ring. */
const FLOOD = `
  const { ByteWriter } = await import(${
  JSON.stringify(new URL("../../../src/pools/protocol/bytes.ts", import.meta.url))
});
  const { RingWriter } = await import(${
  JSON.stringify(new URL("../../../src/pools/protocol/ring.ts", import.meta.url))
});
  self.onmessage = ({ data: [memory, count, size] }) => {
    const writer = new RingWriter(memory, () => self.postMessage("wake"));
    const record = new ByteWriter();
    for (let number = 0; number < count; number++) {
      record.length = 0;
      const start = record.begin(1);
      record.whole(number);
      while (record.length < size + number % 7) record.byte(number & 0xff);
      record.end(start);
      writer.write(record);
    }
    self.postMessage("written");
  };
  self.postMessage("ready");
`;

Deno.test("A writer in another thread waits while the ring is full, and loses nothing", async () => {
  const memory = makeRing();
  const reader = new RingReader(memory);
  const worker = new Worker(`data:application/javascript,${encodeURIComponent(FLOOD)}`, { type: "module" });
  const [count, size] = [1_200, 1_001];
  const numbers: number[] = [];
  const written = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<string>) => {
    if (data === "ready") worker.postMessage([memory, count, size]);
    if (data === "wake") numbers.push(...drain(reader, 100));
    if (data === "written") written.resolve();
  };
  // More than the ring holds: it is read only now and then, and without being woken, as in mid-run.
  const timer = setInterval(() => numbers.push(...drain(reader, 100)), 1);
  await written.promise;
  clearInterval(timer);
  numbers.push(...drain(reader));
  worker.terminate();
  assertEquals(numbers, Array.from({ length: count }, (_, number) => number));
});

Deno.test("recover() makes good a record whose writing was interrupted, also at the end of the ring", () => {
  const { writer, reader } = bothSides();
  for (const fill of [5, 3, 4, 6]) {
    for (let number = 0; number < fill; number++) {
      write(writer, number, MAX_IN_RING - 8);
      assertEquals(drain(reader), [number]);
    }
    const interrupted = new Uint8Array(MAX_IN_RING);
    interrupted.subarray = () => {
      throw new Error("interrupted");
    };
    assertThrows(() => writer.write(Object.assign(new ByteWriter(), { bytes: interrupted, length: MAX_IN_RING })));
    writer.recover();
    write(writer, 100, MAX_IN_RING);
    write(writer, 101);
    assertEquals(drain(reader), [100, 101]);
  }
});

Deno.test("recover() wakes the reader of a record whose writing was interrupted before it could", () => {
  const memory = makeRing();
  const reader = new RingReader(memory);
  let wakes = 0;
  const writer = new RingWriter(memory, () => {
    if (wakes++ === 0) throw new Error("interrupted");
  });
  assertThrows(() => write(writer, 1), Error, "interrupted");
  writer.recover();
  assertEquals(wakes, 2);
  write(writer, 2);
  assertEquals([wakes, drain(reader)], [2, [1, 2]]);
});

Deno.test("hasRoom() says whether a record can be written without waiting, whatever gap it leaves at the end", () => {
  const { writer, reader } = bothSides();
  for (let fill = 0; fill < 40; fill++) {
    let count = 0;
    while (writer.hasRoom(MAX_IN_RING / 3)) write(writer, count++, MAX_IN_RING / 3 + (fill % 4));
    assert(count > 2, `only ${count} records fit in`);
    assertEquals(drain(reader), Array.from({ length: count }, (_, number) => number));
  }
});

Deno.test("lookFor() finds what is there, and lets the writer wake it again if there is nothing", () => {
  const { writer, reader, state } = bothSides();
  assert(!reader.lookFor(0));
  write(writer, 1);
  assertEquals(state.wakes, 1, "the reader does not look any more");
  assert(reader.lookFor(0));
  assertEquals(drain(reader), [1]);
  write(writer, 2);
  assertEquals(state.wakes, 2);
});
