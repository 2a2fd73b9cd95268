/** The account that an ARN is of; undefined where it names none. */
export function accountOfArn(arn: string | undefined): string | undefined {
  const account = arn?.split(":")[4];
  return account === "" ? undefined : account;
}
