/** A program for the tests to run: porthole, with an error that nobody waits for as soon as something is on its standard output. */
const { write } = Deno.stdout;
Deno.stdout.write = async (bytes) => {
  const length = await write.call(Deno.stdout, bytes);
  void Promise.reject(new Error("a promise that nobody waits for"));
  return length;
};
await import("../main.ts");
