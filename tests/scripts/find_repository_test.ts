import assert from "node:assert/strict";
import { readRemote } from "../../scripts/find_repository.ts";

Deno.test("readRemote finds the repository in every form of a GitHub address", () => {
  for (
    const address of [
      "https://github.com/acme/porthole",
      "https://github.com/acme/porthole.git",
      "https://me:token@github.com/acme/porthole.git/",
      "git@github.com:acme/porthole.git",
      "ssh://git@github.com/acme/porthole",
    ]
  ) {
    assert.equal(readRemote(address), "acme/porthole", address);
  }
  assert.equal(
    readRemote("git@github.com:a.b-c/por.thole.git"),
    "a.b-c/por.thole",
  );
});

Deno.test("readRemote takes no other address for one", () => {
  for (
    const address of [
      "",
      "/srv/git/porthole.git",
      "https://example.com/acme/porthole",
      "https://github.com.example.com/acme/porthole",
      "https://github.com/acme",
      "https://github.com/acme/porthole/tree/main",
    ]
  ) {
    assert.equal(readRemote(address), undefined, address);
  }
});
