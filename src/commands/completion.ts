import { buildCompletionModel } from "../args/completion_model.ts";
import type { CompletionInvocation } from "../args/invocation.ts";
import { formatCompletion } from "../output/completion/format_completion.ts";
import type { Report } from "../report/report.ts";

/** `porthole completion`: the script for a shell. */
export function completion({ shell }: CompletionInvocation): Report {
  return { stdout: formatCompletion(shell, buildCompletionModel()), status: 0 };
}
