// Declarations for the `deno-std` copy of jsr:@std/testing@1/snapshot;
// see ../../registry_folder.ts.

export type SnapshotMode = "assert" | "update";

export interface SnapshotOptions<T = unknown> {
  dir?: string;
  mode?: SnapshotMode;
  msg?: string;
  name?: string;
  path?: string;
  serializer?: (actual: T) => string;
}

export function serialize(actual: unknown): string;

export function assertSnapshot<T>(
  context: Deno.TestContext,
  actual: T,
  options: SnapshotOptions<T>,
): Promise<void>;
export function assertSnapshot<T>(
  context: Deno.TestContext,
  actual: T,
  message?: string,
): Promise<void>;

export function createAssertSnapshot<T>(
  options: SnapshotOptions<T>,
  baseAssertSnapshot?: typeof assertSnapshot,
): typeof assertSnapshot;
