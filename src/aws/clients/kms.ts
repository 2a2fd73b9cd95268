import { GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";

/** The SDK's client of KMS: what porthole asks of it and no more goes into the binary. */
export const Client = KMSClient;

/** What it is asked. */
export const commands = {
  generateDataKey: GenerateDataKeyCommand,
};
