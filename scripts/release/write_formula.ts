/** Writes the Homebrew formula, dist/taps/porthole.rb, from the checksums of dist/release. */
import { runScript } from "../run_script.ts";
import {
  findDownload,
  readReleaseFacts,
  type ReleaseFacts,
  repositoryUrl,
  summary,
} from "./release_facts.ts";
import { tapsFolder } from "./release_folder.ts";

const systems = [["darwin", "macos"], ["linux", "linux"]] as const;
const processors = [["arm64", "arm"], ["x64", "intel"]] as const;

/** Builds the formula for the platforms that the release has. */
export function buildFormula(facts: ReleaseFacts): string {
  const downloads = systems.map(([os, block]) => {
    const blocks = processors.map(([arch, name]) => {
      const found = findDownload(facts, { os, arch }, "tar.gz");
      return found === undefined ? "" : `    on_${name} do
      url "${found.url}"
      sha256 "${found.sha256}"
    end
`;
    }).join("");
    return blocks === "" ? "" : `  on_${block} do\n${blocks}  end\n\n`;
  }).join("");
  if (downloads === "") {
    throw new Error(
      "Cannot write the formula: the release has nothing for macOS or Linux",
    );
  }
  return `class Porthole < Formula
  desc "${summary}"
  homepage "${repositoryUrl(facts.repository)}"
  version "${facts.version}"
  license "MIT"

${downloads}${body}end
`;
}

/**
 * On Linux Homebrew rewrites the header of every program it finds in what a formula has installed, to
 * make it use Homebrew's own dynamic loader. What `deno compile` has put behind the program then is not
 * found any more ("Could not find standalone binary section"; `patchelf --set-interpreter` shows it, and
 * so does `strip`). So it is packed until that is over: post_install comes after it.
 * Others do the same (Homebrew/brew#22442).
 *
 * A link by the name of AWS's plugin leads to the program itself, since a script would not be called by
 * that name, and through `opt`, which stays where it is when a new version comes.
 */
const body = `  def install
    if OS.linux?
      # Homebrew would rewrite the program's header, which it does not survive: packed until post_install.
      libexec.mkpath
      system "tar", "-czf", libexec/"porthole.tar.gz", "porthole"
      bin.write_exec_script libexec/"porthole"
    else
      bin.install "porthole"
    end
    bash_completion.install "completions/porthole.bash" => "porthole"
    zsh_completion.install "completions/_porthole"
    fish_completion.install "completions/porthole.fish"
    man1.install "porthole.1"
  end

  def post_install
    return unless OS.linux?

    system "tar", "-xzf", libexec/"porthole.tar.gz", "-C", libexec
    rm libexec/"porthole.tar.gz"
  end

  def caveats
    program = OS.linux? ? opt_libexec/"porthole" : opt_bin/"porthole"
    <<~EOS
      porthole can stand in for AWS's session-manager-plugin. For the AWS CLI to find it:
        ln -s #{program} #{HOMEBREW_PREFIX}/bin/session-manager-plugin
    EOS
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/porthole version")
  end
`;

/** Writes it, and returns its path. */
export async function writeFormula(): Promise<string> {
  const path = `${tapsFolder}porthole.rb`;
  const text = buildFormula(await readReleaseFacts());
  await Deno.mkdir(tapsFolder, { recursive: true });
  await Deno.writeTextFile(path, text);
  return path;
}

if (import.meta.main) {
  await runScript(async () => console.log(await writeFormula()));
}
