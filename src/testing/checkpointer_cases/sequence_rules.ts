/**
 * That a checkpointer is what a `Map` that outlives its program would be, whatever is done with it.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../../core/checkpointer.ts";
import { describeError } from "../../core/describe.ts";
import { STATUSES } from "../../core/status.ts";
import { IDS, sample } from "./samples.ts";
import type { CaseContext, CheckpointerRule } from "./case_context.ts";
import { jsonValues, structuredValues } from "./values.ts";

const SEQUENCES = 10;
const STEPS = 30;

/** The rules for random sequences of calls. */
export const SEQUENCE_RULES: readonly CheckpointerRule[] = [
  {
    name: "after any sequence of save(), delete() and disposals, load() yields what a Map would hold",
    async test(context) {
      const seed = context.settings.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
      for (let number = 0; number < SEQUENCES; number++) {
        const sequence = new Sequence(context, `-${number}`, seed + number);
        await sequence.run(`for seed ${seed}, in sequence ${number}`);
      }
    },
  },
];

/** One random sequence of calls, on a store of its own. */
class Sequence {
  readonly #context: CaseContext;
  readonly #store: string;
  readonly #random: Random;
  readonly #expected = new Map<string, TaskRecord>();
  readonly #steps: string[] = [];
  readonly #ids: readonly string[];
  /** But for those that are too large to be written a hundred times. */
  readonly #jsonValues = jsonValues().filter(([what]) => !what.startsWith("many")).map(([, value]) => value);
  readonly #structuredValues = structuredValues().filter(({ what }) => !/many|large|JSON holds/.test(what))
    .map(({ value }) => value);
  #version = 0;

  constructor(context: CaseContext, store: string, seed: number) {
    this.#context = context;
    this.#store = store;
    this.#random = new Random(seed);
    this.#ids = Array.from({ length: 12 }, () => this.#random.of(IDS));
  }

  async run(where: string): Promise<void> {
    try {
      let checkpointer = await this.#context.open(this.#store);
      for (let step = 0; step < STEPS; step++) checkpointer = await this.#step(checkpointer);
      await this.#check(await this.#context.open(this.#store));
      await this.#context.close(this.#store);
    } catch (error) {
      const message = error instanceof Error && error.name === "AssertionError" ? error.message : describeError(error);
      this.#context.fail(`${where}, after ${this.#steps.join(", ")}:\n${message}`);
    }
  }

  async #step(checkpointer: Checkpointer): Promise<Checkpointer> {
    switch (this.#random.below(10)) {
      case 0:
        this.#steps.push("reopen");
        return await this.#context.open(this.#store);
      case 1:
        this.#steps.push("dispose");
        await checkpointer[Symbol.asyncDispose]();
        return checkpointer;
      case 2:
        this.#steps.push("load");
        await this.#check(checkpointer);
        return checkpointer;
      case 3:
      case 4: {
        const ids = this.#some(4, () => this.#random.of(this.#ids));
        this.#steps.push(`delete ${ids.length}`);
        await checkpointer.delete(ids);
        for (const id of ids) this.#expected.delete(id);
        return checkpointer;
      }
      default: {
        const records = this.#some(this.#random.below(8) === 0 ? 100 : 5, () => this.#record(checkpointer));
        this.#steps.push(`save ${records.length}`);
        await checkpointer.save(records);
        for (const record of records) this.#expected.set(record.id, record);
        return checkpointer;
      }
    }
  }

  async #check(checkpointer: Checkpointer): Promise<void> {
    await this.#context.expect(checkpointer, this.#expected.values(), "in the end");
  }

  #record({ codec }: Checkpointer): TaskRecord {
    const random = this.#random;
    const version = ++this.#version;
    return sample(random.of(this.#ids), {
      status: random.of(STATUSES),
      attempts: version,
      args: this.#some(3, () => this.#value(codec)),
      ...(random.below(2) === 0 && { value: this.#value(codec) }),
      ...(random.below(4) === 0 && { version: `${version}` }),
      ...(random.below(4) === 0 && { error: { value: `error of version ${version}` } }),
      ...(random.below(4) === 0 && { finishedAt: version }),
      ...(random.below(20) === 0 && { module: "x".repeat(random.below(150_000)) }),
    });
  }

  #value(codec: Checkpointer["codec"]): unknown {
    if (codec === "structured" && this.#random.below(2) === 0) return this.#random.of(this.#structuredValues);
    return this.#random.of(this.#jsonValues);
  }

  #some<T>(atMost: number, make: () => T): T[] {
    return Array.from({ length: this.#random.below(atMost + 1) }, make);
  }
}

/** Random numbers that a seed repeats: mulberry32. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 up to, and not including, `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor(((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32 * end);
  }

  /** One of the values. */
  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}
