/** The documented beginning of the commonest refusal: Fargate has no Docker daemon to fall back to. */
export const FARGATE_WITHOUT_EXEC =
  "cannot exec into Fargate task without ECS Exec enabled";

/** How a task gets ECS Exec, which is decided at its start: its service starts a new one, or a person does. */
export function tellHowToRestart(place: string | undefined): string {
  return place === undefined
    ? "start a new one with it: aws ecs run-task --enable-execute-command"
    : `turn it on and redeploy: porthole enable-exec ${place}`;
}
