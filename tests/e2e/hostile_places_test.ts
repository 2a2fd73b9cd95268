import assert from "node:assert/strict";
import { startSandbox } from "../sandbox/start_sandbox.ts";
import {
  assertHarmless,
  HOSTILE,
  MARK,
  SHORT_HOSTILE,
} from "./hostile_text.ts";
import type { Surroundings } from "./run_porthole.ts";
import { testOnce } from "./test_once.ts";

const sandbox = await startSandbox({
  services: 3,
  handshake: true,
  customerMessage: HOSTILE,
});
const refusing = await startSandbox({
  fail: {
    "ecs:ListTasks": { error: "ClientException", message: HOSTILE },
    "ecs:DescribeServices": {
      error: `Odd${SHORT_HOSTILE}`,
      message: HOSTILE,
    },
  },
});
const agentless = await startSandbox({ agentStopped: HOSTILE });
const folder = await Deno.makeTempDir();
Deno.test.afterAll(async () => {
  for (const each of [sandbox, refusing, agentless]) await each.close();
  await Deno.remove(folder, { recursive: true });
});

/** Writes a file, whose name may be hostile too, and gives its path. */
function write(name: string, text: string, mode = 0o644): string {
  const path = `${folder}/${name}`;
  Deno.writeTextFileSync(path, text, { mode });
  return path;
}

const JSON_HOSTILE = JSON.stringify(HOSTILE);
const inYaml = (key: string) => `${key}: ${JSON_HOSTILE}\n`;
const program = (name: string, body: string) => {
  const bin = `${folder}/${name}-bin`;
  Deno.mkdirSync(bin, { recursive: true });
  write(`${name}-bin/${name}`, `#!/bin/sh\n${body}\n`, 0o755);
  return `${bin}:${Deno.env.get("PATH")}`;
};
const complaint = write("complaint", SHORT_HOSTILE);
const nothing = write("nothing.yml", "cluster: default\n");
/** A shell tells of a command in one line: one with more is no command that a shell tells of. */
const ONE_LINE = SHORT_HOSTILE.replaceAll(/[\r\n]/g, "");
const environment = (name: string) => ({ [name]: SHORT_HOSTILE });

/** Where a text from outside enters, by a command line that shows it. */
const PLACES: Readonly<
  Record<string, { readonly args: readonly string[] } & Surroundings>
