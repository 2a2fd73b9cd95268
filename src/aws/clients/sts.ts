import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** The SDK's client of STS: what porthole asks of it and no more goes into the binary. */
export const Client = STSClient;

/** What it is asked. */
export const commands = {
  getCallerIdentity: GetCallerIdentityCommand,
};
