// @ts-self-types="./preact.d.ts"
/**
 * Preact with htm, for tools that check the files of the page. Browsers get the package's own text instead (`ui_files.ts`).
 */

export * from "htm/preact/standalone";
