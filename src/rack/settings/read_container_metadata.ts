import * as v from "../../schema.ts";
import type { Deps } from "../../deps.ts";
import { createAnswerReader, NotHttp } from "../../docker/http_exchange.ts";
import { limitExchange } from "../../docker/limit_exchange.ts";
import { wrapConnection } from "../../docker/docker_connection.ts";
import { messageOf, PortholeError } from "../../errors.ts";
import { nameOfArn } from "../../name_of_arn.ts";

/** The container that a program runs in, as ECS names it. */
export interface ContainerMetadata {
  /** Its name in the task definition. */
  readonly container: string;
  /** Name or ARN. */
  readonly cluster: string;
  readonly taskId: string;
}

const VARIABLE = "ECS_CONTAINER_METADATA_URI_V4";
const MOST_BYTES = 256 * 1024;

const ANSWER = v.object({
  Labels: v.object({
    "com.amazonaws.ecs.container-name": v.pipe(v.string(), v.minLength(1)),
    "com.amazonaws.ecs.cluster": v.pipe(v.string(), v.minLength(1)),
    "com.amazonaws.ecs.task-arn": v.pipe(v.string(), v.minLength(1)),
  }),
});

/**
 * Asks ECS's agent which container this is (task metadata endpoint, version 4); undefined where there is none: not
 * on ECS.
 *
 * @throws {PortholeError} unreachable where the endpoint does not answer as one.
 */
export async function readContainerMetadata(
  { env, sleep }: Pick<Deps, "env" | "sleep">,
): Promise<ContainerMetadata | undefined> {
  const text = env(VARIABLE);
  if (!text) return undefined;
  try {
    const answer = JSON.parse(await get(new URL(text), sleep));
    const { Labels: labels } = v.parse(ANSWER, answer);
    return {
      container: labels["com.amazonaws.ecs.container-name"],
      cluster: labels["com.amazonaws.ecs.cluster"],
      taskId: nameOfArn(labels["com.amazonaws.ecs.task-arn"]),
    };
  } catch (error) {
    throw new PortholeError("unreachable", {
      cannot: "ask ECS which container this is",
      because: v.isValiError(error)
        ? "the metadata endpoint tells no container"
        : messageOf(error),
    }, { hint: `${VARIABLE} is ECS's to set`, cause: error });
  }
}

/** No proxy, and nothing but plain HTTP: the endpoint is on the link to this machine. */
async function get(url: URL, sleep: Deps["sleep"]): Promise<string> {
  const connection = wrapConnection(
    await Deno.connect({
      hostname: url.hostname,
      port: Number(url.port || 80),
    }),
  );
  try {
    return await limitExchange({ sleep }, async (heard) => {
      await connection.write(
        new TextEncoder().encode(
          `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`,
        ),
      );
      let length = 0;
      const reader = createAnswerReader({
        async read() {
          const chunk = await connection.read();
          length += chunk?.length ?? 0;
          if (length > MOST_BYTES) throw new NotHttp("its answer is too long");
          return chunk;
        },
      }, heard);
      const head = await reader.readHead();
      const { text } = await reader.readBody(head);
      if (head.status === 200) return text;
      throw new NotHttp(`it answers ${head.status}`);
    });
  } finally {
    void connection.close().catch(() => {});
  }
}
