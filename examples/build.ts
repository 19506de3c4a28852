/**
 * Shows results that are kept and reused: a small build, Markdown to HTML, in which only what has changed runs.
 *
 *     deno run --allow-read --allow-write examples/build.ts
 *
 * @module
 */

import { TaskRunner } from "@workflowy/workflowy";
import { renderIndex, renderPage } from "./build/tasks.ts";

const NAMES = ["about", "news", "recipes"];

/** Builds the site, as a program of its own would do, and says what had to run. */
async function build(site: string): Promise<string> {
  await using runner = new TaskRunner({ cache: { path: `${site}/.cache` } });
  runner.enter();
  const pages = NAMES.map((name) => renderPage.submit(site, name));
  const index = renderIndex.submit(site, pages);
  await runner.run();
  const ran = [...NAMES.filter((_, at) => !pages[at]!.cached), ...(index.cached ? [] : ["index"])];
  return ran.length === 0 ? "nothing ran" : `ran: ${ran.join(", ")}`;
}

const site = await Deno.makeTempDir();
const write = (name: string, content: string) => Deno.writeTextFile(`${site}/${name}`, content);
const LAYOUT = "<!doctype html>\n<title>{title}</title>\n{body}\n";
await write("layout.html", LAYOUT);
await write("about.md", "# About\n\nA site about *bread*.");
await write("news.md", "# News\n\n- The oven is hot.");
await write("recipes.md", "# Recipes\n\nFlour, water, **salt**. See the [news](news.html).");

console.log(`First build          ${await build(site)}`);
console.log(`Again                ${await build(site)}`);

await write("news.md", "# News\n\n- The oven is broken.");
console.log(`Text has changed     ${await build(site)}`); // its title has not, so that the index is as it was

await write("news.md", "# News\n\n- The oven is hot.");
console.log(`And is reverted      ${await build(site)}`);

await write("news.md", "# Latest news\n\n- The oven is hot.");
console.log(`A title has changed  ${await build(site)}`);

await Deno.remove(`${site}/about.html`);
console.log(`A page was deleted   ${await build(site)}`);

await write("layout.html", LAYOUT.replace("<title>", '<meta charset="utf-8">\n<title>'));
await write("layout.html", LAYOUT);
console.log(`A revert, unbuilt    ${await build(site)}`);

console.log(`\n${await Deno.readTextFile(`${site}/recipes.html`)}`);
await Deno.remove(site, { recursive: true });
