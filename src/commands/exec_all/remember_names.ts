import type { AwsAccess } from "../../access/access.ts";

/** The same access, which asks once for the containers of each task definition. */
export function rememberNames(access: AwsAccess): AwsAccess {
  const asked = new Map<string, ReturnType<AwsAccess["listContainerNames"]>>();
  return {
    ...access,
    listContainerNames(task) {
      const key = task.taskDefinitionArn;
      const known = asked.get(key);
      if (known !== undefined) return known;
      const names = access.listContainerNames(task);
      asked.set(key, names);
      // A call that was throttled may be answered the next time.
      names.catch(() => asked.delete(key));
      return names;
    },
  };
}
