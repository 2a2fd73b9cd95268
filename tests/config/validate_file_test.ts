import assert from "node:assert/strict";
import { expectTextError, load, loadText } from "./load.ts";

Deno.test("the settings of a file know their place", async () => {
  const { config, warnings } = await loadText([
    "region: us-east-1",
    "cluster: prod",
    "service: web",
    "timeout: 1h30m",
    "exec:",
    "  session: builtin",
    "  shell: /bin/zsh",
  ].join("\n"));
  const at = (value: unknown, line: number, column: number) => ({
    value,
    source: { kind: "file", path: "ecspresso.yml", line, column },
  });
  assert.deepEqual(config, {
    path: "/proj/ecspresso.yml",
    files: ["/proj/ecspresso.yml"],
    region: at("us-east-1", 1, 1),
    cluster: at("prod", 2, 1),
    service: at("web", 3, 1),
    timeoutMs: at(5_400_000, 4, 1),
    via: { value: "auto", source: { kind: "default" } },
    session: at("builtin", 6, 3),
    shell: at("/bin/zsh", 7, 3),
  });
  assert.deepEqual(warnings, []);
});

Deno.test("a file of ecspresso's works unchanged, in silence", async () => {
  const { config, warnings } = await loadText(
    [
      "required_version: '>= v2.0.0, < v3'",
      "region: {{ must_env `AWS_REGION` }}",
      "cluster: {{ env `CLUSTER` `default` }}",
      "service: myservice",
      "service_definition: ecs-service-def.json",
      "task_definition: ecs-task-def.json",
      'timeout: "10m0s"',
      "filter_command: peco",
      "plugins:",
      "  - name: tfstate",
      "    config: {url: s3://bucket/terraform.tfstate}",
      "appspec:",
      "  Hooks: [BeforeInstall: LambdaFunctionToValidateBeforeInstall]",
      "codedeploy: {application_name: app, deployment_group_name: group}",
      "ignore: {tags: [a]}",
      "cli_options: {}",
    ].join("\n"),
    { AWS_REGION: "ap-northeast-1" },
  );
  assert.deepEqual(warnings, []);
  assert.equal(config.region?.value, "ap-northeast-1");
  assert.equal(config.timeoutMs.value, 600_000);
});

Deno.test("a timeout is a Go duration, or 0 for none", async () => {
  for (const zero of ["0", "'0'", "0s"]) {
    assert.equal(
      (await loadText(`timeout: ${zero}`)).config.timeoutMs.value,
      0,
      zero,
    );
  }
  await expectTextError(
    "timeout: 5x",
    "1:10",
    'timeout "5x" is not a duration',
  );
  await expectTextError("timeout: 600", "1:10", 'timeout "600" has no unit');
  await expectTextError("timeout: -5m", "1:10", 'timeout "-5m" is negative');
  await expectTextError("timeout: true", "1:10", 'timeout "true" has no unit');
  await expectTextError("timeout: .inf", "1:10", "has no unit");
  await expectTextError("timeout: ' '", "1:10", "is not a duration");
  await expectTextError("timeout: [5m]", "1:10", "timeout is a list");
});

Deno.test("names are texts that say something", async () => {
  for (const key of ["region", "cluster", "service"]) {
    const at = `1:${key.length + 3}`;
    await expectTextError(`${key}: "  "`, at, "is empty");
    await expectTextError(
      `${key}: 12`,
      at,
      `${key} "12" is not text: put it in quotes`,
    );
    await expectTextError(`${key}: true`, at, `${key} "true" is not text`);
    await expectTextError(`${key}: {a: b}`, at, `${key} is a mapping`);
    await expectTextError(`${key}: [a]`, at, `${key} is a list`);
    await expectTextError(`${key}: "a\\nb"`, at, "unreadable characters");
    await expectTextError(`${key}: a\ufffdb`, at, "unreadable characters");
  }
});

Deno.test("what is empty or null is not set, as in ecspresso", async () => {
  const empty = ["''", '""', "~", "null", "", "{{ env `UNSET` }}", "!!str"];
  for (const value of empty) {
    const { config, warnings } = await loadText([
      `region: ${value}`,
      `cluster: ${value}`,
      `service: ${value}`,
      `timeout: ${value}`,
      `filter_command: ${value}`,
      `required_version: ${value}`,
      `plugins: ${value}`,
      "exec:",
      ...["route", "generation", "ecs_exec", "session", "shell"]
        .map((key) => `  ${key}: ${value}`),
      "  docker:",
      `    host: ${value}`,
      `    tls: ${value}`,
    ].join("\n"));
    assert.deepEqual(config, {
      path: "/proj/ecspresso.yml",
      files: ["/proj/ecspresso.yml"],
      cluster: { value: "default", source: { kind: "default" } },
      timeoutMs: { value: 600_000, source: { kind: "default" } },
      via: { value: "auto", source: { kind: "default" } },
      session: { value: "auto", source: { kind: "default" } },
    }, value);
    assert.deepEqual(warnings, []);
    for (const key of ["exec", "exec.docker"]) {
      const text = key === "exec"
        ? `exec: ${value}`
        : `exec:\n  docker: ${value}`;
      assert.deepEqual((await loadText(text)).warnings, []);
    }
  }
});

Deno.test("exec holds our own settings", async () => {
  assert.equal((await loadText("exec:")).config.session.value, "auto");
  await expectTextError("exec: []", "1:7", "exec is not a mapping");
  await expectTextError("exec: plugin", "1:7", "exec is not a mapping");
  await expectTextError(
    "exec: {session: ssh}",
    "1:17",
    'exec.session "ssh" must be one of {auto',
  );
  await expectTextError("exec: {session: no}", "1:17", "exec.session");
  await expectTextError("exec:\n  shell: ' '", "2:10", "is empty");
  await expectTextError(
    "exec:\n  shell: [bash, -l]",
    "2:10",
    "exec.shell is a list",
  );
});

