import assert from "node:assert/strict";
import { sharedPaths } from "../../src/config/find_shared_files.ts";
import { load } from "./load.ts";

function pathsOf(
  platform: "linux" | "darwin" | "windows",
  variables: Readonly<Record<string, string>>,
) {
  return sharedPaths({ platform, env: (name) => variables[name] });
}

Deno.test("the user's file comes before the machine's", () => {
  for (const platform of ["linux", "darwin"] as const) {
    assert.deepEqual(pathsOf(platform, { HOME: "/home/ann" }), [
      "/home/ann/.config/porthole/config.yml",
      "/etc/porthole/config.yml",
    ]);
  }
  assert.deepEqual(
    pathsOf("windows", {
      APPDATA: "C:\\Users\\ann\\AppData\\Roaming",
      PROGRAMDATA: "C:\\ProgramData",
    }),
    [
      "C:\\Users\\ann\\AppData\\Roaming\\porthole\\config.yml",
      "C:\\ProgramData\\porthole\\config.yml",
    ],
  );
});

Deno.test("the working directory never decides where the user's file is", () => {
  assert.deepEqual(
    pathsOf("linux", { HOME: "/home/ann", XDG_CONFIG_HOME: "conf" }),
    ["/home/ann/.config/porthole/config.yml", "/etc/porthole/config.yml"],
  );
  for (const variables of [{}, { HOME: "" }, { HOME: "." }]) {
    assert.deepEqual(pathsOf("linux", variables), ["/etc/porthole/config.yml"]);
  }
  assert.deepEqual(pathsOf("windows", { HOME: "/home/ann" }), []);
});

Deno.test("a file of user or machine whose settings are all comments sets nothing", async () => {
  for (const text of ["", "\uFEFF# cluster: prod\r\n\r\n  # exec:\r\n", "\n"]) {
    const { config, warnings } = await load({
      files: {
        "/home/ops/.config/porthole/config.yml": text,
        "/etc/porthole/config.yml": "cluster: prod",
      },
      variables: { HOME: "/home/ops" },
    });
    assert.deepEqual([config.cluster.value, warnings], ["prod", []]);
  }
});

Deno.test("a file of user or machine that cannot be read is passed over with a warning", async () => {
  const { config, warnings } = await load({
    files: {
      "/home/ops/.config/porthole/config.yml": new Deno.errors
        .PermissionDenied(),
      "/etc/porthole/config.yml": "cluster: prod",
    },
    variables: { HOME: "/home/ops" },
  });
  assert.equal(config.cluster.value, "prod");
  assert.deepEqual(config.files, ["/etc/porthole/config.yml"]);
  assert.deepEqual(warnings, [
    'Cannot read the configuration file "/home/ops/.config/porthole/config.yml": permission denied',
  ]);
});
