import { createHash } from "node:crypto";
import { runProgram } from "../docker/engine/run_program.ts";
import { startConnectProxy } from "../sandbox/start_connect_proxy.ts";

/** Stands in for every API that gives credentials, and for ECS, under AWS's own names. */
export interface StandInAws {
  /** What leads there: a proxy, the certificate to trust, and a home of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** For `~/.aws` and what lies below it. */
  readonly home: string;
  /** Where plain HTTP is answered: instance metadata, a container's credentials, an endpoint_url. */
  readonly plain: string;
  /** What was asked since it was last read: `sts.eu-west-1 AssumeRole as AKIDBASE`. */
  takeRequests(): readonly string[];
  /** Answers the next requests whose line begins so with an error. */
  refuse(line: string, status: number, body: object | string): void;
  close(): Promise<void>;
}

const REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "eu-north-1"];

/** The key that credentials of `source` have, so that a later request shows whose it is. */
export function keyOf(source: string): string {
  return `ASIA${source.replaceAll(/\W/g, "").toUpperCase()}`;
}

/**
 * Starts it on loopback: names lead there by a proxy, so that they are AWS's own, with TLS between.
 * Needs openssl.
 */
export async function startStandInAws(): Promise<StandInAws> {
  const home = await Deno.makeTempDir({ prefix: "porthole-aws-" });
  await makeCertificate(home);
  const requests: string[] = [];
  const refusals: { line: string; status: number; body: string }[] = [];

  async function answer(http: Request): Promise<Response> {
    const url = new URL(http.url);
    const text = await http.text();
    const line = describe(http, url, text);
    requests.push(line);
    const at = refusals.findIndex((refusal) => line.startsWith(refusal.line));
    const refusal = at < 0 ? undefined : refusals.splice(at, 1)[0];
    if (refusal !== undefined) {
      const type = refusal.body.startsWith("<") ? "text/xml" : JSON_TYPE;
      return new Response(refusal.body, {
        status: refusal.status,
        headers: { "content-type": type },
      });
    }
    return answerRequest(url, text, http);
  }

  const secure = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    cert: await Deno.readTextFile(`${home}/server.pem`),
    key: await Deno.readTextFile(`${home}/server.key`),
    onListen() {},
  }, answer);
  const plain = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    answer,
  );
  const everyName = new Proxy({}, {
    get: () => `127.0.0.1:${secure.addr.port}`,
  });
  const proxy = await startConnectProxy({ hosts: everyName });
  return {
    env: {
      HOME: home,
      HTTPS_PROXY: proxy.url,
      AWS_CA_BUNDLE: `${home}/ca.pem`,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_MAX_ATTEMPTS: "1",
    },
    home,
    plain: `http://127.0.0.1:${plain.addr.port}`,
    takeRequests: () => requests.splice(0),
    refuse: (line, status, body) =>
      refusals.push({
        line,
        status,
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    close: async () => {
      await proxy.close();
      await Promise.all([secure.shutdown(), plain.shutdown()]);
      await Deno.remove(home, { recursive: true });
    },
  };
}

/** Where the AWS CLI keeps a sign-in: `sso` by its session or start URL, `login` by its session. */
export function tokenPath(kind: "sso" | "login", name: string): string {
  const algorithm = kind === "sso" ? "sha1" : "sha256";
  const hash = createHash(algorithm).update(name).digest("hex");
  return `.aws/${kind}/cache/${hash}.json`;
}

const JSON_TYPE = "application/x-amz-json-1.1";

function describe(
  http: Request,
  url: URL,
  text: string,
): string {
  const key = /Credential=(\w+)\/\d+\/([\w-]+)\//.exec(
    http.headers.get("authorization") ?? "",
  );
  const operation = http.headers.get("x-amz-target")?.split(".").at(-1) ??
    new URLSearchParams(text).get("Action") ??
    `${http.method} ${url.pathname}`;
  const place = url.host.replace(/\.amazonaws\.com(:443)?$/, "")
    .replace(/^127\.0\.0\.1:\d+$/, "plain");
  const signer = key === null
    ? ""
    : ` as ${key[1]}${place.includes(key[2] ?? "") ? "" : ` for ${key[2]}`}`;
  const code = new URLSearchParams(text).get("TokenCode");
  return `${place} ${operation}${signer}${
    code === null ? "" : ` with ${code}`
  }`;
}

