import type { Route } from "../route/route.ts";

/** Names a route as `--via` takes it: in text, where JSON and TSV have the kind itself. */
export function nameRoute({ kind }: { readonly kind: Route["kind"] | "none" }) {
  return kind === "ecs_exec" ? "ecs-exec" : kind;
}

/** Names in text what carries a session. */
export function nameClient(client: "plugin" | "builtin" | "docker"): string {
  switch (client) {
    case "plugin":
      return "session-manager-plugin";
    case "builtin":
      return "built-in client";
    case "docker":
      return "Docker exec";
  }
}
