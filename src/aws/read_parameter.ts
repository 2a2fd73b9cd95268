import { quoteValue } from "../quote_value.ts";
import { type AwsSettings, createAws } from "./create_aws.ts";

/**
 * Opens the Parameter Store of one region. Nothing is loaded before the first question, and none is asked twice.
 *
 * Undefined when no parameter has that name.
 */
export function createParameterReader(
  settings: AwsSettings,
): (
  name: string,
) => Promise<{ readonly value: string; readonly list: boolean } | undefined> {
  const aws = createAws(settings);
  const read = async (name: string) => {
    try {
      const { Parameter: parameter } = await aws.call("ssm", "getParameter", {
        Name: name,
        WithDecryption: true,
      }, {
        doing: `read the SSM parameter ${quoteValue(name)}`,
        action: "ssm:GetParameter",
      });
      return {
        value: parameter?.Value ?? "",
        list: parameter?.Type === "StringList",
      };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const asked = new Map<string, ReturnType<typeof read>>();
  return (name) => {
    const answer = asked.get(name) ?? read(name);
    asked.set(name, answer);
    return answer;
  };
}

function isMissing(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly name?: unknown } };
  return cause?.name === "ParameterNotFound" ||
    cause?.name === "ParameterVersionNotFound";
}
