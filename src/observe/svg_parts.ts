/**
 * What the pictures have in common: their style, and their frame.
 *
 * @module
 */

import { STATUSES } from "../core/status.ts";
import { escapeXml } from "./escape.ts";
import { LOOKS } from "./statuses.ts";

/** The colours of a picture: those that the system of the viewer prefers (`"auto"`), or always the same. */
export type Theme = "auto" | "light" | "dark";

interface Ground {
  readonly paper: string;
  readonly box: string;
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly onColour: string;
}

const GROUNDS: Readonly<Record<"light" | "dark", Ground>> = {
  light: { paper: "#ffffff", box: "#f6f8fa", ink: "#1f2328", faint: "#59636e", line: "#afb8c1", onColour: "#ffffff" },
  dark: { paper: "#0d1117", box: "#171c24", ink: "#e6edf3", faint: "#9198a1", line: "#4a525d", onColour: "#0d1117" },
};

/** The rules for the colours of one ground. */
function rules(ground: "light" | "dark"): string {
  const { paper, box, ink, faint, line, onColour } = GROUNDS[ground];
  return [
    `.wf-paper{fill:${paper}}.wf-box{fill:${box};stroke:${line}}.wf-ink{fill:${ink}}.wf-faint{fill:${faint}}`,
    `.wf-edge{stroke:${line}}.wf-tip{fill:${line}}.wf-grid{stroke:${line};stroke-opacity:.35}.wf-wait{stroke:${faint}}`,
    `.wf-queue{fill:${faint};fill-opacity:.28}.wf-lane{fill:${box}}.wf-on{fill:${onColour}}`,
    ...STATUSES.map((status) => `.wf-${status}{fill:${LOOKS[status][ground]}}`),
  ].join("");
}

/** The style of pictures, for a `<style>` element of theirs or of the page that they are in. */
export function pictureStyle(theme: Theme): string {
  const shape = "text.wf-ink,text.wf-faint,text.wf-on{font:12px system-ui,sans-serif;unicode-bidi:isolate}" +
    "text.wf-small{font-size:10.5px}text.wf-bold{font-weight:600}.wf-edge{fill:none}" +
    ".wf-child{stroke-dasharray:4 3}.wf-wait{stroke-width:1.5;stroke-dasharray:2 2}";
  if (theme !== "auto") return shape + rules(theme);
  return `${shape}${rules("light")}@media (prefers-color-scheme:dark){${rules("dark")}}`;
}

/** A whole picture. @param style Its style; none for one that stands in a page with that style. */
export function picture(
  { width, height, title, style, body }: {
    readonly width: number;
    readonly height: number;
    readonly title: string;
    readonly style: string | undefined;
    readonly body: string;
  },
): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img">` +
    `<title>${escapeXml(title)}</title>${style === undefined ? "" : `<style>${style}</style>`}` +
    `<rect class="wf-paper" width="${w}" height="${h}"/>${body}</svg>\n`;
}

/** Text at a place. The classes say its colour. */
export function svgText(x: number, y: number, classes: string, content: string, anchor?: "middle" | "end"): string {
  const where = anchor === undefined ? "" : ` text-anchor="${anchor}"`;
  return `<text x="${round(x)}" y="${round(y)}" class="${classes}"${where}>${escapeXml(content)}</text>`;
}

/** A coordinate with one digit after the point. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
