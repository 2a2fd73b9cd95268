import assert from "node:assert/strict";
import type { Config } from "../../src/config/config.ts";
import { listSettings } from "../../src/commands/show_config.ts";
import { formatConfig } from "../../src/output/format_config.ts";

function format(config: Config, form: "text" | "json"): string {
  return formatConfig(config.files, listSettings(config), form);
}

const config: Config = {
  path: "/proj/ecspresso.yml",
  files: ["/proj/ecspresso.yml", "/etc/porthole/config.yml"],
  region: { value: "us-east-1", source: { kind: "flag", name: "--region" } },
  profile: {
    value: "a\u001b[31m",
    source: { kind: "env", name: "AWS_PROFILE" },
  },
  cluster: { value: "default", source: { kind: "default" } },
  service: {
    value: "hunter2",
    source: {
      kind: "file",
      path: "ecspresso.yml",
      line: 2,
      column: 1,
      secret: 'ssm "/service"',
    },
  },
  timeoutMs: { value: 90_000, source: { kind: "default" } },
  via: { value: "auto", source: { kind: "default" } },
  session: { value: "auto", source: { kind: "default" } },
};

Deno.test("settings are shown with their sources, secrets without their values", () => {
  assert.equal(
    format(config, "text"),
    `
region            us-east-1              --region
cluster           default                default
service           (from ssm "/service")  ecspresso.yml:2:1
profile           a\\u001b[31m                 AWS_PROFILE
timeout           1m30s                  default
filter_command    (not set)
exec.route        auto                   default
exec.generation   (not set)
exec.ecs_exec     (not set)
exec.docker.host  (not set)
exec.rack         (not set)
exec.session      auto                   default
exec.pick         (not set)
exec.shell        (not set)
exec.quiet        (not set)
files             /proj/ecspresso.yml
                  /etc/porthole/config.yml
`.trimStart(),
  );
  const text = format(config, "json");
  assert.ok(text.endsWith("}\n") && !text.includes("hunter2"));
  const { files, settings } = JSON.parse(text);
  assert.deepEqual(files, config.files);
  assert.deepEqual(settings["service"], {
    value: null,
    source: "ecspresso.yml:2:1",
    from: 'ssm "/service"',
  });
  assert.deepEqual(settings["exec.shell"], { value: null, source: null });
  assert.deepEqual(settings["timeout"], { value: "1m30s", source: "default" });
});

Deno.test("without a file there is none to name", () => {
  const text = format({ ...config, files: [] }, "text");
  assert.match(text, /^files +\(none\)$/m);
});

Deno.test("no line of the settings is wider than its terminal", () => {
  for (const width of [40, 60, 80, 100, 140]) {
    const text = formatConfig(
      ["/home/somebody/projects/shop/deploy/ecspresso.yml"],
      listSettings(config),
      "text",
      width,
    );
    for (const line of text.split("\n")) {
      assert.ok(line.length <= width, `${width}: ${line}`);
    }
    assert.ok(text.replaceAll(/\s/g, "").includes("shop/deploy/ecspresso.yml"));
  }
});
