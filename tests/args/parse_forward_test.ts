import assert from "node:assert/strict";
import fc from "fast-check";
import { looksLikePort, parsePort } from "../../src/args/parse_port.ts";
import { PortholeError } from "../../src/errors.ts";
import { expectUsageError, parse } from "./parse.ts";

const ID = "0123456789abcdef0123456789abcdef";

function parseForward(words: readonly string[]) {
  const invocation = parse(["forward", ...words]);
  assert.equal(invocation.kind, "forward");
  return invocation as Extract<typeof invocation, { kind: "forward" }>;
}

Deno.test("forward takes a TARGET and ports in every form", () => {
  const { ports, shared, address, keepAlive, follow, output } = parseForward([
    "prod/web",
    "5432",
    "8080:80",
    "0:80",
    "db.internal:3306",
    "5433:db.internal:5432",
    "8081:[fd00::1]:80",
    "10.0.0.5:6379",
  ]);
  assert.deepEqual(ports, [
    { local: 5432, port: 5432 },
    { local: 8080, port: 80 },
    { local: 0, port: 80 },
    { local: 3306, host: "db.internal", port: 3306 },
    { local: 5433, host: "db.internal", port: 5432 },
    { local: 8081, host: "fd00::1", port: 80 },
    { local: 6379, host: "10.0.0.5", port: 6379 },
  ]);
  assert.equal(shared.service?.value, "web");
  assert.equal(shared.cluster?.value, "prod");
  assert.deepEqual([address, keepAlive, follow, output], [
    "127.0.0.1",
    true,
    false,
    "text",
  ]);
});

Deno.test("forward takes a task, a command and its flags", () => {
  const invocation = parseForward([
    "web",
    "80",
    "-c",
    "app",
    "--task-id",
    ID,
    "--no-keep-alive",
    "--address",
    "0.0.0.0",
    "--",
    "psql",
    "-p",
    "{port}",
  ]);
  assert.deepEqual(invocation.command, ["psql", "-p", "{port}"]);
  assert.deepEqual(invocation.task, { kind: "id", id: ID });
  assert.equal(invocation.container, "app");
  assert.equal(invocation.keepAlive, false);
  assert.equal(invocation.address, "0.0.0.0");
});

Deno.test("forward without a TARGET leaves the task to flags, the configuration and the picker", () => {
  const alone = parseForward(["8080:80", "db.internal:5432", "443"]);
  assert.deepEqual(alone.ports.map(({ port }) => port), [80, 5432, 443]);
  assert.deepEqual([alone.shared.service, alone.task], [undefined, undefined]);
  const task = parseForward(["--task-id", ID, ":80"]);
  assert.deepEqual(task.ports, [{ local: 0, port: 80 }]);
  assert.deepEqual(task.task, { kind: "id", id: ID });
  const service = parseForward(["--service", "web", "80", "8080"]);
  assert.equal(service.shared.service?.value, "web");
  assert.deepEqual(service.ports.map(({ local }) => local), [80, 8080]);
  // No port has such a number.
  assert.equal(parseForward(["65536", "80"]).shared.service?.value, "65536");
});

Deno.test("slips of forward", () => {
  expectUsageError(["forward"], "none was named", "8080:80");
  expectUsageError(["forward", "web"], "none was named", "8080:80");
  expectUsageError(["forward", "web", "http"], '"http"', "[LOCAL:][HOST:]PORT");
  expectUsageError(["forward", "web", "80:http"], '"80:http"', "0:80");
  expectUsageError(["forward", "web", "0"], "from 1 to 65535", "");
  expectUsageError(["forward", "web", "65536"], "from 1 to 65535", "");
  expectUsageError(["forward", "web", "70000:80"], "from 0 to 65535", "");
  expectUsageError(["forward", "web", "80:80:80"], '"80" is not a host', "");
  expectUsageError(["forward", "web", "::1:80"], '"::1:80"', "[fd00::1]");
  expectUsageError(["forward", "web", "[db]:80"], '"[db]" is not a host', "");
  expectUsageError(["forward", "web", "-x:80"], '"-x', "");
  expectUsageError(
    ["forward", "web", "127.0.0.1:8080:80"],
    "the local address",
    "8080:80 --address 127.0.0.1",
  );
  expectUsageError(
    ["forward", "web", "8080:80", "8080:81"],
    "local port 8080",
    "0:PORT",
  );
  expectUsageError(["forward", "web", "80", "--"], 'nothing follows "--"', "");
  expectUsageError(
    ["forward", "web", "80", "-o", "json", "--", "ls"],
    "stdout is the command's",
    "PORTHOLE_PORT",
  );
  expectUsageError(["forward", ID, "80", "--follow"], "--follow", "service");
  expectUsageError(
    ["forward", "web", ...Array.from({ length: 65 }, (_, at) => `${at + 1}`)],
    '"65": at most 64',
    "",
  );
  expectUsageError(
    ["forward", ...Array.from({ length: 65 }, (_, at) => `${at + 1}`)],
    '"65": at most 64',
    "",
  );
  // Two that are free are two.
  assert.equal(parseForward(["web", "0:80", "0:81"]).ports.length, 2);
});

Deno.test("any word is a port or a usage error, and a port can be written again", () => {
  const words = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom("0", "80", "65535", "db", ":", "[", "]", "-")).map(
      (parts) => parts.join(""),
    ),
  );
  fc.assert(fc.property(words, (word) => {
    try {
      const { local, host, port } = parsePort(word);
      assert(looksLikePort(word));
      const shown = host?.includes(":") ? `[${host}]` : host;
      const again = [local, ...(shown === undefined ? [] : [shown]), port]
        .join(":");
      assert.deepEqual(parsePort(again), parsePort(word));
    } catch (error) {
      assert(error instanceof PortholeError && error.code === "usage");
    }
  }));
});
