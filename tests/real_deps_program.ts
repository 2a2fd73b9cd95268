/** A program for the tests to run with other streams: does to its own streams what its argument says. */
import { createRealDeps } from "../src/real_deps.ts";

const deps = createRealDeps();
switch (Deno.args[0]) {
  case "describe":
    deps.stdout.writeText(JSON.stringify(await deps.stdin.describe()));
    break;
  case "copy":
    for await (const chunk of deps.stdin.open()) await deps.stdout.write(chunk);
    break;
  case "cancel": {
    // A cancelled reader lets go at once, and loses nothing of what comes later.
    const first = deps.stdin.open().getReader();
    const pending = first.read();
    await first.cancel();
    deps.stdout.writeText(`cancelled ${JSON.stringify(await pending)}\n`);
    const second = deps.stdin.open().getReader();
    deps.stdout.writeText(
      new TextDecoder().decode((await second.read()).value),
    );
    break;
  }
  case "flood":
    try {
      for (;;) await deps.stdout.write(new Uint8Array(100_000));
    } catch (error) {
      deps.stderr.writeText(
        error instanceof Deno.errors.BrokenPipe ? "broken pipe" : `${error}`,
      );
    }
    break;
  case "log":
    deps.stderr.writeText("a log line\n");
    deps.stdout.writeText("the work goes on");
    break;
  case "texts":
    for (let i = 0; i < 40_000; i++) deps.stdout.writeText("text\n");
    deps.stderr.writeText("done");
    break;
}
Deno.exit(0);
