import type { CallerIdentity } from "./caller_identity.ts";
import type { ApiContext, AssumedRole, Parameters } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { account, region, shortenArn } from "./fleet.ts";
import type { HttpRequest } from "./serve_http.ts";
import { type Credentials, verifySignature } from "./verify_signature.ts";

/** The sandbox's one user. */
export const sandboxUser: Credentials = {
  accessKeyId: "AKIASANDBOXPORTHOLE0",
  secretAccessKey: "porthole/sandbox/not/a/real/secret/00000",
};

/** Who may call, and whether their credentials are good at the moment. */
export type Caller = {
  expired: boolean;
  readonly roles: ReadonlyMap<string, AssumedRole>;
  readonly now: () => number;
};

/** Checks the signature of a request; the answer is whose it is. */
export function identifyCaller(
  caller: Caller,
  request: HttpRequest,
  service: string,
  where: string = region,
): CallerIdentity {
  const check = verifySignature({
    method: request.method,
    target: request.url,
    headers: request.headers,
    body: request.body,
  }, {
    service,
    region: where,
    now: caller.now(),
    findCredentials: (id) =>
      id === sandboxUser.accessKeyId ? sandboxUser : caller.roles.get(id),
  });
  if (check.kind === "refused") {
    throw new ApiError(check.error, check.message);
  }
  if (caller.expired) {
    throw new ApiError(
      "ExpiredTokenException",
      "The security token included in the request is expired",
    );
  }
  const role = caller.roles.get(check.accessKeyId);
  if (role === undefined) return { arn: userArn };
  const { arn, sourceIdentity } = role;
  return { arn, ...(sourceIdentity === undefined ? {} : { sourceIdentity }) };
}

const userArn = `arn:aws:iam::${account}:user/sandbox`;

/** Refuses an action that the options deny, in IAM's words. */
export function refuseAction(
  context: ApiContext,
  service: string,
  operation: string,
  parameters: Parameters,
): void {
  const action = `${service}:${operation}`;
  const denied = context.options.deny.includes(action) ||
    (action === "kms:GenerateDataKey" &&
      typeof context.options.kms === "object" &&
      context.options.kms.fault === "denied");
  if (!denied) return;
  throw new ApiError(
    service === "ec2" ? "UnauthorizedOperation" : "AccessDeniedException",
    `${
      service === "ec2"
        ? "You are not authorized to perform this operation. "
        : ""
    }User: ${userArn} is not authorized to perform: ${action} on resource: ` +
      `${nameResource(service, operation, parameters)} because no ` +
      `identity-based policy allows the ${action} action`,
    service === "ssmmessages" || service === "ec2" ? 403 : 400,
  );
}

function nameResource(
  service: string,
  operation: string,
  parameters: Parameters,
): string {
  const start = `arn:aws:${service}:${region}:${account}`;
  const text = (name: string) => shortenArn(String(parameters[name] ?? ""));
  const cluster = text("cluster") || "default";
  if (service === "ec2") return "*";
  if (service === "kms") return String(parameters["KeyId"] ?? "*");
  if (service === "ssm") {
    return operation.startsWith("GetParameter")
      ? `${start}:parameter/${text("Name")}`
      : `${start}:session/${text("SessionId")}`;
  }
  if (service === "logs") {
    return `${start}:log-group:${
      String(parameters["logGroupName"])
    }:log-stream:`;
  }
  if (service === "ssmmessages") return `${start}:*`;
  switch (operation) {
    case "ExecuteCommand":
      return `${start}:task/${cluster}/${text("task")}`;
    case "DescribeTasks": {
      const [first = ""] = (parameters["tasks"] ?? []) as readonly string[];
      return `${start}:task/${cluster}/${shortenArn(first)}`;
    }
    case "UpdateService":
      return `${start}:service/${cluster}/${text("service")}`;
    case "DescribeClusters":
      return `${start}:cluster/${cluster}`;
    default:
      return "*";
  }
}
