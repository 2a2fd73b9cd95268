import assert from "node:assert/strict";
import { createParameterReader } from "../../src/aws/read_parameter.ts";
import { type ApiAnswer, refuse, serveApi, withAwsEnv } from "./api_server.ts";
import { createRealDeps } from "../../src/real_deps.ts";

/** Asks the Parameter Store that `answer` plays for these names, one after the other. */
async function ask(
  names: readonly string[],
  answer: (name: string) => ApiAnswer,
) {
  const api = serveApi(({ input }) => answer(input.Name));
  const answers: unknown[] = [];
  try {
    await withAwsEnv({
      AWS_ACCESS_KEY_ID: "AKID",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_ENDPOINT_URL: api.endpoint,
    }, async () => {
      const read = createParameterReader({
        ...createRealDeps(),
        region: "eu-west-1",
        profile: undefined,
      });
      for (const name of names) {
        answers.push(await read(name).catch((error) => error));
      }
    });
  } finally {
    await api.close();
  }
  return { answers, requests: api.requests };
}

Deno.test("parameters are read decrypted, each once, in the region that was named", async () => {
  const { answers, requests } = await ask(
    ["/a", "/list", "/a"],
    (name) => ({
      Parameter: name === "/a"
        ? { Type: "SecureString", Value: "x,y" }
        : { Type: "StringList", Value: "x,y" },
    }),
  );
  assert.deepEqual(answers, [
    { value: "x,y", list: false },
    { value: "x,y", list: true },
    { value: "x,y", list: false },
  ]);
  assert.deepEqual(
    requests.map(({ operation, input }) => [operation, input]),
    ["/a", "/list"].map((Name) => [
      "GetParameter",
      { Name, WithDecryption: true },
    ]),
  );
  const signed = requests[0]?.headers.get("authorization") ?? "";
  assert.match(signed, /\/eu-west-1\/ssm\//);
});

Deno.test("a parameter that is not there is undefined, a refusal an error", async () => {
  const { answers } = await ask(
    ["/missing", "/secret"],
    (name) =>
      name === "/missing" ? refuse("ParameterNotFound", "") : refuse(
        "AccessDeniedException",
        "User: arn:aws:iam::1:user/ann is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:eu-west-1:1:parameter/secret",
      ),
  );
  assert.equal(answers[0], undefined);
  const error = answers[1] as { code?: string; message: string };
  assert.equal(error.code, "access_denied");
  assert.match(error.message, /ssm:GetParameter/);
});
