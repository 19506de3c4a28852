/**
 * Functions of one name.
 *
 * A task is known by its module and name: to workers, and on record. Two functions that share both may be taken for each
 * other, which a runner warns of once it has seen it.
 *
 * @module
 */

import type { Logger } from "../core/logger.ts";
import { describeCallSite } from "./call_site.ts";
import { keyOf, namesakeOf } from "./registry.ts";
import type { TaskSpec } from "./spec.ts";

/** The names that stand for several functions, as far as one runner has seen. */
export class Namesakes {
  readonly #logger: Logger;
  readonly #names = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Notes that a task is submitted, and warns if its name is that of another function, too. */
  note({ definition, definedAs, options: { name, module } }: TaskSpec): void {
    if (definition === undefined || definition.submittedTo === this || module === undefined) return;
    if (name !== definedAs) return; // it was given a name of its own by .with()
    definition.submittedTo = this;
    const other = namesakeOf(module, name, definition);
    if (other === undefined || this.#names.has(keyOf(module, name))) return;
    this.#names.add(keyOf(module, name));
    const places = [other, definition].map(({ site }) => describeCallSite(site)).join(" and at ");
    this.#logger.warn(
      `Two functions have the name "${name}", at ${places}. Workers run the later one, and a resumed run cannot tell equal ` +
        `submissions of the two apart, so that these run again: give each function a name of its own, or pass what differs ` +
        `as an argument`,
    );
  }

  /** Whether the name of a task stands for several functions. */
  has({ options: { name, module } }: TaskSpec): boolean {
    return this.#names.size > 0 && module !== undefined && this.#names.has(keyOf(module, name));
  }
}
