/** The programs that tests run beside porthole, and the Debian packages that have them. */
const packages: Readonly<Record<string, string>> = {
  busybox: "busybox-static",
  dockerd: "docker.io",
  sshd: "openssh-server",
  ssh: "openssh-client",
  jsonnet: "jsonnet",
  fzf: "fzf",
  openssl: "openssl",
  tmux: "tmux",
  zsh: "zsh",
  fish: "fish",
  groff: "groff-base",
  curl: "curl",
  wget: "wget",
  unzip: "unzip",
  xz: "xz-utils",
  ruby: "ruby",
  shellcheck: "shellcheck",
  debootstrap: "debootstrap",
};

/**
 * Sees to it that the programs the tests need are there, and returns the names of those that are not.
 * It installs only where nobody minds: as root on Debian, or in CI.
 */
export async function installPackages(): Promise<string[]> {
  const missing = await findMissing();
  if (missing.length === 0) return [];
  const root = Deno.uid() === 0;
  if (!await isThere("apt-get") || !(root || Deno.env.get("CI") === "true")) {
    return missing;
  }

  const names = missing.map((program) => packages[program] ?? program);
  console.log(`Installing ${names.join(", ")}`);
  const aptGet = async (...args: string[]) =>
    await succeeds(root ? "apt-get" : "sudo", [
      ...(root ? [] : ["-n", "apt-get"]),
      "-qq",
      ...args,
    ]);
  const install = () =>
    aptGet("install", "-y", "--no-install-recommends", ...names);
  // Fresh machines have no package lists yet; the others need not fetch them again.
  if (!await install()) {
    await aptGet("update");
    await install();
  }
  return await findMissing();
}

async function findMissing(): Promise<string[]> {
  const missing: string[] = [];
  for (const program of Object.keys(packages)) {
    if (!await isThere(program)) missing.push(program);
  }
  return missing;
}

/** Whether a program can be found in PATH. */
export function isThere(program: string): Promise<boolean> {
  return succeeds("sh", ["-c", 'command -v "$1"', "sh", program]);
}

async function succeeds(
  program: string,
  args: readonly string[],
): Promise<boolean> {
  try {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const stdio = { stdin: "null", stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(program, { args: [...args], env, ...stdio })
      .output()).success;
  } catch {
    return false;
  }
}
