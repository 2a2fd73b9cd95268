/**
 * Writes the bill of materials: CycloneDX 1.6, of what the binary holds and nothing else. Which packages
 * these are, the bundle says; their checksums and what they depend on, deno.lock.
 */
import { createHash } from "node:crypto";
import { withBundle } from "../bundle.ts";
import { findRepository } from "../find_repository.ts";
import { projectRoot, readDenoVersion, readManifest } from "../project.ts";
import { readPackingTime } from "../read_commit.ts";
import { runScript } from "../run_script.ts";
import { releaseFolder } from "./release_folder.ts";

/** What deno.lock says of its npm packages, by `name@version`. */
export interface LockFile {
  readonly npm: Readonly<
    Record<string, {
      /** A Subresource Integrity value: `sha512-` and base64. */
      readonly integrity: string;
      /** `name`, or `name@version` where there are several. */
      readonly dependencies?: readonly string[];
    }>
  >;
}

/** What a bill is about. */
export interface BillSubject {
  readonly version: string;
  /** `OWNER/NAME` on GitHub. */
  readonly repository: string;
  readonly denoVersion: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** The file's name, e.g. `porthole_1.2.3_sbom.cdx.json`. */
export function nameBill(version: string): string {
  return `porthole_${version}_sbom.cdx.json`;
}

/**
 * Finds the packages, as `name@version`, whose files the bundler has put into the modules of a folder:
 * it names each file in a comment.
 */
export async function findBundledPackages(folder: string): Promise<string[]> {
  const found = new Set<string>();
  const comment = /^\/\/ npm:((?:@[^/\s]+\/)?[^/\s]+)\/(\d[^/\s]*)\//gm;
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    for (const [, pkg, version] of text.matchAll(comment)) {
      found.add(`${pkg}@${version}`);
    }
  }
  if (found.size === 0) {
    throw new Error(
      "Cannot tell what the binary holds: the bundle names no package",
    );
  }
  return [...found].sort();
}

/** Builds the bill as a plain object; throws for a package that the lock file does not have. */
export function buildBill(
  packages: readonly string[],
  lock: LockFile,
  { version, repository, denoVersion, time }: BillSubject,
): Record<string, unknown> {
  const self = {
    type: "application",
    "bom-ref": `pkg:github/${repository.toLowerCase()}@v${version}`,
    name: "porthole",
    version,
    purl: `pkg:github/${repository.toLowerCase()}@v${version}`,
    licenses: [{ license: { id: "MIT" } }],
  };
  const deno = {
    type: "platform",
    "bom-ref": `pkg:github/denoland/deno@v${denoVersion}`,
    name: "deno",
    version: denoVersion,
    purl: `pkg:github/denoland/deno@v${denoVersion}`,
    licenses: [{ license: { id: "MIT" } }],
  };
  const components = packages.map((id) => buildComponent(id, lock));
  const refs = new Map(packages.map((id) => [id, makePurl(id)]));
  const dependencies = packages.map((id) => ({
    ref: makePurl(id),
    dependsOn: (lock.npm[id]?.dependencies ?? [])
      .flatMap((name) => refs.get(findPackage(name, packages)) ?? [])
      .sort(),
  }));
  const content = {
    metadata: {
      timestamp: new Date(time * 1000).toISOString().replace(".000Z", "Z"),
      component: self,
    },
    components: [deno, ...components],
    dependencies: [
      { ref: self["bom-ref"], dependsOn: [deno["bom-ref"], ...refs.values()] },
      ...dependencies,
    ],
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${makeUuid(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
}

function buildComponent(id: string, lock: LockFile): Record<string, unknown> {
  const integrity = lock.npm[id]?.integrity;
  const sum = integrity?.match(/^sha512-(.+)$/)?.[1];
  if (sum === undefined) {
    throw new Error(
      `Cannot list ${id}: deno.lock has no sha512 checksum of it`,
    );
  }
  const content = [...Uint8Array.fromBase64(sum)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const [name, version] = splitId(id);
  const [group, short] = name.startsWith("@")
    ? name.split("/")
    : [undefined, name];
  return {
    type: "library",
    "bom-ref": makePurl(id),
    ...(group === undefined ? {} : { group }),
    name: short,
    version,
    purl: makePurl(id),
    hashes: [{ alg: "SHA-512", content }],
  };
}

/** deno.lock leaves the version out where it has one of a package only. */
function findPackage(name: string, packages: readonly string[]): string {
  return packages.find((id) => id === name || splitId(id)[0] === name) ?? name;
}

function splitId(id: string): [name: string, version: string] {
  const at = id.lastIndexOf("@");
  return [id.slice(0, at), id.slice(at + 1)];
}

/** A package URL; its specification wants the @ of a scope as %40. */
function makePurl(id: string): string {
  return `pkg:npm/${id.replace(/^@/, "%40")}`;
}

/** A UUID made of a text: the same bill always has the same number (RFC 9562, version 8). */
function makeUuid(text: string): string {
  const bytes = createHash("sha256").update(text).digest().subarray(0, 16);
  bytes[6] = (bytes[6] ?? 0) & 0x0f | 0x80;
  bytes[8] = (bytes[8] ?? 0) & 0x3f | 0x80;
  return bytes.toString("hex").replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    "$1-$2-$3-$4-$5",
  );
}

/** Writes the bill of this work tree's binary into a folder, and returns its path. */
export async function writeBill(folder: string): Promise<string> {
  const packages = await withBundle(findBundledPackages, { minify: false });
  const lock = JSON.parse(await Deno.readTextFile(`${projectRoot}deno.lock`));
  const { version } = readManifest();
  const bill = buildBill(packages, lock, {
    version,
    repository: await findRepository(),
    denoVersion: readDenoVersion(),
    time: await readPackingTime(),
  });
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}${nameBill(version)}`;
  await Deno.writeTextFile(path, `${JSON.stringify(bill, undefined, 2)}\n`);
  return path;
}

if (import.meta.main) {
  await runScript(async () => console.log(await writeBill(releaseFolder)));
}
