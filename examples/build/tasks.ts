/**
 * The tasks of the build. Each says which files it reads and writes, so that it runs only if one of them has changed.
 *
 * @module
 */

import { task } from "@workflowy/workflowy";
import { htmlOf, titleOf } from "./markdown.ts";

/** A page of the site. */
export interface Page {
  readonly title: string;
  readonly href: string;
}

/** Renders a page. */
export const renderPage = task(
  {
    name: "render-page",
    version: "1", // change it together with the body, or with htmlOf()
    label: (site, name) => `${site}/${name}.html`,
    cache: {
      files: (site, name) => ({
        inputs: [`${site}/${name}.md`, `${site}/layout.html`],
        outputs: [`${site}/${name}.html`],
      }),
    },
  },
  async (site: string, name: string): Promise<Page> => {
    const markdown = await Deno.readTextFile(`${site}/${name}.md`);
    const title = titleOf(markdown);
    await writePage(site, name, title, htmlOf(markdown));
    return { title, href: `${name}.html` };
  },
);

/** Makes the list of all pages. It gets the titles: it does not run if only the text of a page has changed. */
export const renderIndex = task(
  {
    name: "render-index",
    version: "1",
    cache: {
      files: (site, _pages) => ({ inputs: [`${site}/layout.html`], outputs: [`${site}/index.html`] }),
    },
  },
  async (site: string, pages: Page[]): Promise<void> => {
    const list = pages.map(({ title, href }) => `- [${title}](${href})`).join("\n");
    await writePage(site, "index", "All pages", htmlOf(`# All pages\n\n${list}`));
  },
);

async function writePage(site: string, name: string, title: string, body: string): Promise<void> {
  const layout = await Deno.readTextFile(`${site}/layout.html`);
  const html = layout.replace("{title}", () => title).replace("{body}", () => body);
  await Deno.writeTextFile(`${site}/${name}.html`, html);
}
