import type { ApiContext } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { account } from "./fleet.ts";

/** The API's version, which tells its requests from those of other services that speak XML. */
export const iamVersion = "2010-05-08";

/** Answers one operation of Identity and Access Management, in XML. */
export function answerIam(context: ApiContext, form: URLSearchParams): string {
  switch (form.get("Action")) {
    case "GetRole": {
      const name = form.get("RoleName") ?? "";
      return wrap(
        "GetRole",
        `<Role><RoleName>${name}</RoleName><Path>/team/</Path>` +
          `<Arn>arn:aws:iam::${account}:role/team/${name}</Arn></Role>`,
      );
    }
    case "SimulatePrincipalPolicy":
      return wrap("SimulatePrincipalPolicy", simulate(context, form));
    default:
      throw new ApiError(
        "InvalidAction",
        `Could not find operation ${form.get("Action")}`,
      );
  }
}

function simulate({ options }: ApiContext, form: URLSearchParams): string {
  const source = form.get("PolicySourceArn") ?? "";
  if (!/^arn:aws:iam::\d{12}:(user|role)\//.test(source)) {
    throw new ApiError("InvalidInput", `Invalid PolicySourceArn: ${source}`);
  }
  const isTask = source.endsWith(":role/sandbox-task");
  const denied = isTask ? options.roleDeny : [
    ...options.deny,
    ...(options.directSessions ? [] : ["ssm:StartSession"]),
  ];
  const list = (name: string) =>
    [...form].filter(([key]) => key.startsWith(`${name}.member.`))
      .map(([, value]) => value);
  const results = list("ActionNames").map((action) => {
    const missing = options.missingKeys[action] ?? [];
    const decision = denied.includes(action) || missing.length > 0
      ? "implicitDeny"
      : "allowed";
    const keys = missing.map((key) => `<member>${key}</member>`).join("");
    const resources = list("ResourceArns").map((resource) =>
      `<member><EvalResourceName>${resource}</EvalResourceName>` +
      `<EvalResourceDecision>${decision}</EvalResourceDecision>` +
      `<MissingContextValues>${keys}</MissingContextValues></member>`
    ).join("");
    return `<member><EvalActionName>${action}</EvalActionName>` +
      `<EvalResourceName>*</EvalResourceName><EvalDecision>${decision}</EvalDecision>` +
      `<MissingContextValues>${keys}</MissingContextValues>` +
      `<ResourceSpecificResults>${resources}</ResourceSpecificResults></member>`;
  });
  return `<IsTruncated>false</IsTruncated><EvaluationResults>${
    results.join("")
  }</EvaluationResults>`;
}

function wrap(action: string, result: string): string {
  return `<${action}Response xmlns="https://iam.amazonaws.com/doc/${iamVersion}/">` +
    `<${action}Result>${result}</${action}Result>` +
    `<ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></${action}Response>`;
}
