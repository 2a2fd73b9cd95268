import assert from "node:assert/strict";
import { keepAbsolute } from "../src/absolute_path.ts";

for (
  const [path, platform, kept] of [
    ["/usr/bin:/bin", "linux", "/usr/bin:/bin"],
    [":/usr/bin", "linux", "/usr/bin"],
    ["/usr/bin:", "linux", "/usr/bin"],
    ["/a::/b", "darwin", "/a:/b"],
    [".:./x:x:../y:~/bin:/a b", "linux", "/a b"],
    ["", "linux", "/"],
    [".", "linux", "/"],
    ['C:\\a;;.;x;\\b;"D:\\c d";C:x', "windows", 'C:\\a;\\b;"D:\\c d"'],
  ] as const
) {
  Deno.test(`PATH ${JSON.stringify(path)} on ${platform}`, () => {
    assert.equal(keepAbsolute(path, platform), kept);
  });
}
