import {
  GetRoleCommand,
  IAMClient,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";

/** The SDK's client of IAM: what porthole asks of it and no more goes into the binary. */
export const Client = IAMClient;

/** What it is asked. */
export const commands = {
  getRole: GetRoleCommand,
  simulatePrincipalPolicy: SimulatePrincipalPolicyCommand,
};
