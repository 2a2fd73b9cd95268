import assert from "node:assert/strict";
import { withBundle } from "../../../scripts/bundle.ts";
import { projectRoot } from "../../../scripts/project.ts";
import {
  buildBill,
  findBundledPackages,
} from "../../../scripts/release/write_sbom.ts";

const lock = {
  npm: {
    "@scope/name@1.0.0": {
      integrity: "sha512-AAEC",
      dependencies: ["dep@2.0.0"],
    },
    "dep@2.0.0": { integrity: "sha512-/w==", dependencies: ["build-only"] },
    "build-only@3.0.0": { integrity: "sha512-AA==" },
  },
};
const subject = {
  version: "1.2.3",
  repository: "Acme/porthole",
  denoVersion: "2.7.11",
  time: 1_795_316_989,
};
const packages = ["@scope/name@1.0.0", "dep@2.0.0"];

Deno.test("the bill names each package, its checksum, and what it depends on of the others", () => {
  const bill = buildBill(packages, lock, subject);
  assert.equal(bill["bomFormat"], "CycloneDX");
  assert.equal(bill["specVersion"], "1.6");
  assert.match(
    `${bill["serialNumber"]}`,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  const [deno, ...libraries] = bill["components"] as unknown[];
  assert.equal(
    (deno as { purl: string }).purl,
    "pkg:github/denoland/deno@v2.7.11",
  );
  assert.deepEqual(libraries, [
    {
      type: "library",
      "bom-ref": "pkg:npm/%40scope/name@1.0.0",
      group: "@scope",
      name: "name",
      version: "1.0.0",
      purl: "pkg:npm/%40scope/name@1.0.0",
      hashes: [{ alg: "SHA-512", content: "000102" }],
    },
    {
      type: "library",
      "bom-ref": "pkg:npm/dep@2.0.0",
      name: "dep",
      version: "2.0.0",
      purl: "pkg:npm/dep@2.0.0",
      hashes: [{ alg: "SHA-512", content: "ff" }],
    },
  ]);
  assert.deepEqual(bill["dependencies"], [
    {
      ref: "pkg:github/acme/porthole@v1.2.3",
      dependsOn: [
        "pkg:github/denoland/deno@v2.7.11",
        "pkg:npm/%40scope/name@1.0.0",
        "pkg:npm/dep@2.0.0",
      ],
    },
    { ref: "pkg:npm/%40scope/name@1.0.0", dependsOn: ["pkg:npm/dep@2.0.0"] },
    { ref: "pkg:npm/dep@2.0.0", dependsOn: [] },
  ]);
});

Deno.test("the same bill has the same number, another one another", () => {
  const number = (version: string) =>
    buildBill(packages, lock, { ...subject, version })["serialNumber"];
  assert.equal(number("1.2.3"), number("1.2.3"));
  assert.notEqual(number("1.2.3"), number("1.2.4"));
});

Deno.test("a package without a checksum in deno.lock is refused", () => {
  assert.throws(() => buildBill(["other@1.0.0"], lock, subject), {
    message: "Cannot list other@1.0.0: deno.lock has no sha512 checksum of it",
  });
});

Deno.test("the bundle tells which packages it holds, and deno.lock has each", async () => {
  const found = await withBundle(findBundledPackages, { minify: false });
  const names = found.map((id) => id.slice(0, id.lastIndexOf("@")));
  for (const name of ["@aws-sdk/client-ecs", "valibot", "yaml"]) {
    assert.ok(names.includes(name), name);
  }
  // Tests need these, the program does not.
  for (const name of ["fast-check", "@lydell/node-pty", "@types/ws"]) {
    assert.ok(!names.includes(name), name);
  }
  const real = JSON.parse(await Deno.readTextFile(`${projectRoot}deno.lock`));
  buildBill(found, real, subject);
});

Deno.test("a bundle that names nothing is refused", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/main.js`, "console.log(1);\n");
    await assert.rejects(findBundledPackages(folder), /names no package$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
