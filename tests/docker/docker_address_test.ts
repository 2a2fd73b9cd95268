import assert from "node:assert/strict";
import {
  formatDockerAddress,
  parseDockerAddress,
} from "../../src/docker/docker_address.ts";
import { PortholeError } from "../../src/errors.ts";

Deno.test("addresses are read as DOCKER_HOST writes them", () => {
  for (
    const text of [
      "unix:///var/run/docker.sock",
      "unix:///run/user dir/docker.sock",
      "tcp://10.0.0.7:2376",
      "tcp://docker.example.com",
      "tcp://[fd00::7]:2376",
      "ssh://host",
      "ssh://ec2-user@10.0.0.7:2222",
      "ssh://a.b@[fd00::7]",
    ]
  ) assert.equal(formatDockerAddress(parseDockerAddress(text)), text);
});

Deno.test("anything else is refused, and nothing becomes an option of ssh", () => {
  for (
    const text of [
      "",
      "/var/run/docker.sock",
      "unix://docker.sock",
      "npipe:////./pipe/docker_engine",
      "http://10.0.0.7:2375",
      "tcp://",
      "tcp://user@host:2376",
      "tcp://host:99999",
      "tcp://host/path",
      "ssh://-oProxyCommand=id",
      "ssh://-l@host",
      "ssh://user@-host",
      "ssh://host name",
      "ssh://host;id",
    ]
  ) {
    assert.throws(
      () => parseDockerAddress(text),
      (error) =>
        error instanceof PortholeError && error.code === "config_invalid" &&
        /exec\.docker\.host/.test(error.hint ?? ""),
      text,
    );
  }
});
