import type { ConnectionFacts } from "../connection_facts.ts";
import { rankCauses } from "../rank_causes.ts";
import type { InsideFacts, ProofFacts } from "../doctor_facts.ts";
import { type Check, type CheckName, settle } from "./check.ts";

const DOCKER: CheckName = { id: "docker", title: "Docker" };
const TOOLS: CheckName = { id: "tools", title: "Tools in the container" };
const PROOF: CheckName = { id: "proof", title: "Proof" };

/** Whether the Docker daemon of the task's instance answers; only where it is the way. */
export function checkDocker(docker: NonNullable<InsideFacts["docker"]>): Check {
  return docker.kind === "seen"
    ? settle(DOCKER, "ok", docker.value)
    : settle(DOCKER, "fail", docker.because, docker.hints?.join("\n"));
}

/** What of the tools is there that make output byte-exact and stream input; sessions work without all but sh. */
export function checkTools(proof: ProofFacts): Check | undefined {
  if (proof.kind === "failed") {
    const lacksShell = /\bsh\b.*not found|no such file.*\bsh\b|\bsh: no such/i
      .test(proof.reason.because);
    return lacksShell
      ? settle(
        TOOLS,
        "fail",
        "the container has no sh",
        "run programs that need no shell with exec --no-shell -- PROGRAM",
      )
      : undefined;
  }
  if (proof.kind !== "ran" || proof.tools === undefined) return undefined;
  const { stty, base64, dd, uniq } = proof.tools;
  const missing = [
    ...(stty ? [] : ["stty (line ends are repaired after the fact)"]),
    ...(base64
      ? []
      : ["base64 (binary output and piped input are slower or less exact)"]),
    ...(base64 && !dd ? ["dd (binary output may be damaged)"] : []),
    ...(base64 && !uniq ? ["uniq (piped input is slower)"] : []),
  ];
  return missing.length === 0
    ? settle(TOOLS, "ok", "sh, stty, base64, dd and uniq")
    : settle(
      TOOLS,
      "warn",
      `missing: ${missing.join(", ")}`,
      "add coreutils (or busybox) to the image",
    );
}

/** Whether a session worked; of an agent that did not connect, the causes are those that are left. */
export function checkProof(
  proof: ProofFacts,
  connection: ConnectionFacts,
): Check {
  switch (proof.kind) {
    case "skipped":
      return settle(PROOF, "unknown", `not tried: ${proof.because}`);
    case "failed": {
      const { because, hints = [], code } = proof.reason;
      return settle(
        PROOF,
        code === "throttled" ? "unknown" : "fail",
        `a session that runs "true" failed: ${because}`,
        (code === "target_not_connected" ? tellCauses(connection) : hints)
          .join("\n"),
      );
    }
    case "ran": {
      const took = `${(proof.milliseconds / 1000).toFixed(1)} s`;
      return proof.status === 0
        ? settle(PROOF, "ok", `a session ran "true" in ${took}`)
        : settle(
          PROOF,
          "warn",
          `a session ran "true" in ${took}, and its status was ${
            proof.status ?? "not reported"
          }`,
        );
    }
  }
}

function tellCauses(connection: ConnectionFacts): readonly string[] {
  return rankCauses(connection).causes.map(({ certainty, evidence, remedy }) =>
    `${certainty} cause: ${evidence}; ${remedy}`
  );
}
