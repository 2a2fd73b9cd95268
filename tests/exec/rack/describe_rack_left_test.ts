import assert from "node:assert/strict";
import { describeRackLeft } from "../../../src/exec/rack/describe_rack_left.ts";

Deno.test("what ends a command that is left names the rack as it was chosen, and never a password", () => {
  const place = { cluster: "app", task: "0123456789ab" };
  const left = { pid: 7 };
  assert.match(
    describeRackLeft(left, { rack: "prod", ...place }),
    /porthole exec --rack prod --cluster app --task-id 0123456789ab --command 'kill -TERM -7'$/,
  );
  const hidden = describeRackLeft(left, {
    rack: "https://convox:secret@rack.example.com",
    ...place,
  });
  assert.match(hidden, /porthole exec --cluster app/);
  assert.ok(!hidden.includes("secret"));
});
