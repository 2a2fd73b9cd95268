import assert from "node:assert/strict";
import { createDirectory } from "../../../src/access/aws/create_directory.ts";
import type { Aws } from "../../../src/aws/create_aws.ts";

Deno.test("no more services are asked for at a time than ECS takes, and all come in their order", async () => {
  const asked: number[] = [];
  const { describeServices } = createDirectory(
    {
      region: "us-east-1",
      call(
        _service: string,
        _operation: string,
        { services }: { readonly services: readonly string[] },
      ) {
        asked.push(services.length);
        return Promise.resolve({
          services: services.map((serviceName) => ({ serviceName })),
        });
      },
    } as unknown as Aws,
  );
  const names = Array.from({ length: 21 }, (_, at) => `s${at}`);
  const found = await describeServices("main", names);
  assert.deepEqual(found.map(({ name }) => name), names);
  assert.deepEqual(asked, [10, 10, 1]);
});
