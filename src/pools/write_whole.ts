/**
 * Writing to the standard output or error of this program.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Writes all of a string. If nothing reads it, such as `head` that has ended, it is lost, as with `console`. */
export function writeWhole(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch {
    return;
  }
}
