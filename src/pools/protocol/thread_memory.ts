/**
 * The memory that a thread shares with its pool. It is made before the code is loaded that talks to the thread.
 *
 * @module
 */

/** What a thread and its pool share. */
export interface ThreadMemory {
  /** The ring of records from the thread. */
  readonly outbox: SharedArrayBuffer;
  /** The ring of records to the thread. */
  readonly inbox: SharedArrayBuffer;
  /** Which tasks have begun or are aborted. */
  readonly marks: SharedArrayBuffer;
  /** One number, the same for all threads of the program: how many there are. */
  readonly threads: SharedArrayBuffer;
  /** One number: how many parcels by `postMessage()` the thread has taken. */
  readonly parcels: SharedArrayBuffer;
}

/**
 * Bytes of records that may lie in a ring unread; a power of two. A few thousand outcomes, more than a thread produces while
 * the event loop of its program is busy for some milliseconds.
 */
export const RING_CAPACITY = 1 << 18;
/** Bytes that stand in front of the records, for a few numbers. */
export const RING_HEAD_BYTES = 64;

/** The memory of a ring. */
export function makeRing(): SharedArrayBuffer {
  return new SharedArrayBuffer(RING_HEAD_BYTES + RING_CAPACITY);
}

/** The memory of the marks: two 32-bit numbers. */
export function makeMarks(): SharedArrayBuffer {
  return new SharedArrayBuffer(8);
}
