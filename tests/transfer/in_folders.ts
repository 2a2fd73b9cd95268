/** Gives `body` two new directories: one is here, one stands for what a container has, at the same place. */
export async function inFolders(
  body: (here: string, there: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/here`);
    await Deno.mkdir(`${folder}/there`);
    await body(`${folder}/here`, `${folder}/there`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
