/**
 * What a worker has to tell, as records.
 *
 * @module
 */

import { toEnvelope } from "../../core/envelope.ts";
import { ByteWriter } from "../protocol/bytes.ts";
import { FROM, LEVELS } from "../protocol/messages.ts";

/** Writes records and sends each at once, so that none waits in here for a body that loops. */
export abstract class Outbox {
  protected readonly writer: ByteWriter = new ByteWriter();

  /** Sends what the writer holds. */
  protected abstract send(): void;

  ready(): void {
    this.#record(FROM.ready, () => {});
  }

  /** @throws {TypeError} If the value cannot travel; nothing is sent then. */
  done(seq: number, pace: number, value: unknown): void {
    this.#record(FROM.done, (writer) => {
      writer.whole(seq);
      writer.byte(pace);
      writer.value(value, "the result");
    });
  }

  failed(seq: number, pace: number, error: unknown): void {
    this.#record(FROM.failed, (writer) => {
      writer.whole(seq);
      writer.byte(pace);
      writer.value(toEnvelope(error), "the error");
    });
  }

  expired(seq: number, pace: number): void {
    this.#record(FROM.expired, (writer) => {
      writer.whole(seq);
      writer.byte(pace);
    });
  }

  progress(seq: number, fraction: number, message: string | undefined): void {
    this.#record(FROM.progress, (writer) => {
      writer.whole(seq);
      writer.number(fraction);
      writer.value(message, "the message");
    });
  }

  /** @throws {TypeError} If something that is logged cannot travel. */
  log(seq: number, level: typeof LEVELS[number], data: readonly unknown[]): void {
    this.#record(FROM.log, (writer) => {
      writer.whole(seq);
      writer.byte(LEVELS.indexOf(level));
      writer.value(data, "what is logged");
    });
  }

  begun(seq: number): void {
    this.#record(FROM.begun, (writer) => writer.whole(seq));
  }

  asks(): void {
    this.#record(FROM.asks, () => {});
  }

  cancelling(seq: number): void {
    this.#record(FROM.cancelling, (writer) => writer.whole(seq));
  }

  lost(reason: unknown): void {
    this.#record(FROM.lost, (writer) => writer.value(toEnvelope(reason), "the reason"));
  }

  ended(): void {
    this.#record(FROM.ended, () => {});
  }

  /** Says that what comes by another way belongs here. */
  protected apart(): void {
    this.#record(FROM.apart, () => {});
  }

  #record(kind: number, write: (writer: ByteWriter) => void): void {
    const { writer } = this;
    try {
      const start = writer.begin(kind);
      write(writer);
      writer.end(start);
      this.send();
    } finally {
      writer.clear();
    }
  }
}
