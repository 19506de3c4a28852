/**
 * As much of Markdown as a small site needs: headings, paragraphs, lists, emphasis, links.
 *
 * @module
 */

/** HTML of Markdown. */
export function htmlOf(markdown: string): string {
  return markdown.trim().split(/\n{2,}/).map(blockOf).join("\n");
}

/** The first heading of a page. */
export function titleOf(markdown: string): string {
  return /^# (.+)$/m.exec(markdown)?.[1] ?? "Untitled";
}

function blockOf(block: string): string {
  const heading = /^(#{1,6}) (.+)$/.exec(block);
  if (heading !== null) return `<h${heading[1]!.length}>${spansOf(heading[2]!)}</h${heading[1]!.length}>`;
  const lines = block.split("\n");
  if (!lines.every((line) => line.startsWith("- "))) return `<p>${spansOf(lines.join(" "))}</p>`;
  return `<ul>\n${lines.map((line) => `<li>${spansOf(line.slice(2))}</li>`).join("\n")}\n</ul>`;
}

function spansOf(text: string): string {
  return escaped(text)
    .replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>")
    .replace(/\*(.+?)\*/g, "<em>$1</em>")
    .replace(/\[(.+?)\]\((.+?)\)/g, '<a href="$2">$1</a>');
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
