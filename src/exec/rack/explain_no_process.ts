import type { Directory } from "../../access/access.ts";
import type { Process } from "../../access/rack/read_answers.ts";
import { closestName } from "../../closest_name.ts";
import { PortholeError } from "../../errors.ts";

/**
 * Explains over a rack what a search found wanting: a rack lists the processes of a service that it does not have
 * like those of one that has none, and what shows more of a service on AWS's side does not go through a rack.
 *
 * @returns the error to throw in the place of `error`.
 */
export async function explainNoProcess(
  error: unknown,
  directory: Pick<Directory<Process>, "listServices">,
  { app, service }: {
    readonly app: string;
    readonly service: string | undefined;
  },
): Promise<unknown> {
  if (!(error instanceof PortholeError) || error.code !== "no_running_task") {
    return error;
  }
  const services = service === undefined
    ? []
    : await directory.listServices(app);
  if (service !== undefined && !services.includes(service)) {
    const near = closestName(service, services);
    return new PortholeError(
      "service_not_found",
      `Cannot find service "${service}" in app "${app}"`,
      {
        hint: near !== undefined
          ? `did you mean "${near}"?`
          : services.length === 0
          ? "the app has no services"
          : `it has ${services.toSorted().slice(0, 10).join(", ")}${
            services.length > 10 ? ", ..." : ""
          }`,
        cause: error,
      },
    );
  }
  return new PortholeError("no_running_task", error.message, {
    hint: `porthole tasks ${
      service === undefined ? `--cluster ${app}` : `${app}/${service}`
    } shows the processes; how many there should be is the rack's to say`,
    cause: error,
  });
}
