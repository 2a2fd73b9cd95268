import {
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  ListClustersCommand,
  ListServicesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";

/** The SDK's client of ECS: what porthole asks of it and no more goes into the binary. */
export const Client = ECSClient;

/** What it is asked. */
export const commands = {
  deregisterTaskDefinition: DeregisterTaskDefinitionCommand,
  describeClusters: DescribeClustersCommand,
  describeContainerInstances: DescribeContainerInstancesCommand,
  describeServices: DescribeServicesCommand,
  describeTaskDefinition: DescribeTaskDefinitionCommand,
  describeTasks: DescribeTasksCommand,
  executeCommand: ExecuteCommandCommand,
  listClusters: ListClustersCommand,
  listServices: ListServicesCommand,
  listTasks: ListTasksCommand,
  registerTaskDefinition: RegisterTaskDefinitionCommand,
  runTask: RunTaskCommand,
  stopTask: StopTaskCommand,
  updateService: UpdateServiceCommand,
};
