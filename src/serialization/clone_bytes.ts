/**
 * Values as bytes, by structured clone.
 *
 * @module
 */

import { nodeModule } from "../core/node_builtins.ts";

/** As `serialize()` of `node:v8` does, but with typed arrays as they are and not as views of one buffer. */
export function serialize(value: unknown): Uint8Array {
  const serializer = new (nodeModule("node:v8").Serializer)();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** The value of such bytes. Parts of it may be views of them. */
export function deserialize(bytes: Uint8Array): unknown {
  const deserializer = new (nodeModule("node:v8").Deserializer)(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}
