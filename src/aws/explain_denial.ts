import { PortholeError } from "../errors.ts";
import type { AwsContext } from "./aws_context.ts";
import type { SdkError } from "./explain_credentials_error.ts";
import { tameText } from "./tame_text.ts";

const DENIED =
  /^(AccessDenied(Exception)?|UnauthorizedOperation|NotAuthorized(Exception)?)$/;

/** What IAM says of a refusal, as far as it does: its texts are in "Troubleshoot access denied error messages". */
interface Denial {
  readonly who: string;
  readonly action: string;
  readonly resource: string | undefined;
  /** The kind of policy that says no. */
  readonly denier: string | undefined;
  /** The kind of policy that does not say yes. */
  readonly missing: string | undefined;
}

/** Explains what IAM refused, with the statement that would allow it; undefined for any other error. */
export function explainDenial(
  { name, text }: SdkError,
  { doing, action }: Pick<AwsContext, "doing" | "action">,
  cause: unknown,
): PortholeError | undefined {
  if (!DENIED.test(name)) return undefined;
  const denial = readDenial(text, action);
  if (denial === undefined) {
    return new PortholeError(
      "access_denied",
      { cannot: doing, because: tameText(text) },
      { cause },
    );
  }
  const { who, resource } = denial;
  const assumes = denial.action === "sts:AssumeRole";
  return new PortholeError(
    "access_denied",
    {
      cannot: assumes ? "assume the profile's role" : doing,
      because: tameText(
        `${who} is not allowed to perform ${denial.action}${
          resource === undefined ? "" : ` on ${resource}`
        }`,
      ),
    },
    {
      hint: [
        adviseOn(denial),
        ...(assumes
          ? [`the role's trust policy must also name ${tameText(who)}`]
          : []),
      ],
      cause,
    },
  );
}

function readDenial(
  text: string,
  action: string | undefined,
): Denial | undefined {
  const said = /not authorized to perform:? ([\w-]+:\w+)/.exec(text)?.[1] ??
    action;
  if (said === undefined) return undefined;
  return {
    who: /\b(?:User|Principal): (\S+)/.exec(text)?.[1] ?? "your identity",
    action: said,
    resource: /on resource: (\S+)/.exec(text)?.[1],
    denier: /explicit deny in an? ([\w -]+?policy|permissions boundary)/
      .exec(text)?.[1],
    missing: /because no ([\w -]+?policy|permissions boundary) allows/
      .exec(text)?.[1],
  };
}

function adviseOn({ action, resource, denier, missing }: Denial): string {
  if (denier !== undefined) {
    return `a ${denier} denies ${action}; allowing it elsewhere will not help`;
  }
  const where = missing === undefined || missing === "identity-based policy"
    ? "a policy of that identity"
    : `the ${missing}`;
  const statement = JSON.stringify({
    Effect: "Allow",
    Action: action,
    Resource: widenResource(action, resource),
  });
  return `add to ${where}: ${statement}`;
}

/**
 * The resource a policy should name: tasks and sessions come and go. ExecuteCommand is checked on
 * the cluster as well as on the task ("Actions, resources, and condition keys for Amazon ECS").
 */
function widenResource(
  action: string,
  resource: string | undefined,
): string | readonly string[] {
  if (resource === undefined) return "*";
  const [, start, kind, cluster] =
    /^(arn:[^:]+:[^:]+:[^:]*:[^:]*:)(task|cluster|container-instance|session)\/([^/]+)/
      .exec(resource) ?? [];
  if (start === undefined) return resource;
  if (kind === "session") return `${start}session/*`;
  if (action === "ecs:ExecuteCommand") {
    return [`${start}cluster/${cluster}`, `${start}task/${cluster}/*`];
  }
  return kind === "cluster" ? resource : `${start}${kind}/${cluster}/*`;
}
