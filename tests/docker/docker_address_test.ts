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
      "tcp://host:65536",
      "tcp://host/path",
      "ssh://-oProxyCommand=id",
      "ssh://-l@host",
      "ssh://user@-host",
      "ssh://host name",
      "ssh://host;id",
      "ssh://u:secret@host",
      "ssh://host:0",
      "ssh://host:",
      "ssh://host:ssh",
      "tcp://fd00::7:2376",
      "tcp://host:2376?x=y",
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

Deno.test("what is wrong with an address is named, and a password is not", () => {
  const rows: Readonly<Record<string, RegExp>> = {
    "ssh://u@h:2223/path":
      /nothing may follow the host and port, but "\/path" does$/,
    "tcp://h:1?x": /but "\?x" does$/,
    "ssh://h:70000": /70000 is not a port/,
    "ssh://h:ssh": /"ssh" is not a port$/,
    "ssh://": /it names no host$/,
    "ssh://u@": /it names no host$/,
    "tcp://:2376": /it names no host$/,
    "tcp://fd00::7": /an IPv6 address must be in brackets$/,
    "ssh://-l@h": /the user begins with a dash$/,
    "ssh://a b": /"a b" is not a host$/,
    "tcp://u@h": /tcp:\/\/ has no user$/,
  };
  for (const [text, reason] of Object.entries(rows)) {
    assert.throws(
      () => parseDockerAddress(text),
      (error) => error instanceof PortholeError && reason.test(error.message),
      text,
    );
  }
  assert.throws(
    () => parseDockerAddress("ssh://u:hunter2@h"),
    (error) =>
      error instanceof PortholeError && /password/.test(error.message) &&
      !error.message.includes("hunter2"),
  );
});
