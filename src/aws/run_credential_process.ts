import { splitWords } from "../shell_words.ts";
import { messageOf } from "../errors.ts";
import type { ExpiringCredentials } from "./check_keys.ts";
import type { AwsDeps } from "./aws_deps.ts";
import { refuseSource } from "./explain_source_error.ts";
import type { CredentialProcess } from "./credential_source.ts";
import { tameText } from "./tame_text.ts";
import { whenSilentFor } from "../when_silent_for.ts";

/** Some open a browser and wait for a person. */
const PATIENCE_MS = 5 * 60_000;
/** Credentials are a few kilobytes. */
const MOST_BYTES = 256 * 1024;

/**
 * Runs a profile's `credential_process` and reads the credentials that it prints; its words are
 * split as a shell would, but no shell runs, as with the AWS CLI.
 *
 * @throws {PortholeError} no_credentials; what it printed on stdout is in no text.
 */
export async function runCredentialProcess(
  { profile, command }: CredentialProcess,
  { spawn, platform }: Pick<AwsDeps, "spawn" | "platform">,
  patienceMs: number = PATIENCE_MS,
): Promise<ExpiringCredentials> {
  const from = "its credential_process";
  const refuse = (because: string, cause?: unknown) =>
    refuseSource({ profile, from }, because, {
      hint:
        `to see what it says, run credential_process of [profile ${profile}] yourself`,
      cause,
    });
  const [program, ...args] = splitCommand(command, platform);
  if (program === undefined) throw refuse("it is not a command line");
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn({
      command: program,
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      tied: true,
    });
  } catch (error) {
    throw refuse(`it cannot be started: ${messageOf(error)}`, error);
  }
  let late = false;
  const cancel = whenSilentFor(patienceMs, () => {
    late = true;
    child.kill("SIGKILL");
  });
  const [said, complaint, { code, signal }] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    child.exit,
  ]).finally(cancel);
  if (late) throw refuse(`it did not end within ${patienceMs / 1000} s`);
  if (code !== 0) {
    const end = signal === null ? `status ${code}` : signal;
    const why = tameText(complaint.slice(-1000));
    throw refuse(`it ended with ${end}${why === "" ? "" : `: ${why}`}`);
  }
  return readCredentials(said, refuse);
}

function readCredentials(
  text: string,
  refuse: (because: string) => Error,
): ExpiringCredentials {
  let answer: Readonly<Record<string, unknown>>;
  try {
    answer = JSON.parse(text);
  } catch {
    throw refuse("it does not print JSON");
  }
  if (answer?.["Version"] !== 1) {
    throw refuse('its JSON does not have "Version": 1');
  }
  const read = (name: string) => {
    const value = answer[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const accessKeyId = read("AccessKeyId");
  const secretAccessKey = read("SecretAccessKey");
  const sessionToken = read("SessionToken");
  const until = read("Expiration");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw refuse("its JSON lacks AccessKeyId or SecretAccessKey");
  }
  const expiration = until === undefined ? undefined : new Date(until);
  if (expiration !== undefined) {
    if (Number.isNaN(expiration.getTime())) {
      throw refuse("its Expiration is not a time");
    }
    if (expiration.getTime() <= Date.now()) {
      throw refuse("the credentials that it prints have expired");
    }
  }
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken && { sessionToken }),
    ...(expiration && { expiration }),
  };
}

/** On Windows `\` stands in paths, and `"` alone quotes. */
function splitCommand(
  command: string,
  platform: AwsDeps["platform"],
): readonly string[] {
  if (platform === "windows") {
    return [...command.matchAll(/(?:"[^"]*"|[^\s"])+/g)]
      .map(([word]) => word.replaceAll('"', ""));
  }
  try {
    return splitWords(command);
  } catch {
    return [];
  }
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  // The rest is read and let go, so that the program can end.
  for await (const chunk of stream) {
    if (text.length < MOST_BYTES) {
      text += decoder.decode(chunk, { stream: true });
    }
  }
  return text;
}
