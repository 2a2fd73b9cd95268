import assert from "node:assert/strict";
import { projectRoot, readManifest } from "../../../scripts/project.ts";
import {
  checkVersion,
  isPrerelease,
} from "../../../scripts/release/check_version.ts";
import { readSection } from "../../../scripts/release/read_changelog.ts";

Deno.test("a tag is the version with a v", () => {
  checkVersion("1.2.3");
  checkVersion("1.2.3", "v1.2.3");
  checkVersion("1.2.3-rc.1", "v1.2.3-rc.1");
  for (const tag of ["1.2.3", "v1.2.4", "v1.2.3-rc.1", ""]) {
    assert.throws(() => checkVersion("1.2.3", tag), {
      message:
        `Cannot release tag "${tag}": the version in deno.json is 1.2.3, so the tag is v1.2.3`,
    });
  }
  for (
    const version of ["1.2", "v1.2.3", "1.2.3 ", "1.2.3+build", "../1.2.3"]
  ) {
    assert.throws(() => checkVersion(version), /it is not of the form 1\.2\.3/);
  }
});

Deno.test("a version with a hyphen is a pre-release", () => {
  assert.equal(isPrerelease("1.2.3"), false);
  assert.equal(isPrerelease("1.2.3-rc.1"), true);
});

Deno.test("the changelog has a section for the version in deno.json", async () => {
  const { version } = readManifest();
  const text = await Deno.readTextFile(`${projectRoot}CHANGELOG.md`);
  assert.match(readSection(text, version), /^### (Added|Changed|Fixed)|^\w/);
});

Deno.test("a section ends where the next one or the links begin", () => {
  const text = `# Changelog

## [Unreleased]

## [1.1.0] - 2026-02-03

### Added

- A thing.

## [1.0.0] - 2026-01-02

- The first.

[1.0.0]: https://example.com
`;
  assert.equal(readSection(text, "1.1.0"), "### Added\n\n- A thing.");
  assert.equal(readSection(text, "1.0.0"), "- The first.");
});

Deno.test("a changelog without the version, its date or a word about it is refused", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["## [1.0.0] - 2026-01-02\n\n- x", /it has no "## \[1\.1\.0\] - DATE"$/],
    ["## 1.1.0 - 2026-01-02\n\n- x", /Cannot find version 1\.1\.0/],
    ["## [1.1.0]\n\n- x", /Cannot read CHANGELOG\.md:1: "## \[1\.1\.0\]"/],
    ["\n## [1.1.0] - soon\n\n- x", /CHANGELOG\.md:2: .* YYYY-MM-DD"$/],
    ["## [1.1.0] - 2026-01-02\n\n## [1.0.0]", /it says nothing about 1\.1\.0$/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => readSection(text, "1.1.0"), message);
  }
});
