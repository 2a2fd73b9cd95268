/**
 * The demo's second part, run in the environment of a sandbox with a rack: what somebody does who has a token of the
 * rack, and no AWS credentials.
 */
import { projectRoot } from "./project.ts";
import { runScript } from "./run_script.ts";

/** The sandbox's own address of the rack has the token in it. */
function readRack(): { readonly url: string; readonly token: string } {
  const url = new URL(Deno.env.get("PORTHOLE_RACK") ?? "");
  const token = url.password;
  url.username = "";
  url.password = "";
  return { url: url.origin, token };
}

/** Prints what the user would type, and runs porthole from source, with nothing of AWS's in its environment. */
async function show(
  args: readonly string[],
  home: string,
  typed?: string,
): Promise<number> {
  console.log(`$ porthole ${args.join(" ")}`);
  const names = [
    "PATH",
    "HOME",
    "DENO_DIR",
    "XDG_CACHE_HOME",
    "TMPDIR",
    "TERM",
  ];
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--frozen", "--no-check", "-A"],
      `${projectRoot}main.ts`,
      ...args,
    ],
    cwd: home,
    clearEnv: true,
    env: {
      ...Object.fromEntries(names.flatMap((name) => {
        const value = Deno.env.get(name);
        return value === undefined ? [] : [[name, value]];
      })),
      DENO_NO_UPDATE_CHECK: "1",
      XDG_CONFIG_HOME: home,
    },
    stdin: typed === undefined ? "null" : "piped",
  }).spawn();
  if (typed !== undefined) {
    const input = child.stdin.getWriter();
    await input.write(new TextEncoder().encode(`${typed}\n`));
    await input.close();
  }
  return (await child.status).code;
}

if (import.meta.main) {
  await runScript(async () => {
    const { url, token } = readRack();
    const home = await Deno.makeTempDir({ prefix: "porthole-demo-" });
    try {
      const login = ["rack", "login", url, "--name", "dev", "--token-stdin"];
      const command = ["--", "echo", "no AWS credentials here"];
      return await show(login, home, token) ||
        await show(["exec", "--rack", "dev", "worker", ...command], home) ||
        await show(["rack", "params", "set", "ECSExec=No"], home);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });
}
