import { join } from "node:path";
import {
  type ContainerImage,
  fillContainerHome,
  makeContainerImage,
} from "./container_image.ts";
import { region, type Task } from "./fleet.ts";
import type { SandboxOptions } from "./sandbox_options.ts";
import { syntheticCommand } from "./synthetic_output.ts";

/** A container as its processes find it. */
export type OpenContainer = {
  readonly image: ContainerImage;
  /** Its home and working directory. */
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
};

/** The containers of a sandbox. */
export type Containers = {
  /** Each gets its directory when it is opened first. */
  open(task: Task, container: string): OpenContainer;
};

/** Prepares images and homes below a directory. */
export function prepareContainers(
  options: SandboxOptions,
  directory: string,
): Containers {
  const homes = new Map<string, string>();
  // Made now, so that an image this machine cannot make is reported at the start.
  const images = new Map<string, ContainerImage>();
  for (const image of [options.image, ...Object.values(options.images)]) {
    images.set(
      JSON.stringify(image),
      prepareImage(makeContainerImage(image, join(directory, "images"))),
    );
  }

  function prepareImage(image: ContainerImage): ContainerImage {
    if (!options.syntheticOutput) return image;
    const folder = join(directory, "synthetic");
    Deno.mkdirSync(folder, { recursive: true });
    const file = join(folder, "synthetic-output");
    Deno.writeTextFileSync(file, syntheticCommand, { mode: 0o755 });
    return { ...image, path: `${folder}:${image.path}` };
  }

  function findImage(task: Task, container: string): ContainerImage {
    const named = options.images[`${task.service}/${container}`] ??
      options.images[container] ?? options.image;
    const image = images.get(JSON.stringify(named));
    if (image === undefined) throw new Error("Cannot find the image");
    return image;
  }

  function findHome(task: Task, container: string): string {
    const name = `${task.taskId.slice(0, 8)}-${container}`;
    const known = homes.get(name);
    if (known !== undefined) return known;
    const home = join(directory, name);
    Deno.mkdirSync(home);
    fillContainerHome(home, task.service ?? task.family);
    homes.set(name, home);
    return home;
  }

  return {
    open(task, container) {
      const image = findImage(task, container);
      const home = findHome(task, container);
      return {
        image,
        home,
        env: describeEnvironment(task, container, { image, home }),
      };
    },
  };
}

/** The environment of a container's processes, as ECS and the agent set it. */
function describeEnvironment(
  task: Task,
  container: string,
  { image, home }: Pick<OpenContainer, "image" | "home">,
): Readonly<Record<string, string>> {
  const { runtimeId } =
    task.containers.find(({ name }) => name === container) ?? {};
  return {
    PATH: image.path,
    HOME: home,
    PWD: home,
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    HOSTNAME: "ip-10-0-0-1.ec2.internal",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_ECS_${task.launchType}`,
    ECS_CONTAINER_METADATA_URI_V4: `http://169.254.170.2/v4/${runtimeId}`,
    ...task.run?.containers.get(container)?.environment,
  };
}
