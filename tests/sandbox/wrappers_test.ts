import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { isImageAvailable } from "./container_image.ts";
import { payloadTypes } from "./message_codec.ts";
import { withSession } from "./with_session.ts";

// What was measured to work with AWS's own agent has to work here as well.
const quote = (text: string) => `'${text.replaceAll("'", `'"'"'`)}'`;
const withStdin = (command: string) =>
  `sh -c ${
    quote(
      "stty -echo -opost noflsh 2>/dev/null; trap : INT QUIT; printf RDY; " +
        'base64 -d 2>/dev/null | { trap : INT QUIT; sh -c "$1"; ' +
        'printf "\\036PH:N:%d\\036" $?; cat >/dev/null; }',
    )
  } ph ${quote(command)}`;

for (const image of ["dash", "bash", "busybox"] as const) {
  const ignore = !isImageAvailable(image);
  Deno.test({
    name: `the exit marker is the last of the output: ${image}`,
    ignore,
    fn: async () => {
      for (
        const [command, status] of [
          ["exit 0", 0],
          ["exit 7", 7],
          ["nosuchcommand", 127],
          ["/etc/passwd", 126],
          ["kill -9 $$", 137],
          ["kill -TERM $$", 143],
          ["head -c 100000 /dev/zero", 0],
        ] as const
      ) {
        await withSession(
          `sh -c ${
            quote(`sh -c ${quote(command)}; printf "\\036PH:N:%d\\036" $?`)
          }`,
          async (client) => {
            assert.equal(await client.closed(), "");
            assert.ok(
              client.output().toString().endsWith(`\x1ePH:N:${status}\x1e`),
              `${command}: ${client.output().toString().slice(-80)}`,
            );
          },
          { image },
        );
      }
    },
  });

  Deno.test({
    name: `stdin as base64 lines with an EOF: ${image}`,
    ignore,
    fn: () =>
      withSession(withStdin("sha256sum; exit 5"), async (client) => {
        await client.waitFor((one) => one.output().includes("RDY"));
        const data = crypto.getRandomValues(new Uint8Array(65_000));
        const text = Buffer.from(data).toString("base64");
        for (let i = 0; i < text.length; i += 1023) {
          client.send(
            payloadTypes.output,
            Buffer.from(text.slice(i, i + 1023) + "\n"),
          );
        }
        client.type("\n\x04");
        await client.waitFor((one) => one.output().includes("\x1e"));
        client.type("\n\x04");
        await client.closed();
        const sum = createHash("sha256").update(data).digest("hex");
        assert.equal(
          client.output().toString().replace(/ +-/, ""),
          `RDY${sum}\n\x1ePH:N:5\x1e`,
        );
      }, { image }),
  });
}
