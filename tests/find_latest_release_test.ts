import assert from "node:assert/strict";
import { PortholeError } from "../src/errors.ts";
import {
  findLatestRelease,
  isUpdate,
  type ReleaseSource,
} from "../src/find_latest_release.ts";

interface Asked {
  readonly path: string;
  readonly headers: Headers;
}

/** Asks a server of this machine in GitHub's place, over a real connection. */
async function ask(
  answer: (request: Request) => Response | Promise<Response>,
  parts: Partial<ReleaseSource> = {},
) {
  const asked: Asked[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked.push({ path: request.url, headers: request.headers });
      return answer(request);
    },
  );
  const release = await findLatestRelease({
    repository: "acme/porthole",
    version: "0.1.0",
    timeoutMs: 10_000,
    fetch: (url, init) => {
      const { origin, pathname } = new URL(url);
      assert.equal(origin, "https://api.github.com");
      return fetch(`http://127.0.0.1:${server.addr.port}${pathname}`, init);
    },
    ...parts,
  }).catch((error) => error);
  return { release, asked };
}

async function expectFailure(
  answer: Parameters<typeof ask>[0],
  message: RegExp,
  hint: RegExp = /^/,
  parts?: Partial<ReleaseSource>,
): Promise<void> {
  const { release } = await ask(answer, parts);
  assert.ok(release instanceof PortholeError, JSON.stringify(release));
  assert.equal(release.code, "update_unknown");
  assert.match(release.message, /^Cannot check for a newer version: /);
  assert.match(release.message, message);
  assert.match(release.hint ?? "", hint);
}

Deno.test("the latest release is found with one request that says who asks", async () => {
  const { release, asked } = await ask(() =>
    Response.json({ tag_name: "v1.2.3", html_url: "https://example.com/" })
  );
  assert.deepEqual(release, {
    version: "1.2.3",
    url: "https://github.com/acme/porthole/releases/tag/v1.2.3",
  });
  assert.equal(asked.length, 1);
  const [{ path, headers }] = asked as [Asked];
  assert.equal(new URL(path).pathname, "/repos/acme/porthole/releases/latest");
  assert.equal(headers.get("user-agent"), "porthole/0.1.0");
  assert.equal(headers.get("accept"), "application/vnd.github+json");
  assert.equal(headers.get("authorization"), null);
});

Deno.test("an answer that names no version is refused", async () => {
  const tag = (tag_name: unknown) => () => Response.json({ tag_name });
  const answers = [
    () => new Response("<!doctype html>"),
    () => new Response(""),
    () => Response.json(null),
    () => Response.json([]),
    () => Response.json({ tag_name: "v1.2.3", text: "x".repeat(5_000_000) }),
    ...[undefined, 3, "", "nightly", "v1.2", "v1.2.3\u001b[2J"].map(tag),
  ];
  for (const answer of answers) {
    await expectFailure(answer, /names no version$/, /network/);
  }
});

Deno.test("every refusal has its reason", async () => {
  const status = (status: number, headers = {}) => () =>
    new Response("{}", { status, headers });
  const limit = {
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": "1700000000",
  };
  const moved = { location: "http://127.0.0.1:1/" };
  await expectFailure(status(404), /acme\/porthole has published no version$/);
  await expectFailure(status(301, moved), /has moved \(status 301\)$/);
  await expectFailure(
    status(403, limit),
    /no more requests/,
    /after 2023-11-14T22:13:20.000Z$/,
  );
  await expectFailure(status(429), /no more requests/, /try again later/);
  await expectFailure(
    status(429, { "x-ratelimit-reset": "9".repeat(30) }),
    /no more requests/,
    /try again later/,
  );
  await expectFailure(status(403), /answers with status 403$/);
  await expectFailure(status(500), /answers with status 500$/, /HTTPS_PROXY/);
});

Deno.test("a server that keeps silent, or stops in the middle, is given up", async () => {
  const parts = { timeoutMs: 50 };
  const silence = Promise.withResolvers<Response>();
  const endless = new TransformStream<Uint8Array>();
  void endless.writable.getWriter().write(new TextEncoder().encode('{"tag'))
    .catch(() => {});
  const message = /did not answer within 0.05 s$/;
  await expectFailure(
    ({ signal }) => {
      signal.addEventListener("abort", () => silence.resolve(new Response()));
      return silence.promise;
    },
    message,
    /network/,
    parts,
  );
  await expectFailure(
    () => new Response(endless.readable),
    message,
    /network/,
    parts,
  );
});

Deno.test("a network that does not lead there is named", async () => {
  const failing = (reason: string) => ({
    fetch: () => Promise.reject(new TypeError(reason)),
  });
  const wrapped = "error sending request for url (https://api.github.com/x): ";
  await expectFailure(
    () => new Response(),
    /: api.github.com cannot be reached: Connection refused$/,
    /HTTPS_PROXY/,
    {
      fetch: (_, init) => fetch("http://127.0.0.1:81/", init),
    },
  );
  await expectFailure(
    () => new Response(),
    /cannot be reached: invalid peer certificate: UnknownIssuer$/,
    /DENO_CERT.*DENO_TLS_CA_STORE=system/,
    failing(
      `${wrapped}client error (Connect): invalid peer certificate: UnknownIssuer`,
    ),
  );
});

Deno.test("a build that knows no repository asks nobody", async () => {
  const { release, asked } = await ask(() => new Response(), {
    repository: "OWNER/porthole",
  });
  assert.ok(release instanceof PortholeError);
  assert.match(release.message, /has no repository set/);
  assert.deepEqual(asked, []);
});

Deno.test("an update is a later version, and no pre-release", () => {
  const ascending = ["0.9.9", "0.10.0-rc.1", "0.10.0", "0.10.1", "1.0.0"];
  for (const [at, version] of ascending.entries()) {
    for (const [other, current] of ascending.entries()) {
      const expected = at > other && !version.includes("-");
      assert.equal(isUpdate(version, current), expected, version + current);
    }
  }
});
