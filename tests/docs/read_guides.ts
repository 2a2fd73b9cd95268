import { projectRoot } from "../../scripts/project.ts";

/** A fenced block of a guide. */
export interface Block {
  /** `sh`, `console`, `yaml` and so on. */
  readonly language: string;
  /** What follows the language: how the block is to be tested. */
  readonly mark: string;
  /** The line of the guide on which its text begins. */
  readonly line: number;
  readonly text: string;
}

/** A page that people read. */
export interface Guide {
  /** As it is from the top of the work tree. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The text between single backquotes outside the blocks. */
  readonly codes: readonly string[];
}

/** Reads the README and all that is under docs/. */
export function readGuides(): readonly Guide[] {
  const pages = [...Deno.readDirSync(`${projectRoot}docs`)]
    .map(({ name }) => name).filter((name) => name.endsWith(".md")).sort();
  return ["README.md", ...pages.map((name) => `docs/${name}`)].map((path) =>
    readGuide(path, Deno.readTextFileSync(projectRoot + path))
  );
}

/** Takes a page apart. */
export function readGuide(path: string, text: string): Guide {
  const blocks: Block[] = [];
  const fence = /^```(\w*)[ \t]*([^\n]*)\n([^]*?)^```$/gm;
  const prose = text.replaceAll(
    fence,
    (_, language: string, mark: string, block: string, at: number) => {
      const line = text.slice(0, at).split("\n").length + 1;
      blocks.push({ language, mark: mark.trim(), line, text: block });
      return "";
    },
  );
  // A long one may go on in the next line; two backquotes stand around code that has some of its own.
  const codes = [...prose.matchAll(/(?<!`)(`{1,2})(?!`)([^]+?)(?<!`)\1(?!`)/g)]
    .map(([, , code = ""]) => code.replaceAll(/\s+/g, " ").trim());
  return { path, text, blocks, codes };
}
