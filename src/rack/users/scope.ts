/** What a token may do in a service: see it; enter its tasks, too; or run tasks like its own, and enter those. */
export type ScopeVerb = "list" | "exec" | "run";

/** What a token may do, and where; `*` stands for any one name. */
export interface Scope {
  readonly verb: ScopeVerb;
  readonly app: string;
  readonly service: string;
}

/** Names of clusters and services, as ECS has them. */
export const PLACE_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/;

const SCOPE = /^(list|exec|run):([^/]+)\/([^/]+)$/;

/** Reads `VERB:APP/SERVICE`; undefined for what is not one. */
export function parseScope(text: string): Scope | undefined {
  const [, verb, app = "", service = ""] = SCOPE.exec(text) ?? [];
  const isSegment = (name: string) => name === "*" || PLACE_NAME.test(name);
  if (verb === undefined || !isSegment(app) || !isSegment(service)) {
    return undefined;
  }
  return { verb: verb as ScopeVerb, app, service };
}

/** The text that `parseScope` reads. */
export function formatScope({ verb, app, service }: Scope): string {
  return `${verb}:${app}/${service}`;
}

/** Whether scopes allow this in a service; exec and run let its holder see the service. */
export function allows(
  scopes: readonly Scope[],
  verb: ScopeVerb,
  app: string,
  service: string,
): boolean {
  return scopes.some((scope) =>
    (scope.verb === verb || verb === "list") &&
    isMatch(scope.app, app) && isMatch(scope.service, service)
  );
}

/** Whether scopes reach into an app at all. */
export function reaches(scopes: readonly Scope[], app: string): boolean {
  return scopes.some((scope) => isMatch(scope.app, app));
}

function isMatch(pattern: string, name: string): boolean {
  return pattern === "*" || pattern === name;
}
