import {
  DeleteParameterCommand,
  DescribeSessionsCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  ResumeSessionCommand,
  SSMClient,
  StartSessionCommand,
  TerminateSessionCommand,
} from "@aws-sdk/client-ssm";

/** The SDK's client of SSM: what porthole asks of it and no more goes into the binary. */
export const Client = SSMClient;

/** What it is asked. */
export const commands = {
  deleteParameter: DeleteParameterCommand,
  describeSessions: DescribeSessionsCommand,
  getParameter: GetParameterCommand,
  getParametersByPath: GetParametersByPathCommand,
  putParameter: PutParameterCommand,
  resumeSession: ResumeSessionCommand,
  startSession: StartSessionCommand,
  terminateSession: TerminateSessionCommand,
};
