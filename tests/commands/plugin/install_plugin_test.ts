import assert from "node:assert/strict";
import { installPlugin } from "../../../src/commands/plugin/install_plugin.ts";
import type { Deps } from "../../../src/deps.ts";
import { recordLog } from "../../exec/fake_log.ts";

const LINK = "/opt/bin/session-manager-plugin";
const AWS_OWN = "/usr/bin/session-manager-plugin";

/** Installs where these paths lead to these programs; PATH is /usr/bin and /opt/bin. */
async function install(
  leads: Readonly<Record<string, string>>,
  { dir, force = false, refuse, compiled = true, path = "/usr/bin:/opt/bin" }: {
    readonly dir?: string;
    readonly force?: boolean;
    readonly refuse?: Error;
    readonly compiled?: boolean;
    readonly path?: string;
  } = {},
) {
  const links = new Map(Object.entries(leads));
  const { log, said } = recordLog();
  const made: string[] = [];
  const deps = {
    platform: "linux",
    cwd: () => "/home/me",
    env: (name: string) => name === "PATH" ? path : undefined,
    ...(compiled ? { programPath: "/opt/bin/porthole" } : {}),
    isExecutable: (file: string) => Promise.resolve(links.has(file)),
    realPath: (file: string) => {
      const found = file === "/opt/bin/porthole" ? file : links.get(file);
      return found === undefined || found === "nowhere"
        ? Promise.reject(new Deno.errors.NotFound(file))
        : Promise.resolve(found);
    },
    makeLink(program: string, file: string) {
      if (refuse !== undefined) return Promise.reject(refuse);
      made.push(file);
      links.set(file, program);
      return Promise.resolve();
    },
  } as unknown as Deps;
  const report = await installPlugin(
    { dir, force } as Parameters<typeof installPlugin>[0],
    deps,
    log,
  ).catch((error) => error);
  return { report, made, said };
}

Deno.test("the link is made beside the program, or in the folder that is named", async () => {
  const beside = await install({});
  assert.deepEqual(beside.report, { stdout: `${LINK}\n`, status: 0 });
  assert.deepEqual([beside.made, beside.said], [[LINK], []]);
  const named = await install({}, { dir: "bin/" });
  assert.deepEqual(named.made, ["/home/me/bin/session-manager-plugin"]);
  assert.match(
    named.said.join(),
    /^warn: The folder of the link is not in PATH/,
  );
});

Deno.test("a link of porthole's own, or one that leads nowhere, is made again", async () => {
  for (const leads of ["/old/porthole", "nowhere"]) {
    assert.deepEqual((await install({ [LINK]: leads })).made, [LINK]);
  }
});

Deno.test("another plugin, in PATH or in the link's place, is left alone but for --force", async () => {
  for (const other of [AWS_OWN, LINK]) {
    const refused = await install({ [other]: "/aws/plugin" });
    assert.equal(refused.report.code, "cannot_link");
    assert.deepEqual(refused.made, []);
    assert((await install({ [other]: "/aws/plugin" }, { force: true })).made);
  }
  const elsewhere = await install(
    { "/srv/session-manager-plugin": "/aws/plugin" },
    { dir: "/srv" },
  );
  assert.equal(elsewhere.report.code, "cannot_link");
  assert.match(elsewhere.report.hint, /--force puts a link in its place/);
  const forced = await install({ [AWS_OWN]: "/aws/plugin" }, { force: true });
  assert.deepEqual(forced.made, [LINK]);
  assert.match(forced.said.join(), /^warn: PATH has another one first: /);
});

Deno.test("what keeps a link from being made: a file there, no right to write, no program of one's own", async () => {
  const rows = [
    [new Deno.errors.AlreadyExists(""), /is a file, and not a link/],
    [new Error("read-only"), /read-only/],
  ] as const;
  for (const [refuse, message] of rows) {
    const { report } = await install({}, { refuse });
    assert.equal(report.code, "cannot_link");
    assert.match(report.message, message);
  }
  const { report, made } = await install({}, { compiled: false });
  assert.match(report.message, /only the compiled program/);
  assert.deepEqual(made, []);
});
