/** A file of tests. */
export interface TestFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Splits test files into lists that take about as long as each other, to be run at the same time.
 *
 * Those that use the Docker Engine stay together: they look at what runs in its containers.
 */
export function splitTests(
  files: readonly TestFile[],
  count: number,
): readonly (readonly string[])[] {
  const usesEngine = ({ text }: TestFile) => text.includes("/use_engine.ts");
  const groups = [
    files.filter(usesEngine),
    ...files.filter((file) => !usesEngine(file)).map((file) => [file]),
  ].map((group) => ({
    paths: group.map(({ path }) => path),
    weight: group.reduce((sum, file) => sum + weigh(file), 0),
  })).sort((a, b) => b.weight - a.weight);
  const lists = Array.from(
    { length: count },
    () => ({ paths: [] as string[], weight: 0 }),
  );
  for (const { paths, weight } of groups) {
    const lightest = lists.reduce((a, b) => b.weight < a.weight ? b : a);
    lightest.paths.push(...paths);
    lightest.weight += weight;
  }
  return lists.map(({ paths }) => paths.sort());
}

/** A test that runs the whole program takes about ten times as long as another. */
function weigh({ path, text }: TestFile): number {
  return text.length * (/\/(e2e|docs)\//.test(path) ? 10 : 1);
}
