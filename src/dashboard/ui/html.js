/**
 * Templates of the page. All text goes through here on its way to the screen, and becomes harmless; what components are given,
 * such as ids, stays as it is.
 */

/** @import { Part, UiEvent, View } from "./preact.d.ts" */
import { harmless } from "./format.js";
import { html as template } from "./preact.js";

/** Attributes that are read. */
const READ = ["title", "aria-label", "placeholder"];

/** An element, or a component with what it is given. @typedef {{ type: unknown, props: Record<string, unknown> }} Node */

/**
 * Makes what a template says. A function in it listens to events; others say what they take themselves.
 *
 * @param {TemplateStringsArray} strings
 * @param {readonly (Part | ((event: UiEvent) => unknown))[]} values
 * @returns {View}
 */
export function html(strings, ...values) {
  const view = template(strings, ...values);
  visit(view);
  return view;
}

/** Elements that are harmless: those of a template within another one, most of all. @type {WeakSet<object>} */
const visited = new WeakSet();

/** What stands in an element, made harmless. @param {unknown} part @returns {unknown} */
function visit(part) {
  if (typeof part === "string") return harmless(part);
  if (Array.isArray(part)) return part.map(visit);
  if (typeof part !== "object" || part === null || !("props" in part) || visited.has(part)) return part;
  visited.add(part);
  const { type, props } = /** @type {Node} */ (part);
  const children = visit(props.children);
  if (typeof type !== "string") return part; // a component has its own elements for text that it is given
  if (children !== undefined) props.children = children;
  for (const name of READ) if (typeof props[name] === "string") props[name] = harmless(props[name]);
  return part;
}
