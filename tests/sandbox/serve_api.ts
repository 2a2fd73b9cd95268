import { answerEc2, ec2Version, formatEc2Error } from "./answer_ec2.ts";
import { answerEcs } from "./answer_ecs.ts";
import { answerIam, iamVersion } from "./answer_iam.ts";
import { answerKms } from "./answer_kms.ts";
import { answerLogs } from "./answer_logs.ts";
import { answerSsm } from "./answer_ssm.ts";
import { answerSts, formatStsError } from "./answer_sts.ts";
import type { ApiContext, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { type Caller, identifyCaller, refuseAction } from "./authorize.ts";
import type { CallerIdentity } from "./caller_identity.ts";
import { nameClusters } from "./fleet.ts";
import type { RequestLog } from "./request_log.ts";
import type { HttpRequest, HttpResponse } from "./serve_http.ts";

/** The services behind the one endpoint, by the start of X-Amz-Target. */
const services: Readonly<Record<string, string>> = {
  AmazonEC2ContainerServiceV20141113: "ecs",
  AmazonSSM: "ssm",
  TrentService: "kms",
  Logs_20140328: "logs",
};

/** Those that speak XML, by the version of their API. */
const queryServices: Readonly<Record<string, string>> = {
  [ec2Version]: "ec2",
  [iamVersion]: "iam",
};

const answers: Readonly<
  Record<
    string,
    (context: ApiContext, operation: string, parameters: Parameters) => object
  >
> = { ecs: answerEcs, ssm: answerSsm, kms: answerKms, logs: answerLogs };

/** What the front of the API needs. */
export type ApiServer = {
  readonly context: ApiContext;
  readonly log: RequestLog;
  readonly caller: Caller;
  /** How many more calls are throttled, and refused as expired. */
  readonly left: { throttle: number; expired: number };
  /** How often each action has failed as the options ask for. */
  readonly failed: Map<string, number>;
  /** How often each action was left unanswered. */
  readonly stalled: Map<string, number>;
};

/** Answers one HTTP request as AWS's endpoints do. */
export async function serveApi(
  server: ApiServer,
  secure: boolean,
  request: HttpRequest,
): Promise<HttpResponse> {
  const begun = performance.now();
  const { body } = request;
  const target = request.headers["x-amz-target"] ?? "";
  const [prefix = "", named = ""] = target.split(".");
  const form = new URLSearchParams(target === "" ? body : "");
  const service = target === ""
    ? queryServices[form.get("Version") ?? ""] ?? "sts"
    : services[prefix] ?? "";
  const operation = target === "" ? form.get("Action") ?? "" : named;
  let parameters: Parameters = {};
  let error: ApiError | undefined;
  let text = "";
  let caller: CallerIdentity | undefined;
  try {
    if (server.context.options.latencyMs > 0) {
      await new Promise((resolve) =>
        setTimeout(resolve, server.context.options.latencyMs)
      );
    }
    if (request.method !== "POST" || service === "" || operation === "") {
      throw new ApiError("UnknownOperationException", "", 404);
    }
    parameters = target === "" ? Object.fromEntries(form) : parse(body);
    const elsewhere = findRegion(server.context, request);
    caller = identifyCaller(server.caller, request, service, elsewhere);
    if (server.left.expired > 0) {
      server.left.expired--;
      throw new ApiError(
        "ExpiredTokenException",
        "The security token included in the request is expired",
      );
    }
    refuseAction(server.context, service, operation, parameters);
    if (server.left.throttle > 0) {
      server.left.throttle--;
      throw new ApiError("ThrottlingException", "Rate exceeded");
    }
    failAction(server, `${service}:${operation}`);
    const context = {
      ...server.context,
      secure,
      ...(elsewhere === undefined ? {} : {
        fleet: nameClusters(
          elsewhere,
          server.context.options.otherRegions[elsewhere] ?? [],
        ),
      }),
    };
    text = service === "sts"
      ? answerSts(context, form, caller.arn)
      : service === "ec2"
      ? answerEc2(context, form)
      : service === "iam"
      ? answerIam(context, form)
      : JSON.stringify(
        (context.options.rewrite ?? keepAnswer)(
          operation,
          answers[service]?.(context, operation, parameters) ?? {},
        ),
      );
  } catch (thrown) {
    error = thrown instanceof ApiError
      ? thrown
      : new ApiError("ServerException", String(thrown), 500);
    text = service === "sts" || service === "iam"
      ? formatStsError(error)
      : service === "ec2"
      ? formatEc2Error(error)
      : JSON.stringify({
        __type: error.code,
        // The older services spell it small, KMS does too; the SDK takes both.
        message: error.message,
      });
  }
  const status = error?.status ?? 200;
  server.log.addRequest({
    time: new Date().toISOString(),
    service,
    operation,
    parameters,
    ...(caller === undefined ? {} : { caller }),
    answer: {
      status,
      ...(error === undefined
        ? {}
        : { error: error.code, message: error.message }),
    },
    milliseconds: Math.round(performance.now() - begun),
  });
  await stallAction(server, `${service}:${operation}`);
  return {
    status,
    headers: {
      "content-type": target === "" && service !== ""
        ? "text/xml"
        : "application/x-amz-json-1.1",
      "x-amzn-requestid": crypto.randomUUID(),
    },
    body: text,
  };
}

function keepAnswer(_: string, answer: object): object {
  return answer;
}

/** The region a request is signed for, when it is one of the options' other ones. */
function findRegion(
  { options }: ApiContext,
  { headers }: HttpRequest,
): string | undefined {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\//
    .exec(headers["authorization"] ?? "")?.[1] ?? "";
  return Object.hasOwn(options.otherRegions, scope) ? scope : undefined;
}

/** Answers an action with the error that the options ask for. */
function failAction({ context, failed }: ApiServer, action: string): void {
  const wanted = context.options.fail[action];
  const count = failed.get(action) ?? 0;
  if (wanted === undefined || count >= (wanted.times ?? Infinity)) return;
  failed.set(action, count + 1);
  throw new ApiError(wanted.error, wanted.message ?? "", wanted.status);
}

/** Never resolves for a call that the options have unanswered. */
async function stallAction(
  { context, stalled }: ApiServer,
  action: string,
): Promise<void> {
  const wanted = context.options.stall[action] ?? 0;
  const count = stalled.get(action) ?? 0;
  if (count >= wanted) return;
  stalled.set(action, count + 1);
  await new Promise(() => {});
}

function parse(body: string): Parameters {
  try {
    return JSON.parse(body) as Parameters;
  } catch {
    throw new ApiError("SerializationException", "");
  }
}
