/**
 * Values as bytes, by structured clone.
 *
 * @module
 */

/** What is used of `node:v8`. */
interface V8 {
  readonly Serializer: new () => {
    writeHeader(): void;
    writeValue(value: unknown): void;
    releaseBuffer(): Uint8Array;
  };
  readonly Deserializer: new (bytes: Uint8Array) => {
    readHeader(): void;
    readValue(): unknown;
  };
}

/** As `serialize()` of `node:v8` does, but with typed arrays as they are and not as views of one buffer. */
export function serialize(value: unknown): Uint8Array {
  const serializer = new (v8().Serializer)();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** The value of such bytes. Parts of it may be views of them. */
export function deserialize(bytes: Uint8Array): unknown {
  const deserializer = new (v8().Deserializer)(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}

/** Loaded when first needed: it takes milliseconds. */
function v8(): V8 {
  const { process } = globalThis as unknown as { process: { getBuiltinModule(name: "node:v8"): V8 } };
  return process.getBuiltinModule("node:v8");
}
