import type { AwsAccess } from "../../src/access/access.ts";
import { createAwsAccess } from "../../src/access/aws/create_aws_access.ts";
import { createAws } from "../../src/aws/create_aws.ts";
import {
  type ApiAnswer,
  type ApiRequest,
  refuse,
  serveApi,
  withAwsEnv,
} from "../aws/api_server.ts";
import { createRealDeps } from "../../src/real_deps.ts";

/** Runs `work` against an API that answers by operation; gives what was asked. */
export async function withAccess(
  answers: Readonly<Record<string, (request: ApiRequest) => ApiAnswer>>,
  work: (access: AwsAccess) => Promise<void>,
): Promise<readonly ApiRequest[]> {
  const api = serveApi((request) =>
    answers[request.operation]?.(request) ??
      refuse("AccessDeniedException", "no")
  );
  try {
    await withAwsEnv({
      AWS_ACCESS_KEY_ID: "A",
      AWS_SECRET_ACCESS_KEY: "B",
      AWS_MAX_ATTEMPTS: "1",
      AWS_ENDPOINT_URL: api.endpoint,
    }, async () => {
      const aws = createAws({
        ...createRealDeps(),
        region: "us-east-1",
        profile: undefined,
      });
      await work(createAwsAccess(aws));
    });
  } finally {
    await api.close();
  }
  return api.requests;
}
