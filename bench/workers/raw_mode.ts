/**
 * What a bare worker does with a message.
 *
 * @module
 */

/** The module that tasks are in. */
export interface Bodies {
  readonly echo: (x: number) => number;
  readonly burn: (steps: number) => number;
  readonly size: (bytes: Uint8Array) => number;
}

/** The first message to a worker. */
export interface Setup {
  /** The module that it imports. */
  readonly module: string;
  readonly mode: Mode;
  /** A first job, to answer when it is ready. */
  readonly job: unknown;
}

/** A job or a result, and the number it has. */
export type Numbered = [id: number, value: number];

/** How messages look, each way. */
export type Mode = keyof typeof HANDLERS;

/** Makes an answer of a message. */
export const HANDLERS = {
  /** A call of a function, one at a time. */
  echo: ({ echo }: Bodies) => echo,
  burn: ({ burn }: Bodies) => burn,
  size: ({ size }: Bodies) => size,
  /** Bytes, sent back as they are. */
  copy: () => (bytes: Uint8Array): Uint8Array => bytes,
  move: () => (bytes: Uint8Array): Uint8Array => bytes,
  /** One numbered job a message. */
  single: ({ echo }: Bodies) => ([id, x]: Numbered): Numbered => [id, echo(x)],
  /** Many. */
  batches: ({ echo }: Bodies) => (jobs: readonly Numbered[]): Numbered[] => jobs.map(([id, x]) => [id, echo(x)]),
};
