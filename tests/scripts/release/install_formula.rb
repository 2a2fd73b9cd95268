# Evaluates a formula the way Homebrew does, as far as ours needs it, and installs it from ./unpacked into
# ./prefix: `install_formula.rb FORMULA macos|linux arm|intel`. Prints what it downloads and what it has
# installed, as JSON. Between install and post_install it damages each program, as Homebrew does on Linux.
require "json"
require "pathname"
require "fileutils"

SYSTEM = ARGV.fetch(1)
PROCESSOR = ARGV.fetch(2)

module OS
  def self.linux? = SYSTEM == "linux"
  def self.mac? = SYSTEM == "macos"
end

class Pathname
  def install(what)
    mkpath
    (what.is_a?(Hash) ? what : { what => File.basename(what) }).each do |source, name|
      FileUtils.mv(source, self / name)
    end
  end

  def write_exec_script(*targets)
    mkpath
    targets.each do |target|
      path = self / Pathname(target).basename
      path.write("#!/bin/bash\nexec \"#{target}\" \"$@\"\n")
      path.chmod(0o755)
    end
  end
end

HOMEBREW_PREFIX = Pathname("/brew")

class Formula
  FACTS = {}

  class << self
    %i[desc homepage version license url sha256].each do |name|
      define_method(name) { |value| FACTS[name] = value }
    end
    def on_macos = (yield if OS.mac?)
    def on_linux = (yield if OS.linux?)
    def on_arm = (yield if PROCESSOR == "arm")
    def on_intel = (yield if PROCESSOR == "intel")
    def test; end
  end

  PREFIX = Pathname.pwd / "prefix"
  {
    bin: "bin", libexec: "libexec", opt_bin: "opt/bin", opt_libexec: "opt/libexec", man1: "share/man/man1",
    bash_completion: "etc/bash_completion.d",
    zsh_completion: "share/zsh/site-functions",
    fish_completion: "share/fish/vendor_completions.d"
  }.each { |name, path| define_method(name) { PREFIX / path } }

  def version = FACTS[:version]

  def system(*words)
    Kernel.system(*words.map(&:to_s)) or raise "Cannot run #{words.join(" ")}"
  end

  def rm(path) = FileUtils.rm(path)
end

load ARGV.fetch(0)
formula = Porthole.new
Dir.chdir("unpacked") { formula.install }
if OS.linux?
  Formula::PREFIX.glob("**/*").select(&:file?).each do |path|
    path.write("damaged") if path.read == "content of porthole"
  end
end
formula.post_install

files = Formula::PREFIX.glob("**/*").select(&:file?).to_h do |path|
  [path.relative_path_from(Formula::PREFIX).to_s, path.read]
end
puts JSON.generate({
  url: Formula::FACTS[:url], sha256: Formula::FACTS[:sha256], files: files, caveats: formula.caveats
})
