/** A request as a test's API sees it. */
export interface ApiRequest {
  readonly operation: string;
  // deno-lint-ignore no-explicit-any
  readonly input: any;
  readonly headers: Headers;
  readonly url: URL;
}

/** An answer in JSON, or a whole response. */
export type ApiAnswer = object | Response;

/** Serves AWS's JSON protocol on loopback, from one function. */
export function serveApi(
  answer: (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>,
): {
  readonly endpoint: string;
  readonly requests: readonly ApiRequest[];
  readonly close: () => Promise<void>;
} {
  const requests: ApiRequest[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (http) => {
      const text = await http.text();
      const request = {
        operation: http.headers.get("x-amz-target")?.split(".").at(-1) ?? "",
        input: text.startsWith("{") ? JSON.parse(text) : text,
        headers: http.headers,
        url: new URL(http.url),
      };
      requests.push(request);
      const result = await answer(request);
      return result instanceof Response ? result : json(result);
    },
  );
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    requests,
    close: () => server.shutdown(),
  };
}

/** An error in AWS's JSON protocol. */
export function refuse(type: string, message: string, status = 400): Response {
  return json({ __type: type, message }, status);
}

function json(body: object, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/x-amz-json-1.1" },
  });
}

/** Runs `work` with these environment variables and no other AWS_* ones; the SDK reads the process's. */
export async function withAwsEnv(
  variables: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> {
  const names = () =>
    Object.keys(Deno.env.toObject()).filter((name) => name.startsWith("AWS_"));
  const before = Object.fromEntries(
    names().map((name) => [name, Deno.env.get(name) ?? ""]),
  );
  for (const name of names()) Deno.env.delete(name);
  const apply = (all: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(all)) Deno.env.set(name, value);
  };
  // No file of the machine's user, no instance metadata: neither is the test's.
  apply({
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    ...variables,
  });
  try {
    await work();
  } finally {
    for (const name of names()) Deno.env.delete(name);
    apply(before);
  }
}