> = {
  "a verb": { args: [SHORT_HOSTILE] },
  "a flag": { args: ["exec", `--${SHORT_HOSTILE}`] },
  "a flag's value": { args: ["exec", "web", "--via", SHORT_HOSTILE] },
  "a service": { args: ["exec", SHORT_HOSTILE, "--", "true"] },
  "a cluster": { args: ["tasks", "--cluster", SHORT_HOSTILE] },
  "a region": { args: ["tasks", "--region", SHORT_HOSTILE] },
  "a profile": { args: ["tasks", "--profile", SHORT_HOSTILE] },
  "a task": { args: ["exec", "--task-id", SHORT_HOSTILE, "--", "true"] },
  "a container": {
    args: ["exec", "web", "--pick", "first", "-c", SHORT_HOSTILE, "--", "true"],
  },
  "a duration": { args: ["tasks", "--timeout", SHORT_HOSTILE] },
  "a command": { args: ["exec", "worker", "--", "true", SHORT_HOSTILE] },
  "a command that is not there": {
    args: ["exec", "worker", "--", ONE_LINE],
  },
  "a command that is not there, unwrapped": {
    args: ["exec", "worker", "--no-shell", "--", SHORT_HOSTILE],
  },
  "a command of a plan": {
    args: [
      "exec",
      "worker",
      "--dry-run",
      "-e",
      `${MARK}=x`,
      "-w",
      SHORT_HOSTILE,
      "-u",
      SHORT_HOSTILE,
      "--",
      SHORT_HOSTILE,
    ],
  },
  "a command of a run's plan": {
    args: [
      "run",
      "worker",
      "--dry-run",
      "--tags",
      `${SHORT_HOSTILE}=x`,
      "--",
      SHORT_HOSTILE,
    ],
  },
  "a directory": {
    args: ["exec", "worker", "-w", `/${SHORT_HOSTILE}`, "--", "true"],
  },
  "the file of a result": {
    args: [
      "exec",
      "worker",
      "--result",
      `/nowhere/${SHORT_HOSTILE}`,
      "--",
      "true",
    ],
  },
  "a configuration's name": { args: ["tasks", "--config", SHORT_HOSTILE] },
  "a configuration's name, shown": {
    args: [
      "config",
      "show",
      "--config",
      write(`${SHORT_HOSTILE}.yml`, "cluster: default\n"),
    ],
  },
  "a configuration's keys": {
    args: [
      "config",
      "show",
      "--config",
      write(
        "keys.yml",
        `${JSON.stringify(SHORT_HOSTILE)}: 1\nexec: {${
          JSON.stringify(SHORT_HOSTILE)
        }: 1}\n`,
      ),
    ],
  },
  "a configuration's values": {
    args: [
      "config",
      "show",
      "--config",
      write("values.yml", inYaml("cluster")),
    ],
  },
  "a configuration's template": {
    args: [
      "config",
      "show",
      "--config",
      write(
        "template.yml",
        `cluster: "{{ must_env \`${ONE_LINE}\` }}"\n`,
      ),
    ],
  },
  "a configuration's plugin": {
    args: [
      "config",
      "show",
      "--config",
      write(
        "plugin.yml",
        `cluster: "{{ tfstate \`x\` }}"\nplugins: [{name: tfstate, config: {path: ${
          JSON.stringify(`/nowhere/${SHORT_HOSTILE}`)
        }}}]\n`,
      ),
    ],
  },
  "a configuration that is no YAML": {
    args: [
      "config",
      "show",
      "--config",
      write("broken.yml", `${MARK}: [${SHORT_HOSTILE}\n`),
    ],
  },
  "Jsonnet's complaint": {
    args: ["config", "show", "--config", write("a.jsonnet", "{}")],
    env: { PATH: program("jsonnet", `cat '${complaint}' >&2; exit 1`) },
  },
  "AWS_REGION": {
    args: ["config", "show"],
    env: { ...environment("AWS_REGION"), PORTHOLE_CONFIG: nothing },
  },
  "AWS_PROFILE": { args: ["config", "show"], env: environment("AWS_PROFILE") },
  "PORTHOLE_CLUSTER": {
    args: ["config", "show"],
    env: environment("PORTHOLE_CLUSTER"),
  },
  "PORTHOLE_TIMEOUT": {
    args: ["config", "show"],
    env: environment("PORTHOLE_TIMEOUT"),
  },
  "AWS_ENDPOINT_URL": { args: ["tasks"], env: environment("AWS_ENDPOINT_URL") },
  "AWS_ENDPOINT_URL's host": {
    args: ["tasks", "--timeout", "5s"],
    env: { AWS_ENDPOINT_URL: "http://127.0.0.1:1/\x1b]0;evil\x07" },
  },
  "HTTPS_PROXY": {
    args: ["exec", "worker", "--", "true"],
    env: { ...environment("HTTPS_PROXY"), NO_PROXY: "" },
  },
  "AWS_CA_BUNDLE": { args: ["tasks"], env: environment("AWS_CA_BUNDLE") },
  "AWS's files": {
    args: ["tasks", "--profile", "p"],
    env: {
      AWS_CONFIG_FILE: write(
        "aws-config",
        `[profile p]\nsource_profile = ${ONE_LINE}\nrole_arn = arn:aws:iam::123456789012:role/x\n\n`,
      ),
    },
  },
  "credential_process": {
    args: ["tasks", "--profile", "p"],
    env: {
      AWS_CONFIG_FILE: write(
        "aws-process",
        `[profile p]\ncredential_process = sh -c "cat '${complaint}' >&2; exit 1"\n`,
      ),
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
    },
  },
  "DOCKER_HOST": {
    args: ["exec", "legacy", "--via", "docker", "--", "true"],
    env: environment("DOCKER_HOST"),
  },
  "a Docker host": {
    args: [
      "exec",
      "legacy",
      "--config",
      write(
        "docker.yml",
        `exec: {route: docker, docker: {host: ${
          JSON.stringify(`tcp://${SHORT_HOSTILE}:1`)
        }}}\n`,
      ),
      "--",
      "true",
    ],
  },
  "a filter's answer": {
    args: [
      "exec",
      "web",
      "--filter-command",
      `cat '${complaint}'; :`,
      "--",
      "true",
    ],
  },
  "a filter": {
    args: ["exec", "web", "--filter-command", SHORT_HOSTILE, "--", "true"],
  },
  "an error of AWS's": { args: ["tasks"], env: refusing.env },
  "an error's name": { args: ["status", "web"], env: refusing.env },
  "an agent's reason": {
    args: ["exec", "worker", "--", "true"],
    env: agentless.env,
  },
  "an administrator's message": { args: ["exec", "worker", "--", "true"] },
  "a plugin's answer": {
    args: ["exec", "worker", "--session", "plugin", "--", "true"],
    env: {
      PATH: program("session-manager-plugin", `cat '${complaint}'; exit 1`),
    },
  },
};

/** Those that come to nothing that could show the text, or turn it away before. */
const SILENT: readonly string[] = [
  "a configuration that is no YAML",
  "HTTPS_PROXY",
  "AWS_ENDPOINT_URL's host",
  "a plugin's answer",
];

for (const [place, { args, env, ...around }] of Object.entries(PLACES)) {
  testOnce(
    `nothing from outside acts on the terminal: ${place}`,
    async (porthole) => {
      for (const format of ["text", "json"]) {
        const result = await porthole.run(args, {
          ...around,
          env: {
            ...sandbox.env,
            PORTHOLE_DEBUG: "1",
            PORTHOLE_LOG_FORMAT: format,
            ...env,
          },
        });
        const text = result.text + result.stderr;
        assertHarmless(text, `${place}, ${format}`, {
          whole: format === "json",
        });
        assert.ok(
          text.includes(MARK) || SILENT.includes(place),
          `${place} is not shown: ${text}`,
        );
        if (format === "json") {
          for (const line of result.stderr.trimEnd().split("\n")) {
            if (line !== "" && !line.startsWith("    at ")) JSON.parse(line);
          }
        }
      }
    },
  );
}
