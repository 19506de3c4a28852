/**
 * Keeps what opens a server out of errors, logs and records.
 *
 * @module
 */

/** Shorter than this, a string is found in messages by chance. */
const MIN_LENGTH = 3;
const HIDDEN = "***";

/** Finds secrets in what is to be shown. */
export class Redactor {
  readonly #secrets: readonly string[];

  /** @param options What may have secrets in it: URLs, and the values of an object, to any depth. */
  constructor(options: unknown) {
    const secrets = new Set<string>();
    collect(options, undefined, secrets, 0);
    this.#secrets = [...secrets].filter(({ length }) => length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  }

  /** A message without secrets. */
  clean(message: string): string {
    let clean = message.replaceAll(/(\/\/)[^@/\s]*@/g, `$1${HIDDEN}@`);
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, HIDDEN);
    return clean;
  }

  /** An error with the message of another one, and nothing else of it but its code. */
  error(error: unknown, what: string): Error {
    const { message = String(error), code } = Object(error) as { message?: unknown; code?: unknown };
    const clean = new Error(this.clean(`${what}: ${message}`));
    return typeof code === "string" ? Object.assign(clean, { code }) : clean;
  }
}

/** Options whose values are shown in messages. */
const OPEN = /^(?:servers?|host(?:name)?|port|name|user(?:name)?|database|schema|url)$/i;

function collect(value: unknown, name: string | undefined, secrets: Set<string>, depth: number): void {
  if (typeof value === "string") {
    if (name === undefined || !OPEN.test(name)) secrets.add(value);
    for (const [, part] of value.matchAll(/\/\/([^@/\s]*)@/g)) {
      const password = part!.slice(part!.indexOf(":") + 1);
      secrets.add(password);
      secrets.add(decoded(password));
    }
  } else if (typeof value === "object" && value !== null && depth < 5) {
    for (const [key, each] of Object.entries(value)) {
      collect(each, Array.isArray(value) ? name : key, secrets, depth + 1);
    }
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
