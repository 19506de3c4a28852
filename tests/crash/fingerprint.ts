/**
 * A short text for a value: equal for equal values, and in all likelihood for no others.
 *
 * It is how results are compared across programs, so it goes its own way and uses nothing of what it judges.
 *
 * @module
 */

/** The fingerprint of a value. Stacks of errors do not count. */
export function fingerprint(value: unknown): string {
  const hash = new Hash();
  new Reader(hash).read(value);
  return hash.text();
}

/** cyrb53, by bryc: 53 bits. */
class Hash {
  #a = 0xdeadbeef;
  #b = 0x41c6ce57;

  number(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 2654435761);
    this.#b = Math.imul(this.#b ^ value, 1597334677);
  }

  /** With its length, so that where one string ends and the next begins is not lost. */
  string(value: string): void {
    this.number(value.length);
    for (let index = 0; index < value.length; index++) this.number(value.charCodeAt(index));
  }

  text(): string {
    let [a, b] = [this.#a, this.#b];
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return (2 ** 32 * (b & 0x1fffff) + (a >>> 0)).toString(36).padStart(11, "0");
  }
}

class Reader {
  readonly #hash: Hash;
  /** The objects on the way to where it is. */
  readonly #way: object[] = [];

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  read(value: unknown): void {
    if (typeof value !== "object" || value === null) {
      this.#hash.string(`${typeof value} ${Object.is(value, -0) ? "-0" : String(value)}`);
      return;
    }
    const level = this.#way.indexOf(value);
    if (level >= 0) {
      this.#hash.string(`cycle ${level}`);
      return;
    }
    this.#way.push(value);
    this.#object(value);
    this.#way.pop();
  }

  #object(object: object): void {
    this.#hash.string(kindOf(object));
    if (object instanceof Date) this.#hash.string(String(object.getTime()));
    else if (object instanceof Map) this.#all([...object].flat());
    else if (object instanceof Set) this.#all([...object]);
    else if (ArrayBuffer.isView(object)) this.#bytes(object);
    else if (object instanceof Error) this.#error(object);
    else this.#values(object);
  }

  #all(values: readonly unknown[]): void {
    this.#hash.number(values.length);
    for (const each of values) this.read(each);
  }

  #bytes({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    this.#hash.number(byteLength);
    for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) this.#hash.number(byte);
  }

  #error(error: Error): void {
    this.#all([error.name, error.message, error.cause]);
    const { name: _name, message: _message, cause: _cause, stack: _stack, ...own } = error;
    this.#values(own);
  }

  /** Its own properties, in the order of their names; holes of an array are none. */
  #values(object: object): void {
    if (Array.isArray(object)) this.#hash.number(object.length);
    const keys = Object.keys(object).sort();
    this.#hash.number(keys.length);
    for (const key of keys) {
      this.#hash.string(key);
      this.read((object as Readonly<Record<string, unknown>>)[key]);
    }
  }
}

function kindOf(object: object): string {
  return object instanceof Error ? "Error" : Object.prototype.toString.call(object);
}
