import assert from "node:assert/strict";
import { projectRoot } from "../../scripts/project.ts";
import { useEngine } from "../docker/engine/use_engine.ts";

const use = useEngine();
const IMAGE = "porthole-rack:test";

/** What a task definition of the template says: no rights, a root that nobody writes to. */
const LIKE_ECS = [
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--network=none",
];

/** What a container has written, on both of its streams. */
async function readLog(socket: string, id: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("docker", {
    args: ["--host", `unix://${socket}`, "logs", id],
  }).output();
  return [stdout, stderr].map((one) => new TextDecoder().decode(one)).join("");
}

use.test("the rack's image holds porthole and what it needs, and runs without rights", async () => {
  const { docker, folder, socket } = use.engine();
  const binary = `${projectRoot}dist/porthole`;
  const built = await new Deno.Command(
    `${projectRoot}packaging/rack/build_image.sh`,
    {
      args: [binary, IMAGE],
      // The engine of the tests has no BuildKit.
      env: { DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: "0" },
      stdout: "null",
      stderr: "piped",
    },
  ).output();
  assert.ok(built.success, new TextDecoder().decode(built.stderr));

  const config = JSON.parse(
    await docker("image", "inspect", "--format", "{{json .Config}}", IMAGE),
  );
  assert.equal(config.User, "65532:65532");
  assert.deepEqual(config.Entrypoint, ["/porthole", "rack", "serve"]);

  const version = await docker(
    "run",
    "--rm",
    ...LIKE_ECS,
    "--entrypoint=/porthole",
    IMAGE,
    "version",
  );
  assert.match(version, /^porthole \d+\.\d+\.\d+/);

  // Without knowing who it is, a rack could not keep people off itself: it does not begin.
  const server = await docker(
    "run",
    "--detach",
    ...LIKE_ECS,
    "--env=AWS_REGION=us-east-1",
    "--env=AWS_EC2_METADATA_DISABLED=true",
    IMAGE,
    "--clusters=prod",
    "--users=file:/users",
    "--listen=127.0.0.1:5443",
  );
  assert.equal(await docker("wait", server), "1");
  assert.match(await readLog(socket, server), /Cannot find AWS credentials/);
  await docker("rm", server);

  // Nothing else: no shell, nothing that others may write.
  const id = await docker("create", IMAGE);
  const archive = `${folder}/rack.tar`;
  await docker("export", "--output", archive, id);
  await docker("rm", id);
  const { stdout } = await new Deno.Command("tar", {
    args: ["-tvf", archive],
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n")
    .map((line) => line.split(/\s+/))
    // Docker itself puts those there.
    .filter(([, , , , , name = ""]) =>
      !/^(dev|proc|sys|\.dockerenv|etc\/(hosts|hostname|resolv\.conf|mtab))/
        .test(name)
    );
  const files = lines.filter(([mode = ""]) => mode.startsWith("-"));
  assert.ok(
    files.every(([, , , , , name = ""]) =>
      /^(porthole|etc\/(passwd|group|nsswitch\.conf|ssl\/certs\/ca-certificates\.crt)|(usr\/)?lib(64)?\/\S+\.so\S*)$/
        .test(name)
    ),
    files.map(([, , , , , name]) => name).join(", "),
  );
  assert.ok(
    files.every(([mode = ""]) => !/w/.test(mode.slice(4))),
    "a file of the image is writable",
  );
});
