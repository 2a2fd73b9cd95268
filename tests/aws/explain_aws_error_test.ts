import assert from "node:assert/strict";
import { explainAwsError } from "../../src/aws/explain_aws_error.ts";
import type { ExecFacts } from "../../src/aws/explain_exec_refusal.ts";
import { EndpointError } from "../../src/aws/send_request.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { PortholeError } from "../../src/errors.ts";

const context = {
  doing: 'list the tasks of service "web"',
  action: "ecs:ListTasks",
  region: "eu-west-1",
  profile: "dev",
  renewal: "run: aws sso login --profile dev",
  cluster: "main",
  service: "web",
};

const exec: ExecFacts = {
  taskId: "0123",
  container: "app",
  executeCommandEnabled: true,
  launchType: "FARGATE",
  agent: { status: "STOPPED", reason: "it crashed" },
};

function sdkError(name: string, message: string, status = 400): Error {
  return Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status },
  });
}

const NOT_ENABLED =
  "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running.";

const cases: readonly {
  readonly error: unknown;
  readonly code: ErrorCode;
  readonly message: RegExp;
  readonly hint?: RegExp;
  readonly exec?: ExecFacts;
}[] = [
  {
    error: sdkError(
      "ExpiredTokenException",
      "The security token included in the request is expired",
    ),
    code: "expired_credentials",
    message: /expired/,
    hint: /aws sso login --profile dev/,
  },
  {
    error: sdkError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    ),
    code: "no_credentials",
    message: /does not recognize the access key/,
  },
  {
    error: sdkError(
      "InvalidSignatureException",
      "The request signature… x-amz-security-token:IQoJSECRET",
    ),
    code: "no_credentials",
    message: /secret key does not match/,
  },
  {
    error: sdkError(
      "InvalidSignatureException",
      "Signature expired: 20230101T000000Z is now earlier than 20230102T000000Z",
    ),
    code: "aws_refused",
    message: /clock is wrong/,
  },
  {
    error: sdkError(
      "InvalidSignatureException",
      "Credential should be scoped to a valid region.",
    ),
    code: "aws_refused",
    message:
      /^Cannot sign requests for region "eu-west-1": the endpoint belongs to another region$/,
    hint: /--region.*AWS_ENDPOINT_URL/,
  },
  {
    error: sdkError(
      "AccessDeniedException",
      "User: arn:aws:iam::1:user/x is not authorized to perform: ecs:ListTasks on resource: arn:aws:ecs:eu-west-1:1:service/main/web because no identity-based policy allows the ecs:ListTasks action",
    ),
    code: "access_denied",
    message:
      /user\/x is not allowed to perform ecs:ListTasks on arn:aws:ecs:eu-west-1:1:service\/main\/web$/,
    hint:
      /^add to a policy of that identity: \{"Effect":"Allow","Action":"ecs:ListTasks","Resource":"arn:aws:ecs:eu-west-1:1:service\/main\/web"\}$/,
  },
  {
    error: sdkError(
      "AccessDeniedException",
      "User: arn:x is not authorized to perform: ecs:ExecuteCommand on resource: arn:aws:ecs:eu-west-1:1:task/main/0123 because no permissions boundary allows the ecs:ExecuteCommand action",
    ),
    code: "access_denied",
    message: /task\/main\/0123$/,
    hint:
      /^add to the permissions boundary: .*"Resource":\["arn:aws:ecs:eu-west-1:1:cluster\/main","arn:aws:ecs:eu-west-1:1:task\/main\/\*"\]\}$/,
  },
  {
    error: sdkError(
      "AccessDenied",
      "User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/admin",
    ),
    code: "access_denied",
    message:
      /^Cannot assume the profile's role: arn:aws:iam::1:user\/x is not allowed to perform sts:AssumeRole on arn:aws:iam::1:role\/admin$/,
    hint: /trust policy must also name arn:aws:iam::1:user\/x/,
  },
  {
    error: sdkError(
      "AccessDeniedException",
      "User: arn:x is not authorized to perform: ecs:ListTasks on resource: * with an explicit deny in a service control policy",
    ),
    code: "access_denied",
    message: /not allowed to perform ecs:ListTasks/,
    hint: /^a service control policy denies/,
  },
  {
    error: sdkError("AccessDeniedException", "no"),
    code: "access_denied",
    message: /your identity is not allowed to perform ecs:ListTasks$/,
  },
  {
    error: sdkError("ClusterNotFoundException", "Cluster not found."),
    code: "cluster_not_found",
    message: /^Cannot find cluster "main" in region "eu-west-1"$/,
  },
  {
    error: sdkError("ServiceNotFoundException", "Service not found."),
    code: "service_not_found",
    message: /^Cannot find service "web" in cluster "main"/,
  },
  {
    error: sdkError("ThrottlingException", "Rate exceeded"),
    code: "throttled",
    message: /AWS is throttling requests/,
  },
  {
    error: sdkError("Odd", "slow down", 429),
    code: "throttled",
    message: /AWS is throttling requests/,
  },
  {
    error: sdkError(
      "SyntaxError",
      "Unexpected token\n  Deserialization error: to see…",
      200,
    ),
    code: "unreachable",
    message: /did not come from an AWS API \(status 200\)$/,
  },
  {
    error: sdkError("Error", "Region is missing"),
    code: "no_region",
    message: /no region is set$/,
  },
  {
    error: sdkError("ServerException", "Service Unavailable.\u001b[31m", 500),
    code: "aws_refused",
    message:
      /^Cannot list the tasks of service "web": ServerException: Service Unavailable\. \[31m$/,
  },
  {
    error: new EndpointError(
      "unreachable",
      "https://e",
      "invalid peer certificate: UnknownIssuer",
    ),
    code: "unreachable",
    message: /^Cannot reach "https:\/\/e"/,
    hint: /AWS_CA_BUNDLE/,
  },
  {
    error: new EndpointError(
      "unreachable",
      "https://e",
      "dns error: Name or service not known",
    ),
    code: "unreachable",
    message: /dns error/,
    hint: /region/,
  },
  {
    error: new EndpointError(
      "timed_out",
      "https://ecs.eu-west-1.amazonaws.com",
      "no answer within 20 s",
    ),
    code: "unreachable",
    message: /no answer within 20 s$/,
    hint: /interface endpoint com\.amazonaws\.eu-west-1\.ecs$/,
  },
  {
    error: new EndpointError("plain_http", "http://e", "it is not encrypted"),
    code: "unreachable",
    message: /not encrypted/,
    hint: /https/,
  },
  {
    error: new EndpointError(
      "not_an_api",
      "http://e",
      "an HTML page, status 200",
    ),
    code: "unreachable",
    message: /"http:\/\/e": its response did not come from an AWS API/,
  },
  {
    error: sdkError("InvalidParameterException", NOT_ENABLED),
    exec: { ...exec, executeCommandEnabled: false, place: "main/web" },
    code: "exec_not_enabled",
    message:
      /^cannot exec into Fargate task without ECS Exec enabled; turn it on and redeploy: porthole enable-exec main\/web$/,
  },
  {
    error: sdkError("InvalidParameterException", NOT_ENABLED),
    exec: { ...exec, executeCommandEnabled: false, launchType: "EC2" },
    code: "exec_not_enabled",
    message: /started without ECS Exec/,
    hint:
      /^start a new one with it: aws ecs run-task --enable-execute-command$/,
  },
  {
    error: sdkError("InvalidParameterException", NOT_ENABLED),
    exec,
    code: "agent_not_running",
    message: /its ECS Exec agent is STOPPED \(it crashed\)$/,
  },
  {
    error: sdkError(
      "TargetNotConnectedException",
      "The execute command failed due to an internal error.",
    ),
    exec,
    code: "target_not_connected",
    message: /not connected to Session Manager/,
    hint: /ssmmessages/,
  },
  {
    error: sdkError(
      "InvalidParameterException",
      "The container was not found in the task.",
    ),
    exec,
    code: "container_not_found",
    message: /container "app" of task 0123: it is no longer running$/,
  },
  {
    error: sdkError("InvalidParameterException", "The task was not found."),
    exec,
    code: "task_stopped",
    message: /it has stopped$/,
  },
];

for (const { error, code, message, hint, exec } of cases) {
  Deno.test(`explainAwsError: ${code}: ${(error as Error).name}, ${(error as Error).message.slice(0, 40)}`, () => {
    const explained = explainAwsError(error, {
      ...context,
      ...(exec && { exec }),
    });
    assert.equal(explained.code, code);
    assert.match(explained.message, message);
    if (hint) assert.match(explained.hint ?? "", hint);
    assert.doesNotMatch(`${explained.message} ${explained.hint}`, /IQoJSECRET/);
    assert.doesNotMatch(explained.message, /\.$/);
  });
}

Deno.test("explainAwsError lets an explained error through", () => {
  const error = new PortholeError("cancelled", "x");
  assert.equal(explainAwsError(error, context), error);
});

Deno.test("explainAwsError explains what is no error at all", () => {
  for (const thrown of [undefined, null, "text", 7]) {
    assert.equal(explainAwsError(thrown, context).code, "aws_refused");
  }
});
