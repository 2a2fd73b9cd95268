import assert from "node:assert/strict";
import {
  fillHostPlaces,
  findHostPlaces,
} from "../../src/docker/docker_host_places.ts";

Deno.test("places of an address are found and filled in", () => {
  assert.deepEqual(findHostPlaces("tcp://10.0.0.1:2376"), []);
  const host = "ssh://{instance_id}@{private_ip}";
  assert.deepEqual(findHostPlaces(host), ["instance_id", "private_ip"]);
  assert.equal(
    fillHostPlaces(host, { instance_id: "i-1", private_ip: "10.0.0.1" }),
    "ssh://i-1@10.0.0.1",
  );
});

Deno.test("what nobody can fill in is refused with what there is", () => {
  assert.throws(
    () => findHostPlaces("tcp://{privat_ip}"),
    /\{privat_ip\} is not a known placeholder/,
  );
});
