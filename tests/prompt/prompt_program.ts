import { askLine } from "../../src/prompt/ask_line.ts";
import { createRealDeps } from "../../src/real_deps.ts";

/** Asks one line, then reads keys raw: what the pty test drives. */
const deps = createRealDeps();
let answer: string;
try {
  answer = await askLine("Select task number (1-2): ", deps);
} catch (error) {
  answer = (error as { code: string }).code;
}
console.log(`answer=${JSON.stringify(answer)}`);
deps.stdin.setRaw(true);
console.log("raw");
const keys = deps.stdin.open().getReader();
let typed = "";
while (!typed.endsWith(".")) {
  typed += new TextDecoder().decode((await keys.read()).value);
}
deps.stdin.setRaw(false);
console.log(`keys=${JSON.stringify(typed)}`);
Deno.exit(0);
