/**
 * The layout of the pictures, for tools that check the files of the page. Browsers get its text instead (`ui_files.ts`).
 */

export * from "../../observe/layout.js";
