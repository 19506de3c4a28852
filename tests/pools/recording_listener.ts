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

  asks(): void {
    this.heard.push(["asks"]);
  }

  done(seq: number, pace: number, value: unknown): void {
    this.heard.push(["done", seq, pace, value]);
  }

  failed(seq: number, pace: number, error: unknown): void {
    this.heard.push(["failed", seq, pace, error]);
  }

  expired(seq: number, pace: number): void {
    this.heard.push(["expired", seq, pace]);
  }

  progress(seq: number, fraction: number, message: string | undefined): void {
    this.heard.push(["progress", seq, fraction, message]);
  }

  log(seq: number, level: LogLevel, data: readonly unknown[]): void {
    this.heard.push(["log", seq, level, data]);
  }

  cancelling(seq: number): void {
    this.heard.push(["cancelling", seq]);
  }

  caughtUp(): void {
    this.heard.push(["caughtUp"]);
  }

  gone(loss: Loss): void {
    this.heard.push(["gone", loss]);
  }
}
