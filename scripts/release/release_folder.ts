import { projectRoot } from "../project.ts";

/** Where a release's files are made: everything in it is uploaded. */
export const releaseFolder = `${projectRoot}dist/release/`;

/** Where the formula and the manifest are made, which go to repositories of their own. */
export const tapsFolder = `${projectRoot}dist/taps/`;
