import type { ApiContext } from "./api_context.ts";
import { ApiError } from "./api_error.ts";
import { answerNetwork, taskGroup, vpcId } from "./answer_network.ts";
import { subnetId } from "./describe_task.ts";
import { nameInstance } from "./fleet.ts";

/** The API's version, which tells its requests from those of other services that speak XML. */
export const ec2Version = "2016-11-15";

const ADDRESS_FILTER = "network-interface.addresses.private-ip-address";

/** Answers one operation of the EC2 API, in XML. */
export function answerEc2(context: ApiContext, form: URLSearchParams): string {
  const action = form.get("Action") ?? "";
  if (action !== "DescribeInstances") {
    const answer = answerNetwork(context, action);
    if (answer !== undefined) return wrap(action, answer);
    throw new ApiError(
      "InvalidAction",
      `The action ${action} is not valid for this web service.`,
    );
  }
  const known = context.fleet.clusters.flatMap(({ tasks }) => tasks)
    .filter(({ launchType }) => launchType !== "EXTERNAL")
    .map(nameInstance);
  const { privateIp, publicIp } = context.options.instance;
  const wanted = form.get("Filter.1.Name") === ADDRESS_FILTER
    ? [...new Set(known)].filter((id) =>
      id !== undefined && form.get("Filter.1.Value.1") === privateIp
    )
    : [...form].filter(([name]) => /^InstanceId\.\d+$/.test(name))
      .map(([, id]) => id);
  const missing = wanted.filter((id) => !known.includes(id));
  if (missing.length > 0) {
    throw new ApiError(
      "InvalidInstanceID.NotFound",
      `The instance ID '${missing.join(", ")}' does not exist`,
    );
  }
  const reservations = wanted.map((id) =>
    "<item><instancesSet><item>" +
    `<instanceId>${id}</instanceId>` +
    "<instanceState><code>16</code><name>running</name></instanceState>" +
    `<privateIpAddress>${privateIp}</privateIpAddress>` +
    (publicIp === undefined ? "" : `<ipAddress>${publicIp}</ipAddress>`) +
    `<subnetId>${subnetId}</subnetId><vpcId>${vpcId}</vpcId>` +
    `<groupSet><item><groupId>${taskGroup}</groupId></item></groupSet>` +
    "</item></instancesSet></item>"
  );
  return wrap(
    action,
    `<reservationSet>${reservations.join("")}</reservationSet>`,
  );
}

function wrap(action: string, answer: string): string {
  return `<${action}Response xmlns="http://ec2.amazonaws.com/doc/${ec2Version}/">` +
    `<requestId>sandbox</requestId>${answer}</${action}Response>`;
}

/** A refusal as EC2 writes it. */
export function formatEc2Error(error: ApiError): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error>` +
    `<Code>${error.code}</Code><Message>${
      error.message.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    }</Message></Error></Errors><RequestID>sandbox</RequestID></Response>`;
}
