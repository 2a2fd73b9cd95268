import { drawFaultMix } from "/work/main/tests/e2e/fault_mix.ts";
import { startInProcess } from "/work/main/tests/e2e/open_in_process.ts";
import { startSandbox } from "/work/main/tests/sandbox/start_sandbox.ts";
const seed = Number(Deno.args[0]), n = Number(Deno.args[1]), atOnce = Number(Deno.args[2] ?? 8);
let i = 0;
async function work() {
  while (i++ < n) {
    const mix = drawFaultMix(seed);
    const sandbox = await startSandbox(mix.faults);
    const file = `${sandbox.directory}/printed`;
    Deno.writeFileSync(file, mix.printed);
    const run = await startInProcess(sandbox, { ...mix, words: ["sh", "-c", 'cat "$1"; cat; exit "$2"', "sh", file, `${mix.status}`] });
    let size = 0;
    const t = setTimeout(async () => {
      console.log("HANG", mix.printed.length, mix.input?.length, mix.binary, mix.status, JSON.stringify(sandbox.sessions()[0], (k, v) => k === "command" ? "" : v), sandbox.events().map((e) => e.kind).join());
      const pid = sandbox.sessions()[0]!.pid!;
      const p = await new Deno.Command("sh", { args: ["-c", `ps -eo pid,ppid,stat,wchan:20,args --forest | grep -A12 "^ *${pid} " | cut -c1-110; `] }).output();
      console.log(new TextDecoder().decode(p.stdout));
    }, 8000);
    const end = await run.end;
    clearTimeout(t);
    const out = await run.output;
    console.log(JSON.stringify(end).slice(0,100), out.length);
    await sandbox.close();
  }
}
await Promise.all(Array.from({ length: atOnce }, work));
