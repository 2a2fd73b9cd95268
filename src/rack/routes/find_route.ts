import { PLACE_NAME } from "../users/scope.ts";

/** What a request is for. */
export type RackRoute =
  | { readonly kind: "auth" }
  | { readonly kind: "racks" }
  | { readonly kind: "rack"; readonly name: string }
  | { readonly kind: "system" }
  | { readonly kind: "change_system" }
  | { readonly kind: "system_logs" }
  | { readonly kind: "apps" }
  | { readonly kind: "app"; readonly app: string }
  | { readonly kind: "budget"; readonly app: string }
  | { readonly kind: "services"; readonly app: string }
  | { readonly kind: "processes"; readonly app: string }
  | { readonly kind: "process"; readonly app: string; readonly pid: string }
  | { readonly kind: "stop"; readonly app: string; readonly pid: string }
  | { readonly kind: "exec"; readonly app: string; readonly pid: string }
  | { readonly kind: "run"; readonly app: string; readonly service: string }
  | { readonly kind: "resume" }
  | { readonly kind: "terminate" };

/** The organization that `GET /racks` names, for Convox's command lines. */
export const ORGANIZATION = "porthole";

/**
 * Finds what a request is for; undefined for all else. No part of a path is decoded: names need no encoding, and what
 * has one could be read in two ways.
 */
export function findRoute(method: string, path: string): RackRoute | undefined {
  const parts = path.slice(1).split("/");
  if (!parts.every((part) => PLACE_NAME.test(part))) return undefined;
  const [first, second = "", third, fourth = "", fifth] = parts;
  const request = `${method} ${first}`;
  switch (parts.length) {
    case 1:
      if (request === "GET auth") return { kind: "auth" };
      if (request === "GET racks") return { kind: "racks" };
      if (request === "GET system") return { kind: "system" };
      if (request === "PUT system") return { kind: "change_system" };
      if (request === "GET apps") return { kind: "apps" };
      return undefined;
    case 2:
      if (request === "GET apps") return { kind: "app", app: second };
      if (request === "GET system" && second === "logs") {
        return { kind: "system_logs" };
      }
      if (request === "POST porthole" && second === "resume") {
        return { kind: "resume" };
      }
      if (request === "POST porthole" && second === "terminate") {
        return { kind: "terminate" };
      }
      return undefined;
    case 3:
      if (request === "GET racks" && second === ORGANIZATION) {
        return { kind: "rack", name: third ?? "" };
      }
      if (request !== "GET apps") return undefined;
      if (third === "services") return { kind: "services", app: second };
      if (third === "processes") return { kind: "processes", app: second };
      if (third === "budget") return { kind: "budget", app: second };
      return undefined;
    case 4:
      if (first !== "apps" || third !== "processes") return undefined;
      if (method === "GET") {
        return { kind: "process", app: second, pid: fourth };
      }
      if (method === "DELETE") {
        return { kind: "stop", app: second, pid: fourth };
      }
      return undefined;
    case 5:
      if (
        request === "GET apps" && third === "processes" && fifth === "exec"
      ) return { kind: "exec", app: second, pid: fourth };
      if (
        request === "POST apps" && third === "services" && fifth === "processes"
      ) return { kind: "run", app: second, service: fourth };
      return undefined;
    default:
      return undefined;
  }
}