Deno.test("ECSExec is Yes or No in any case, or a boolean", async () => {
  const cases = {
    Yes: "Yes",
    "'no'": "No",
    NO: "No",
    true: "Yes",
    false: "No",
  };
  for (const [written, value] of Object.entries(cases)) {
    const { config } = await loadText(`exec: {ecs_exec: ${written}}`);
    assert.equal(config.ecsExec?.value, value);
  }
  for (const written of ["maybe", "1", "' '"]) {
    await expectTextError(
      `exec: {ecs_exec: ${written}}`,
      "1:18",
      "must be one of {Yes|No}",
    );
  }
});

Deno.test("the route and the first generation are read", async () => {
  const { config } = await loadText("exec:\n  route: docker\n  generation: 1");
  assert.equal(config.via.value, "docker");
  assert.equal(config.generation?.value, 1);
  await expectTextError("exec: {route: ssh}", "1:15", "must be one of {auto");
  await expectTextError(
    "exec: {generation: 2}",
    "1:20",
    "must be 1 or be left out",
  );
});

Deno.test("the Docker host's files are relative to the configuration", async () => {
  const { config, warnings } = await loadText([
    "exec:",
    "  docker:",
    "    host: tcp://{private_ip}:2376",
    "    tls: {ca: tls/ca.pem, cert: /c.pem, key: k.pem, server_name: d, x: 1}",
    "    hots: x",
  ].join("\n"));
  assert.equal(config.dockerHost?.value, "tcp://{private_ip}:2376");
  assert.equal(config.dockerCa?.value, "/proj/tls/ca.pem");
  assert.equal(config.dockerCert?.value, "/c.pem");
  assert.equal(config.dockerKey?.value, "/proj/k.pem");
  assert.equal(config.dockerServerName?.value, "d");
  assert.equal(config.dockerTls, undefined);
  assert.match(warnings[0] ?? "", /exec\.docker\.hots.*exec\.docker\.host/);
  assert.match(warnings[1] ?? "", /exec\.docker\.tls\.x/);
});

Deno.test("TLS is turned off by false and nothing else", async () => {
  const { config } = await loadText("exec: {docker: {tls: false}}");
  assert.equal(config.dockerTls?.value, false);
  await expectTextError("exec: {docker: {tls: true}}", "1:22", "neither false");
  await expectTextError("exec: {docker: x}", "1:16", "is not a mapping");
});

Deno.test("a rack is named by a name alone: a file must not send commands elsewhere", async () => {
  for (const value of ["https://rack.example.com", "a/b", "../x"]) {
    await expectTextError(
      `exec:\n  rack: "${value}"`,
      "2:9",
      "is not a name that porthole rack login has stored",
    );
  }
});

Deno.test("keys that nobody knows are warned about", async () => {
  const { warnings } = await loadText([
    "servce: web",
    "exec: {shel: bash}",
    "something_else: 1",
    "constructor: 1",
    "__proto__: {service: x}",
    "12: 3",
    '"a\\u001bb": 1',
  ].join("\n"));
  assert.deepEqual(warnings, [
    'Unknown key "servce" at ecspresso.yml:1:1: did you mean "service"?',
    'Unknown key "something_else" at ecspresso.yml:3:1',
    'Unknown key "constructor" at ecspresso.yml:4:1',
    'Unknown key "__proto__" at ecspresso.yml:5:1',
    'Unknown key "12" at ecspresso.yml:6:1',
    'Unknown key "a\\u001bb" at ecspresso.yml:7:1',
    'Unknown key "exec.shel" at ecspresso.yml:2:8: did you mean "exec.shell"?',
  ]);
});

Deno.test("of many keys that nobody knows the first are named", async () => {
  const { warnings } = await loadText(
    Array.from({ length: 40 }, (_, index) => `user${index}: x`).join("\n"),
  );
  assert.equal(warnings.length, 11);
  assert.match(warnings[10] ?? "", /^30 more unknown keys in ecspresso\.yml: /);
});

Deno.test("an error shows a value's template, not what it was filled with", async () => {
  for (
    const value of ['"{{ must_env `PASSWORD` }}"', "{{ env `PASSWORD` `1` }}"]
  ) {
    await assert.rejects(
      load({
        files: { "ecspresso.yml": `timeout: ${value}\n` },
        variables: { PASSWORD: "hunter2" },
      }),
      (error: Error) =>
        /PASSWORD/.test(error.message) && !/hunter2/.test(error.message),
    );
  }
});

Deno.test("with a rack, whoever names it, nothing of AWS's is opened", async () => {
  const source = { kind: "flag", name: "--rack" } as const;
  const worlds: Parameters<typeof load>[0][] = [
    { files: { "ecspresso.yml": "cluster: c\nexec:\n  rack: dev\n" } },
    { files: {}, flags: { rack: { value: "dev", source } } },
  ];
  for (const world of worlds) {
    const { config, warnings } = await load({
      ...world,
      findProfileRegion: () => assert.fail("opened the files"),
      readInstanceRegion: () => assert.fail("asked the instance"),
    });
    assert.equal(config.rack?.value, "dev");
    assert.equal(config.region, undefined);
    assert.deepEqual(warnings, []);
  }
});

Deno.test("a password in an address that cannot be used is not shown", async () => {
  await assert.rejects(
    loadText("exec:\n  rack: https://convox:s3cret@rack.example.com"),
    {
      message:
        'Cannot use ecspresso.yml:2:9: exec.rack "https://...@rack.example.com" is not a name that porthole rack login has stored',
    },
  );
});
