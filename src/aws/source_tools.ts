import type { AwsDeps } from "./aws_deps.ts";
import type { AwsService, ClientSettings } from "./client_settings.ts";

/** What each source of credentials gets them with. */
export interface SourceTools {
  readonly deps: AwsDeps;
  /** The region that requests go to, where the source has none of its own. */
  readonly region: string;
  /** What a client of the SDK is made with, for the region that is right for it. */
  readonly clientSettings: (
    service: AwsService,
    region: string,
  ) => ClientSettings;
}
