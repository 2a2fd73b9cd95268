import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { isThere } from "../../../scripts/install_packages.ts";
import { buildFormula } from "../../../scripts/release/write_formula.ts";
import { keepAssets, makeFacts } from "./release_facts_fixture.ts";
import { runProgram } from "./run_program.ts";

const harness = fileURLToPath(
  new URL("./install_formula.rb", import.meta.url),
);
const noRuby = !await isThere("ruby");

interface Installed {
  readonly url: string;
  readonly sha256: string;
  readonly files: Readonly<Record<string, string>>;
  readonly caveats: string;
}

/** Has Ruby evaluate the formula as Homebrew does on a system, and install from a folder. */
async function install(
  formula: string,
  system: "macos" | "linux",
  processor: "arm" | "intel",
): Promise<Installed> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/unpacked/completions`, { recursive: true });
    for (
      const name of [
        "porthole",
        "porthole.1",
        "completions/porthole.bash",
        "completions/_porthole",
        "completions/porthole.fish",
      ]
    ) {
      const path = `${folder}/unpacked/${name}`;
      await Deno.writeTextFile(path, `content of ${name}`, { mode: 0o755 });
    }
    await Deno.writeTextFile(`${folder}/porthole.rb`, formula);
    const { status, stdout, stderr } = await runProgram(
      ["ruby", "-w", harness, `${folder}/porthole.rb`, system, processor],
      { cwd: folder },
    );
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    return JSON.parse(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "the formula takes each platform's archive, completions and man page",
  ignore: noRuby,
  fn: async () => {
    const facts = makeFacts();
    const formula = buildFormula(facts);
    for (
      const [system, processor, platform] of [
        ["macos", "arm", "darwin_arm64"],
        ["macos", "intel", "darwin_x64"],
        ["linux", "arm", "linux_arm64"],
        ["linux", "intel", "linux_x64"],
      ] as const
    ) {
      const { url, sha256, files } = await install(formula, system, processor);
      const name = `porthole_1.2.3_${platform}.tar.gz`;
      assert.equal(
        url,
        `https://github.com/acme/porthole/releases/download/v1.2.3/${name}`,
      );
      assert.equal(sha256, facts.checksums.get(name));
      for (
        const [path, source] of [
          ["etc/bash_completion.d/porthole", "completions/porthole.bash"],
          ["share/zsh/site-functions/_porthole", "completions/_porthole"],
          [
            "share/fish/vendor_completions.d/porthole.fish",
            "completions/porthole.fish",
          ],
          ["share/man/man1/porthole.1", "porthole.1"],
        ] as const
      ) {
        assert.equal(files[path], `content of ${source}`, path);
      }
    }
  },
});

Deno.test({
  name:
    "on Linux the program appears only after Homebrew has rewritten what it has found",
  ignore: noRuby,
  fn: async () => {
    const formula = buildFormula(makeFacts());
    const { files, caveats } = await install(formula, "linux", "intel");
    assert.match(
      caveats,
      /ln -s \S+\/opt\/libexec\/porthole \/brew\/bin\/session-manager-plugin\n/,
    );
    // The harness damages every file that holds the program's content between install and post_install.
    assert.equal(files["libexec/porthole"], "content of porthole");
    assert.match(
      files["bin/porthole"] ?? "",
      /^#!.*\nexec ".*\/libexec\/porthole" "\$@"\n$/s,
    );
    assert.equal(files["libexec/porthole.tar.gz"], undefined);
  },
});

Deno.test({
  name: "on macOS the program is installed as it is",
  ignore: noRuby,
  fn: async () => {
    const formula = buildFormula(makeFacts());
    const { files, caveats } = await install(formula, "macos", "arm");
    assert.match(
      caveats,
      /ln -s \S+\/opt\/bin\/porthole \/brew\/bin\/session-manager-plugin\n/,
    );
    assert.deepEqual(
      Object.keys(files).filter((path) => /^(bin|libexec)\//.test(path)),
      ["bin/porthole"],
    );
  },
});

Deno.test("a formula names the platforms that there are, and is refused without any", () => {
  const formula = buildFormula(keepAssets(makeFacts(), "linux_x64"));
  assert.ok(!formula.includes("on_macos") && !formula.includes("on_arm"));
  assert.throws(() => buildFormula(keepAssets(makeFacts(), "windows")), {
    message:
      "Cannot write the formula: the release has nothing for macOS or Linux",
  });
});
