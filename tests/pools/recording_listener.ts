/**
 * A listener that keeps what it is told.
 *
 * @module
 */

import type { LogLevel } from "../../mod.ts";
import type { ChannelListener, Loss } from "../../src/pools/channel.ts";

/** Notes each call: the name of the method and the arguments. */
export class RecordingListener implements ChannelListener {
  readonly heard: unknown[][] = [];

  ready(): void {
    this.heard.push(["ready"]);
  }

  begun(seq: number): void {
    this.heard.push(["begun", seq]);
  }

  started(seq: number): void {
    this.heard.push(["started", seq]);
  }

  creditRequested(): void {
    this.heard.push(["creditRequested"]);
  }

  done(seq: number, flow: number, value: unknown): void {
    this.heard.push(["done", seq, flow, value]);
  }

  failed(seq: number, flow: number, error: unknown): void {
    this.heard.push(["failed", seq, flow, error]);
  }

  timedOut(seq: number, flow: number): void {
    this.heard.push(["timedOut", seq, flow]);
  }

  progress(seq: number, fraction: number, message: string | undefined): void {
    this.heard.push(["progress", seq, fraction, message]);
  }

  log(seq: number, level: LogLevel, data: readonly unknown[]): void {
    this.heard.push(["log", seq, level, data]);
  }

  print(seq: number, level: LogLevel, source: string, text: string): void {
    this.heard.push(["print", seq, level, source, text]);
  }

  output(line: string): boolean {
    this.heard.push(["output", line]);
    return false;
  }

  heardAbort(seq: number): void {
    this.heard.push(["heardAbort", seq]);
  }

  caughtUp(): void {
    this.heard.push(["caughtUp"]);
  }

  gone(loss: Loss): void {
    this.heard.push(["gone", loss]);
  }
}

/** Says when the worker has started, or is gone. */
export class AwaitedListener extends RecordingListener {
  readonly #told = Promise.withResolvers<Loss | undefined>();
  /** Why it is gone; `undefined` if it has started. */
  readonly told: Promise<Loss | undefined> = this.#told.promise;

  override ready(): void {
    super.ready();
    this.#told.resolve(undefined);
  }

  override gone(loss: Loss): void {
    super.gone(loss);
    this.#told.resolve(loss);
  }
}
