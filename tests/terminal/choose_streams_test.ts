import assert from "node:assert/strict";
import type { Deps } from "../../src/deps.ts";
import { PortholeError } from "../../src/errors.ts";
import {
  chooseStreams,
  type StreamRequest,
} from "../../src/terminal/choose_streams.ts";

type Input = Awaited<ReturnType<Deps["stdin"]["describe"]>>;

function plan(
  request: Partial<StreamRequest>,
  input: Input,
  stdoutIsTerminal: boolean,
) {
  return chooseStreams(
    {
      interactive: false,
      tty: false,
      noStdin: false,
      shell: false,
      ...request,
    },
    {
      stdin: {
        isTerminal: input.kind === "terminal",
        describe: () => Promise.resolve(input),
      },
      stdout: { isTerminal: stdoutIsTerminal },
    } as unknown as Pick<Deps, "stdin" | "stdout">,
  );
}

const TERMINAL: Input = { kind: "terminal" };
const PIPE: Input = { kind: "pipe" };

Deno.test("interactive needs a terminal to type at and -t, or one on both sides and -i or no command", async () => {
  for (
    const request of [{ interactive: true }, { tty: true }, { shell: true }]
  ) {
    assert.equal((await plan(request, TERMINAL, true)).interactive, true);
  }
  assert.equal((await plan({}, TERMINAL, true)).interactive, false);
  assert.equal(
    (await plan({ interactive: true }, PIPE, true)).interactive,
    false,
  );
  assert.equal(
    (await plan({ interactive: true }, TERMINAL, false)).interactive,
    false,
  );
  // The output goes through `tee`.
  for (const shell of [false, true]) {
    assert.deepEqual(await plan({ tty: true, shell }, TERMINAL, false), {
      interactive: true,
      stdin: true,
      binary: false,
    });
  }
});

Deno.test("stdin is read from a pipe or a file, from a terminal only with -i, never with -n", async () => {
  const reads = async (request: Partial<StreamRequest>, input: Input) =>
    (await plan(request, input, false)).stdin;
  assert.equal(await reads({}, PIPE), true);
  assert.equal(await reads({}, { kind: "file", remaining: 9 }), true);
  assert.equal(await reads({}, { kind: "file", remaining: 0 }), false);
  assert.equal(await reads({}, { kind: "closed" }), false);
  assert.equal(await reads({}, TERMINAL), false);
  assert.equal(await reads({ interactive: true }, TERMINAL), true);
  assert.equal(await reads({ noStdin: true }, PIPE), false);
});

Deno.test("output that goes to no terminal is wanted byte for byte", async () => {
  assert.equal((await plan({}, PIPE, false)).binary, true);
  assert.equal((await plan({}, PIPE, true)).binary, false);
});

Deno.test("-t without a terminal to type at and a shell without one are refused", async () => {
  const refused = (code: string) => (error: unknown) =>
    error instanceof PortholeError && error.code === code;
  await assert.rejects(plan({ tty: true }, PIPE, true), refused("not_a_tty"));
  await assert.rejects(
    plan({ shell: true }, TERMINAL, false),
    refused("usage"),
  );
  await assert.rejects(plan({ shell: true }, PIPE, true), refused("usage"));
  await assert.rejects(
    plan({ shell: true, noStdin: true }, TERMINAL, true),
    refused("usage"),
  );
});
