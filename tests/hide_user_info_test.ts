import assert from "node:assert/strict";
import { hideUserInfo } from "../src/hide_user_info.ts";

for (
  const [text, shown] of [
    [
      "https://convox:secret@rack.example.com/x",
      "https://...@rack.example.com/x",
    ],
    ["https://secret@rack.example.com", "https://...@rack.example.com"],
    ["https://a:p@ss@rack.example.com", "https://...@rack.example.com"],
    ["https://rack.example.com/a@b", "https://rack.example.com/a@b"],
    ["staging", "staging"],
  ] as const
) {
  Deno.test(`a URL is shown without its user: ${shown}`, () => {
    assert.equal(hideUserInfo(text), shown);
  });
}
