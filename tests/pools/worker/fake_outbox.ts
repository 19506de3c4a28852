/**
 * An outbox whose records a test reads.
 *
 * @module
 */

import { ByteReader, FRAME_HEAD } from "../../../src/pools/protocol/bytes.ts";
import { dispatchRecord } from "../../../src/pools/protocol/dispatch_record.ts";
import { FROM } from "../../../src/pools/protocol/messages.ts";
import { Outbox } from "../../../src/pools/worker/outbox.ts";
import { RecordingListener } from "../recording_listener.ts";

/** Keeps what a pool would hear. */
export class FakeOutbox extends Outbox {
  readonly #listener = new RecordingListener();

  /** Each record: its kind, and what it says. */
  get heard(): unknown[][] {
    return this.#listener.heard;
  }

  protected override send(): void {
    const reader = new ByteReader(this.writer.bytes.slice(0, this.writer.length));
    reader.seek(FRAME_HEAD, this.writer.length);
    const kind = dispatchRecord(reader, this.#listener);
    if (kind === FROM.ready) this.#listener.ready();
    else if (kind !== undefined) this.heard.push([kind]);
  }
}
