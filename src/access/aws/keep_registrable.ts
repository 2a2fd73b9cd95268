import type { EcsTaskDefinition } from "../../aws/create_aws.ts";

/**
 * What DescribeTaskDefinition returns and RegisterTaskDefinition accepts: the rest is AWS's own to say.
 * Secrets are names of parameters there, never values.
 */
export function keepRegistrable(
  definition: EcsTaskDefinition | undefined,
): Partial<EcsTaskDefinition> {
  const {
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _registeredAt,
    registeredBy: _registeredBy,
    deregisteredAt: _deregisteredAt,
    deleteRequestedAt: _deleteRequestedAt,
    ...rest
  } = definition ?? {};
  return rest;
}
