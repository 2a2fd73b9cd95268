import assert from "node:assert/strict";
import * as v from "valibot";
import { buildManifest } from "../../../scripts/release/write_manifest.ts";
import { keepAssets, makeFacts } from "./release_facts_fixture.ts";

const https = v.pipe(v.string(), v.url(), v.startsWith("https://"));

/** What we use of Scoop's schema (schema.json of ScoopInstaller/Scoop), as strict as that is. */
const schema = v.strictObject({
  version: v.string(),
  description: v.string(),
  homepage: https,
  license: v.literal("MIT"),
  architecture: v.optional(
    v.strictObject({
      "64bit": v.strictObject({
        url: v.pipe(https, v.regex(/^[^$]*$/)),
        hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      }),
    }),
  ),
  bin: v.string(),
  notes: v.array(v.string()),
  checkver: v.strictObject({ github: https }),
  autoupdate: v.strictObject({
    architecture: v.strictObject({
      "64bit": v.strictObject({
        url: https,
        hash: v.strictObject({ url: v.pipe(v.string(), v.regex(/\$baseurl/)) }),
      }),
    }),
  }),
});

Deno.test("the manifest is one of Scoop's, and updates itself to the same names", () => {
  const manifest = v.parse(schema, buildManifest(makeFacts()));
  const { url, hash } = manifest.architecture?.["64bit"] ?? {};
  assert.equal(
    url,
    "https://github.com/acme/porthole/releases/download/v1.2.3/porthole_1.2.3_windows_x64.zip",
  );
  assert.equal(
    hash,
    makeFacts().checksums.get("porthole_1.2.3_windows_x64.zip"),
  );
  assert.match(manifest.notes.join(" "), /porthole plugin install --dir/);
  const next = manifest.autoupdate.architecture["64bit"];
  assert.equal(next.url.replaceAll("$version", "1.2.3"), url);
  assert.equal(
    next.hash.url.replace("$baseurl", (url ?? "").replace(/\/[^/]*$/, "")),
    "https://github.com/acme/porthole/releases/download/v1.2.3/checksums.txt",
  );
});

Deno.test("a manifest without a Windows archive tells only where versions are found", () => {
  const facts = keepAssets(makeFacts(), "linux");
  assert.equal(v.parse(schema, buildManifest(facts)).architecture, undefined);
});