function answerRequest(url: URL, text: string, http: Request): Response {
  const form = new URLSearchParams(text);
  const action = form.get("Action");
  if (action?.startsWith("AssumeRole")) {
    return answerSts(action, nameOf(form.get("RoleArn") ?? ""));
  }
  if (url.pathname === "/federation/credentials") {
    return Response.json({
      roleCredentials: {
        accessKeyId: keyOf(`sso ${url.searchParams.get("role_name")}`),
        secretAccessKey: "secret",
        sessionToken: `of ${http.headers.get("x-amz-sso_bearer_token")}`,
        expiration: Date.now() + 3_600_000,
      },
    });
  }
  if (url.pathname === "/token") {
    return Response.json({
      accessToken: "renewed",
      expiresIn: 28800,
      refreshToken: "next",
      tokenType: "Bearer",
    });
  }
  if (url.pathname === "/v1/token") {
    if (http.headers.get("dpop") === null) {
      return new Response("{}", { status: 400 });
    }
    return Response.json({
      accessToken: {
        accessKeyId: keyOf("renewed login"),
        secretAccessKey: "secret",
        sessionToken: "token",
      },
      tokenType: "aws_sigv4",
      expiresIn: 900,
      refreshToken: "next",
    });
  }
  if (url.pathname === "/container") {
    return Response.json({
      AccessKeyId: keyOf("container"),
      SecretAccessKey: "secret",
      Token: "token",
      Expiration: inAnHour(),
    });
  }
  if (url.pathname === "/latest/api/token") return new Response("imds-token");
  const role = "/latest/meta-data/iam/security-credentials/";
  if (url.pathname === role) return new Response("web-role");
  if (url.pathname === `${role}web-role`) {
    return Response.json({
      Code: "Success",
      AccessKeyId: keyOf("instance"),
      SecretAccessKey: "secret",
      Token: "token",
      Expiration: inAnHour(),
    });
  }
  if (url.pathname === "/latest/meta-data/placement/region") {
    return new Response("eu-north-1");
  }
  return new Response('{"clusterArns":[]}', {
    headers: { "content-type": JSON_TYPE },
  });
}

function answerSts(action: string, role: string): Response {
  const xml =
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">` +
    `<${action}Result><Credentials><AccessKeyId>${keyOf(role)}</AccessKeyId>` +
    `<SecretAccessKey>secret</SecretAccessKey>` +
    `<SessionToken>token</SessionToken>` +
    `<Expiration>${inAnHour()}</Expiration></Credentials>` +
    `<AssumedRoleUser><AssumedRoleId>A:x</AssumedRoleId>` +
    `<Arn>arn:aws:sts::1:assumed-role/${role}/x</Arn></AssumedRoleUser>` +
    `</${action}Result></${action}Response>`;
  return new Response(xml, { headers: { "content-type": "text/xml" } });
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function inAnHour(): string {
  return new Date(Date.now() + 3_600_000).toISOString();
}

/** One for all names of AWS's APIs in these regions. */
async function makeCertificate(folder: string): Promise<void> {
  const names = REGIONS.flatMap((region) => [
    `*.${region}.amazonaws.com`,
    `*.sso.${region}.amazonaws.com`,
    `${region}.signin.aws.amazon.com`,
  ]);
  const openssl = (...args: string[]) =>
    runProgram("openssl", args, { cwd: folder });
  const newKey = (name: string) => [
    ..."-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(" "),
    ...["-keyout", `${name}.key`, "-subj", `/CN=${name}`],
  ];
  await openssl(
    ...["req", "-x509", ...newKey("ca"), "-days", "2", "-out", "ca.pem"],
  );
  await openssl("req", ...newKey("server"), "-out", "server.csr");
  const list = names.map((name) => `DNS:${name}`).join(",");
  await Deno.writeTextFile(
    `${folder}/server.ext`,
    `subjectAltName=${list}\nextendedKeyUsage=serverAuth\n`,
  );
  await openssl(
    ..."x509 -req -in server.csr -CA ca.pem -CAkey ca.key".split(" "),
    ..."-CAcreateserial -days 2 -extfile server.ext -out server.pem".split(" "),
  );
}
