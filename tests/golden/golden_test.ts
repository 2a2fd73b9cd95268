/**
 * What people read, at the widths of real terminals: the files beside this one are shown by
 * `git diff` where a text changes. PORTHOLE_GOLDEN=write writes them.
 */
import assert from "node:assert/strict";
import { helpWidth, renderHelp } from "../../src/args/help_text.ts";
import type { Check } from "../../src/diagnosis/checks/check.ts";
import { renderDoctor } from "../../src/output/format_doctor.ts";
import { formatTasks } from "../../src/output/format_tasks.ts";
import type { ListedTask, TaskList } from "../../src/output/task_list.ts";
import { chooseRow } from "../../src/target/choose_row.ts";
import { offerTasks } from "../../src/target/offer_tasks.ts";
import { container, fakeChooser, task } from "../target/fake_access.ts";

const WIDTHS = [40, 60, 80, 100, 140] as const;

function id(number: number): string {
  return `${number}`.padStart(2, "0").repeat(16);
}

const tasks = [1, 2, 3].map((number) =>
  task(id(number), {
    health: number === 2 ? "UNHEALTHY" : "HEALTHY",
    availabilityZone: `us-east-1${"abc"[number - 1]}`,
    privateIp: `10.0.1.${number}`,
    launchType: number === 3 ? "EC2" : "FARGATE",
    executeCommandEnabled: number !== 3,
    containers: [container("app"), container("sidecar")],
  })
);

const list: TaskList = {
  cluster: "main",
  region: "us-east-1",
  tasks: tasks.map((task): ListedTask => ({
    ...task,
    service: "web",
    containers: task.containers.map((container) => ({
      ...container,
      agent: { status: "RUNNING" },
      route: task.executeCommandEnabled
        ? { kind: "ecs_exec", because: "the task was started with ECS Exec" }
        : {
          kind: "docker",
          because: "the task was started without ECS Exec",
          warning: "",
        },
    })),
  })),
};

const ARN = "arn:aws:iam::123456789012:user/sandbox";
const checks: readonly Check[] = [
  {
    id: "identity",
    title: "Identity",
    status: "ok",
    evidence: `${ARN} (account 123456789012, region us-east-1)`,
  },
  {
    id: "cluster",
    title: "Cluster",
    status: "ok",
    evidence: "default is ACTIVE",
  },
  {
    id: "init_process",
    title: "Init process",
    status: "warn",
    evidence:
      "initProcessEnabled is off: processes left behind by sessions are not reaped",
    remedy:
      'set "linuxParameters": {"initProcessEnabled": true} in the task definition',
  },
  {
    id: "task_role",
    title: "Task role",
    status: "fail",
    evidence:
      "the task role sandbox-task does not allow ssmmessages:OpenDataChannel",
    remedy:
      `aws iam put-role-policy --role-name sandbox-task --policy-name ecs-exec --policy-document '{"Statement":[{"Effect":"Allow","Action":"ssmmessages:OpenDataChannel","Resource":"*"}]}'`,
    link: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/",
  },
  {
    id: "network",
    title: "Network",
    status: "unknown",
    evidence:
      `could not be checked: ${ARN} is not allowed to perform ec2:DescribeSubnets on *`,
    remedy:
      'add to a policy of that identity: {"Effect":"Allow","Action":"ec2:DescribeSubnets","Resource":"*"}',
  },
];

const now = new Date("2023-01-03T00:00:00Z");

async function drawPicker(columns: number): Promise<string> {
  const many = Array.from({ length: 30 }, (_, at) => ({
    ...tasks[at % 3]!,
    id: id(at + 1),
  }));
  const chooser = fakeChooser(["99", "nothing", "unhealthy", "", "30"], {
    terminalSize: () => ({ columns, rows: 12 }),
    dim: (text) => text,
    now: () => now,
  });
  const offer = await offerTasks(many, { place: "web" }, chooser);
  assert.equal(offer.kind, "choices");
  await chooseRow(offer.choices, chooser, {
    canGoBack: false,
    note: 'Cannot find a running task of service "api": it has no tasks',
  });
  return chooser.screen();
}

const TEXTS: Readonly<
  Record<string, (columns: number) => string | Promise<string>>
> = {
  help: (columns) => renderHelp(undefined, helpWidth(`${columns}`, undefined)),
  "help-exec": (columns) => renderHelp("exec", columns),
  "help-tasks": (columns) => renderHelp("tasks", columns),
  "help-routing": (columns) => renderHelp("routing", columns),
  tasks: (width) => formatTasks(list, "table", { now, width }),
  picker: drawPicker,
  doctor: (width) => renderDoctor(checks, { width }),
  "help-doctor": (columns) => renderHelp("doctor", columns),
};

for (const [name, draw] of Object.entries(TEXTS)) {
  for (const columns of WIDTHS) {
    Deno.test(`${name} at ${columns} columns`, async () => {
      const text = await draw(columns);
      const file = new URL(`${name}.${columns}.txt`, import.meta.url);
      if (Deno.env.get("PORTHOLE_GOLDEN") === "write") {
        await Deno.writeTextFile(file, text);
      }
      assert.equal(text, await Deno.readTextFile(file));
      if (name === "picker") return;
      for (const line of text.split("\n")) {
        // What is to be copied stays whole: a policy, an address.
        const isWord = /^ *(see: )?\S+( \\)?$/.test(line);
        if (name === "doctor" && isWord) continue;
        assert.ok([...line].length <= columns, line);
      }
    });
  }
}
