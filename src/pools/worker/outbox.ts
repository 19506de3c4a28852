/**
 * What a worker has to tell, as records.
 *
 * @module
 */

import { toEnvelope } from "../../serialization/envelope.ts";
import { ByteWriter } from "../protocol/bytes.ts";
import { type Flow, FROM, LEVELS } from "../protocol/messages.ts";

/** Writes records and sends each at once, so that none waits in here for a body that loops. */
export abstract class Outbox {
  protected readonly writer: ByteWriter = new ByteWriter();

  /** Sends what the writer holds. */
  protected abstract send(): void;

  ready(): void {
    this.#note(FROM.ready);
  }

  /** @throws {TypeError} If the value cannot travel; nothing is sent then. */
  done(seq: number, flow: Flow, value: unknown): void {
    const { writer } = this;
    try {
      const start = this.#begin(FROM.done, seq);
      writer.byte(flow);
      writer.value(value, "the result");
      this.#end(start);
    } finally {
      writer.clear();
    }
  }

  failed(seq: number, flow: Flow, error: unknown): void {
    const start = this.#begin(FROM.failed, seq);
    this.writer.byte(flow);
    this.writer.value(toEnvelope(error), "the error");
    this.#end(start);
  }

  timedOut(seq: number, flow: Flow): void {
    const start = this.#begin(FROM.timedOut, seq);
    this.writer.byte(flow);
    this.#end(start);
  }

  progress(seq: number, fraction: number, message: string | undefined): void {
    const start = this.#begin(FROM.progress, seq);
    this.writer.number(fraction);
    this.writer.value(message, "the message");
    this.#end(start);
  }

  /** @throws {TypeError} If something that is logged cannot travel; nothing is sent then. */
  log(seq: number, level: typeof LEVELS[number], data: readonly unknown[]): void {
    const { writer } = this;
    try {
      const start = this.#begin(FROM.log, seq);
      writer.byte(LEVELS.indexOf(level));
      writer.value(data, "what is logged");
      this.#end(start);
    } finally {
      writer.clear();
    }
  }

  print(seq: number, level: typeof LEVELS[number], source: "console" | "output", text: string): void {
    const start = this.#begin(FROM.print, seq);
    this.writer.byte(LEVELS.indexOf(level));
    this.writer.byte(source === "console" ? 1 : 0);
    this.writer.text(text);
    this.#end(start);
  }

  begun(seq: number): void {
    this.#end(this.#begin(FROM.begun, seq));
  }

  started(seq: number): void {
    this.#end(this.#begin(FROM.started, seq));
  }

  requestCredit(): void {
    this.#note(FROM.requestCredit);
  }

  heardAbort(seq: number): void {
    this.#end(this.#begin(FROM.heardAbort, seq));
  }

  lost(reason: unknown): void {
    const start = this.writer.begin(FROM.lost);
    this.writer.value(toEnvelope(reason), "the reason");
    this.#end(start);
  }

  ended(): void {
    this.#note(FROM.ended);
  }

  /** Says that the message of that number, which comes by another way, belongs here. */
  protected outOfBand(number: number): void {
    this.#end(this.#begin(FROM.outOfBand, number));
  }

  #note(kind: number): void {
    this.#end(this.writer.begin(kind));
  }

  #begin(kind: number, seq: number): number {
    const start = this.writer.begin(kind);
    this.writer.whole(seq);
    return start;
  }

  #end(start: number): void {
    this.writer.end(start);
    this.send();
    this.writer.clear();
  }
}
