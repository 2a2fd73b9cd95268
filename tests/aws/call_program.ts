import { createAwsAccess } from "../../src/access/aws/create_aws_access.ts";
import { createAws } from "../../src/aws/create_aws.ts";
import { PortholeError } from "../../src/errors.ts";
import { createRealDeps } from "../../src/real_deps.ts";

/** Lists the clusters, and prints them or the error: proxies are read once a process. */
const aws = createAws({
  ...createRealDeps(),
  region: "us-east-1",
  profile: undefined,
});
try {
  console.log(JSON.stringify(await createAwsAccess(aws).listClusters()));
} catch (error) {
  if (!(error instanceof PortholeError)) throw error;
  console.log(`${error.code}: ${error.message}; ${error.hint}`);
}
