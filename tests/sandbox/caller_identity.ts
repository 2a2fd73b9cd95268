/** Who calls, as CloudTrail has it. */
export type CallerIdentity = {
  readonly arn: string;
  readonly sourceIdentity?: string;
};
