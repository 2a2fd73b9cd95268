import { createAwsAccess } from "../../src/access/aws_access.ts";
import { createAws } from "../../src/aws/create_aws.ts";
import { PortholeError } from "../../src/errors.ts";
import { readTextFile } from "../../src/read_text_file.ts";

/** Lists the clusters, and prints them or the error: proxies are read once a process. */
const aws = createAws({
  region: "us-east-1",
  profile: undefined,
  env: (name) => Deno.env.get(name),
  readTextFile,
});
try {
  console.log(JSON.stringify(await createAwsAccess(aws).listClusters()));
} catch (error) {
  if (!(error instanceof PortholeError)) throw error;
  console.log(`${error.code}: ${error.message}; ${error.hint}`);
}
