import { isImageAvailable } from "../sandbox/container_image.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type {
  ImageOption,
  SandboxOptions,
} from "../sandbox/sandbox_options.ts";
import { startSandbox } from "../sandbox/start_sandbox.ts";

/** A container of the sandbox with a shell of its own. */
export interface ContainerShell {
  readonly name: "dash" | "bash" | "busybox";
  /** What porthole is told to get there. */
  readonly target: readonly string[];
  /** Its key in the sandbox's option `images`. */
  readonly container: string;
}

const containerShells: readonly ContainerShell[] = [
  { name: "dash", target: ["worker"], container: "worker/worker" },
  { name: "bash", target: ["web"], container: "web/web" },
  {
    name: "busybox",
    target: ["web", "-c", "sidecar"],
    container: "web/sidecar",
  },
];

/** The shells that this machine has. */
export const shells: readonly ContainerShell[] = containerShells.filter(
  ({ name }) => {
    if (isImageAvailable(name)) return true;
    if (Deno.env.get("CI") === "true") throw new Error(`Cannot find ${name}`);
    console.log(`Cannot find ${name}; its tests are skipped`);
    return false;
  },
);

/** Starts a sandbox with one container for each shell. */
export function startShellSandbox(
  options: Partial<SandboxOptions> = {},
): Promise<Sandbox> {
  const images = Object.fromEntries<ImageOption>(
    shells.map(({ name, container }) => [container, name]),
  );
  return startSandbox({
    tasks: { web: 1 },
    ...options,
    images: { ...images, ...options.images },
  });
}

/** Runs `body` for every shell at once, and says whose failure it was. */
export async function inEveryShell(
  body: (shell: ContainerShell) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(shells.map(body));
  const failures = results.flatMap((result, index) =>
    result.status === "rejected"
      ? [new Error(`in ${shells[index]?.name}`, { cause: result.reason })]
      : []
  );
  if (failures.length > 0) throw failures[0];
}
