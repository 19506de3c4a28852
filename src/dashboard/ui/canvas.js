/**
 * What the pictures on a canvas have in common.
 */

/**
 * What pointers do on a canvas.
 *
 * @typedef {{
 *   onMove: (dx: number, dy: number) => void,
 *   onZoom: (at: Point, factor: number, event?: WheelEvent) => void,
 *   onClick?: (at: Point) => void,
 *   onHover?: (at: Point) => void,
 *   onSelect?: (start: Point, end: Point) => void,
 * }} PointerHandlers
 */
/** @typedef {ReturnType<typeof palette>} Palette */
/** @import { Point, Size } from "./types.d.ts" */
import { harmless, STATUSES } from "./format.js";
import { useEffect, useRef, useState } from "./preact.js";

/** The colours of the current theme. */
function palette() {
  const style = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const get = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const probe = document.createElement("span");
  document.body.append(probe);
  const colours = {
    status: STATUSES.map((status) => get(`--${status}`)),
    ink: get("--ink"),
    faint: get("--faint"),
    line: get("--line"),
    edge: get("--edge"),
    panel: get("--panel"),
    paper: get("--paper"),
    accent: get("--accent"),
    lane: get("--lane"),
    font: style.getPropertyValue("--font").trim() || "system-ui, sans-serif",
  };
  probe.remove();
  return { ...colours, pixels: pixelsOf(colours.status), faintPixel: pixelsOf([colours.faint])[0] };
}

/** Colours as pixels of an image. @param {readonly string[]} colours */
function pixelsOf(colours) {
  const context = new OffscreenCanvas(colours.length, 1).getContext("2d", { willReadFrequently: true });
  if (context === null) return new Uint32Array(colours.length);
  colours.forEach((colour, at) => {
    context.fillStyle = colour;
    context.fillRect(at, 0, 1, 1);
  });
  return new Uint32Array(context.getImageData(0, 0, colours.length, 1).data.buffer);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
/** The colours as long as the theme stays: it takes a while to find them out. @type {Palette | undefined} */
let known;
const forget = () => known = undefined;
dark.addEventListener("change", forget);
addEventListener("themechange", forget);

/** The colours, which change with the theme. */
export function usePalette() {
  const [, draw] = useState(0);
  useEffect(() => {
    const update = () => draw((each) => each + 1);
    dark.addEventListener("change", update);
    addEventListener("themechange", update);
    return () => {
      dark.removeEventListener("change", update);
      removeEventListener("themechange", update);
    };
  }, []);
  return known ??= palette();
}

/**
 * A canvas as large as its frame, that `draw` draws whenever it is called for.
 *
 * @param {(context: CanvasRenderingContext2D) => void} draw
 * @param {Size} size Of the frame.
 */
export function useCanvas(draw, size) {
  /** @type {{ current: HTMLCanvasElement | undefined }} */
  const canvas = useRef();
  useEffect(() => {
    const element = canvas.current;
    if (element === null || element === undefined || size.width === 0) return;
    const request = requestAnimationFrame(() => {
      const scale = devicePixelRatio;
      const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)];
      if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
      const context = /** @type {CanvasRenderingContext2D} */ (element.getContext("2d"));
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, size.width, size.height);
      draw(context);
    });
    return () => cancelAnimationFrame(request);
  });
  return canvas;
}

/**
 * Zooming by wheel and by two fingers, and moving by dragging. Calls back with what happened.
 *
 * @param {{ current: HTMLCanvasElement | undefined }} canvas
 * @param {PointerHandlers} given
 */
export function usePointer(canvas, given) {
  const handlers = useRef(given);
  handlers.current = given;
  useEffect(() => {
    const element = canvas.current;
    if (element === undefined) return;
    /** @type {Map<number, Point>} */
    const pointers = new Map();
    let start = { x: 0, y: 0, isSelecting: false };
    let wasMoved = false;
    /** @param {MouseEvent} event */
    const place = (event) => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    /** @param {PointerEvent} event */
    const onDown = (event) => {
      if (event.button > 0) return;
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, place(event));
      start = { ...place(event), isSelecting: event.shiftKey };
      wasMoved = false;
    };
    /** @param {PointerEvent} event */
    const onPointerMove = (event) => {
      const at = place(event);
      const before = pointers.get(event.pointerId);
      if (before === undefined) return handlers.current.onHover?.(at);
      if (pointers.size === 2) {
        const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, each]) => each);
        const factor = Math.hypot(at.x - other.x, at.y - other.y) /
          Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
        handlers.current.onZoom({ x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 }, factor);
        wasMoved = true;
      } else if (start.isSelecting && handlers.current.onSelect !== undefined) {
        handlers.current.onSelect(start, at);
        wasMoved = true;
      } else {
        if (Math.hypot(at.x - start.x, at.y - start.y) > 4) wasMoved = true;
        if (wasMoved) handlers.current.onMove(at.x - before.x, at.y - before.y);
      }
      pointers.set(event.pointerId, at);
    };
    /** @param {PointerEvent} event */
    const onUp = (event) => {
      if (!pointers.delete(event.pointerId)) return;
      if (!wasMoved && pointers.size === 0 && event.type === "pointerup") handlers.current.onClick?.(place(event));
    };
    /** @param {WheelEvent} event */
    const onWheel = (event) => {
      event.preventDefault();
      handlers.current.onZoom(place(event), Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0018)), event);
    };
    element.addEventListener("pointerdown", onDown);
    element.addEventListener("pointermove", onPointerMove);
    element.addEventListener("pointerup", onUp);
    element.addEventListener("pointercancel", onUp);
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => {
      element.removeEventListener("pointerdown", onDown);
      element.removeEventListener("pointermove", onPointerMove);
      element.removeEventListener("pointerup", onUp);
      element.removeEventListener("pointercancel", onUp);
      element.removeEventListener("wheel", onWheel);
    };
  }, [canvas.current]);
}

/**
 * A string of a user, harmless and cut to a width.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {string} given
 * @param {number} width
 */
export function fit(context, given, width) {
  const text = harmless(given);
  if (context.measureText(text).width <= width) return text;
  let length = Math.max(1, Math.floor((text.length * width) / context.measureText(text).width));
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return `${text.slice(0, length)}…`;
}
