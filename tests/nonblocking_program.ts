/**
 * Makes its own stdin and stdout non-blocking, then runs the program in its arguments on them: many a program leaves the
 * streams that it shares with others so.
 */
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

const libc = Deno.dlopen("libc.so.6", {
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
});
for (const stream of [0, 1]) libc.symbols.fcntl(stream, F_SETFL, O_NONBLOCK);

const [command = "", ...args] = Deno.args;
const { code } = await new Deno.Command(command, {
  args,
  stdin: "inherit",
  stdout: "inherit",
  stderr: "inherit",
}).output();
Deno.exit(code);
