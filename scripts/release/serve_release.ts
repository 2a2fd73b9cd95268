import { releaseFolder } from "./release_folder.ts";

/** A server of a release's files. */
export interface ReleaseServer {
  /** What PORTHOLE_RELEASES_URL takes. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a folder on loopback as GitHub serves a repository's releases: the version at
 * `download/vVERSION/ASSET`, and as the newest one at `latest/download/ASSET`.
 */
export function serveRelease(
  version: string,
  folder: string = releaseFolder,
): ReleaseServer {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const [, place, name = ""] =
        pathname.match(/^\/(download\/v[^/]+|latest\/download)\/([^/]+)$/) ??
          [];
      if (place !== "latest/download" && place !== `download/v${version}`) {
        return new Response("Not Found", { status: 404 });
      }
      try {
        const file = await Deno.open(`${folder}${name}`);
        return new Response(file.readable);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        return new Response("Not Found", { status: 404 });
      }
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    close: () => server.shutdown(),
  };
}
