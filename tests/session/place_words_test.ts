import assert from "node:assert/strict";
import { placeWords } from "../../src/session/place_words.ts";
import { runWrapped } from "./run_wrapped.ts";

const root = Deno.build.os === "linux" && Deno.uid() === 0;
const HOST = { name: "sh", argv: ["/bin/sh"] } as const;
const ID = ["sh", "-c", 'echo "$(id -u):$(id -g)"; exit 7'];

Deno.test("without a placement words stay as they are", () => {
  assert.deepEqual(placeWords(["a", "b c"], {}), ["a", "b c"]);
});

for (
  const [user, expected] of [["daemon", "1:1\n"], ["1", "1:1\n"], [
    "1:2",
    "1:2\n",
  ]] as const
) {
  Deno.test({
    name: `as user ${user}, with the command's own status`,
    ignore: !root,
    fn: async () => {
      const result = await runWrapped(HOST, placeWords(ID, { user }));
      assert.deepEqual([result.output.toString(), result.status], [
        expected,
        7,
      ]);
    },
  });
}

Deno.test({
  name: "with su alone",
  ignore: !root,
  fn: async () => {
    const shell = { ...HOST, tools: ["sh", "su", "true", "id", "stty"] };
    const result = await runWrapped(shell, placeWords(ID, { user: "daemon" }));
    assert.deepEqual([result.output.toString(), result.status], ["1:1\n", 7]);
  },
});

Deno.test({
  name: "variables are set last: those of the other user do not undo them",
  ignore: !root,
  fn: async () => {
    const env = [
      { name: "HOME", value: "/here" },
      { name: "PATH", value: "/usr/bin:/bin:/own" },
    ];
    const show = 'echo "$(id -un) $HOME $PATH ${PORTHOLE_ENV-none}"';
    const words = placeWords(["sh", "-c", show], { user: "daemon", env });
    for (const tools of [undefined, ["sh", "su", "true", "stty"]]) {
      const shell = tools === undefined ? HOST : { ...HOST, tools };
      const result = await runWrapped(shell, words, { env });
      assert.equal(
        result.output.toString(),
        "daemon /here /usr/bin:/bin:/own none\n",
      );
    }
  },
});

Deno.test("no way to become the user is 126 and says so", async () => {
  const shell = { ...HOST, tools: ["sh", "true", "id", "stty"] };
  const result = await runWrapped(shell, placeWords(ID, { user: "daemon" }));
  assert.match(
    result.startFailure ?? "",
    /^cannot run as user daemon: there is no such/,
  );
  assert.equal(result.status, 126);
});
