/**
 * Lays out graphs in a thread of its own: thousands of nodes take a second.
 */

import { placeNodes } from "./graph_parts.js";

/** @param {MessageEvent} event */
onmessage = ({ data: { sizes, edges, room } }) => postMessage(placeNodes(sizes, edges, room));
