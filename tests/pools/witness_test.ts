import { assert, assertEquals } from "@std/assert";
import { HashingWitness } from "../../src/pools/witness.ts";
import { settle } from "../support.ts";

/** What is hashed while a function runs: how many pieces. */
async function counting(action: () => Promise<void>): Promise<number> {
  const { digest } = crypto.subtle;
  let count = 0;
  crypto.subtle.digest = (...args) => {
    count++;
    return digest.apply(crypto.subtle, args);
  };
  try {
    await action();
  } finally {
    crypto.subtle.digest = digest;
  }
  return count;
}

/** Resolves when a witness says so. */
function chance(witness: HashingWitness): Promise<void> {
  return new Promise((resolve) => void witness.wait(resolve));
}

Deno.test("HashingWitness works for one that waits, and stops", async () => {
  const witness = new HashingWitness();
  assertEquals(await counting(() => chance(witness)), 30);
  await witness.stopped();
  assertEquals(await counting(() => settle()), 0);
});

Deno.test("HashingWitness leaves the event loop alone while it works", async () => {
  const witness = new HashingWitness();
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await chance(witness);
  clearInterval(timer);
  await witness.stopped();
  assert(turns > 1, `there were ${turns} turns`);
});

Deno.test("HashingWitness works once for all that wait, and gives each the whole chance", async () => {
  const witness = new HashingWitness();
  const order: string[] = [];
  const pieces = await counting(async () => {
    const first = chance(witness).then(() => order.push("first"));
    await settle(); // the first piece is under way
    const second = chance(witness).then(() => order.push("second"));
    await Promise.all([first, second]);
  });
  await witness.stopped();
  assertEquals(order, ["first", "second"]);
  assert(pieces >= 30 && pieces < 60, `it took ${pieces} pieces`);
});

Deno.test("HashingWitness stops when no one waits any more, and can begin again", async () => {
  const witness = new HashingWitness();
  let calls = 0;
  const callOff = witness.wait(() => calls++);
  callOff();
  callOff();
  await witness.stopped();
  await settle();
  assertEquals(calls, 0);
  await chance(witness);
  await witness.stopped();
});

Deno.test("HashingWitness says that there was a chance where a program has broken the hashing", async () => {
  const { digest } = crypto.subtle;
  crypto.subtle.digest = () => Promise.reject(new Error("not here"));
  try {
    const witness = new HashingWitness();
    await chance(witness);
    await witness.stopped();
  } finally {
    crypto.subtle.digest = digest;
  }
});
