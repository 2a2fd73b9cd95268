import { keyOf, tokenPath } from "./start_stand_in_aws.ts";

/** A profile, and what becomes of it. */
export interface ProfileCase {
  readonly name: string;
  readonly config?: string | Uint8Array;
  readonly credentials?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `--profile` */
  readonly profile?: string;
  /** `--region`; without it the region is the profile's, else us-east-1. */
  readonly region?: string;
  /** Below the home. */
  readonly files?: Readonly<Record<string, string>>;
  /** The next such request is refused. */
  readonly refuse?: readonly [
    line: string,
    status: number,
    body: object | string,
  ];
  /** What is asked, in order; the last is ECS. */
  readonly asks?: readonly string[];
  /** The error's code, message and hint. */
  readonly fails?: readonly [code: string, message: RegExp, hint?: RegExp];
  /** What the AWS CLI does otherwise, and why we do not. */
  readonly differs?: string;
}

const KEYS = "aws_access_key_id = AKIDBASE\naws_secret_access_key = secret\n";
const LATER = "2099-01-01T00:00:00Z";
const EARLIER = "2001-01-01T00:00:00Z";

const SESSION = `
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.com/start
`;
const OF_SESSION = `sso_session = corp
sso_account_id = 111122223333
sso_role_name = Dev
`;
const token = (expiresAt: string, more: object = {}) =>
  JSON.stringify({ accessToken: "signed-in", expiresAt, ...more });
const renewable = {
  clientId: "id",
  clientSecret: "secret",
  refreshToken: "refresh",
  registrationExpiresAt: LATER,
};
const SIGNED_IN = { [tokenPath("sso", "corp")]: token(LATER) };
const PORTAL = "portal.sso.eu-west-1 GET /federation/credentials";
const asks = (key: string, region = "us-east-1") =>
  `ecs.${region} ListClusters as ${key}`;

const LOGIN = "arn:aws:iam::1:user/me";
const loginToken = (expiresAt: string) =>
  JSON.stringify({
    accessToken: {
      accessKeyId: keyOf("login"),
      secretAccessKey: "secret",
      sessionToken: "token",
      accountId: "1",
      expiresAt,
    },
    tokenType: "aws_sigv4",
    refreshToken: "refresh",
    clientId: "arn:aws:signin:::devtools/same-device",
    idToken: "id",
    dpopKey: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIPVzhdqLqw9s1BQ94gUCFTaVN6C6BAx1JyaMEx/FebStoAoGCCqGSM49
AwEHoUQDQgAEXztcEsV/eZ97NM4bSfsueoTrlp5y2DN1aEDTMFyzc56l7l69XTtr
/vxERltWzKDa/q6hdVjfMSLgmxLKdnFKlQ==
-----END EC PRIVATE KEY-----
`,
  });

const INSTANCE = [
  "plain PUT /latest/api/token",
  "plain GET /latest/meta-data/iam/security-credentials/",
  "plain GET /latest/meta-data/iam/security-credentials/web-role",
];
/** Filled in with the stand-in's address. */
export const PLAIN = "PLAIN";
const METADATA = {
  AWS_EC2_METADATA_DISABLED: "false",
  AWS_EC2_METADATA_SERVICE_ENDPOINT: PLAIN,
};
const CONTAINER = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${PLAIN}/container`,
};

/** Compared with the AWS CLI 1.45 and botocore 1.43, except where `differs` says so. */
export const PROFILE_CASES: readonly ProfileCase[] = [
  // --- the file
  {
    name: "keys in the credentials file, region in the configuration",
    config: "[profile dev]\nregion = eu-west-1\n",
    credentials: `[dev]\n${KEYS}`,
    profile: "dev",
    asks: [asks("AKIDBASE", "eu-west-1")],
  },
  {
    name: "keys in the configuration",
    config: `[profile dev]\n${KEYS}`,
    profile: "dev",
    asks: [asks("AKIDBASE")],
  },
  {
    name: "keys of the credentials file win",
    config:
      "[profile dev]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = x\n",
    credentials: `[dev]\n${KEYS}`,
    profile: "dev",
    asks: [asks("AKIDBASE")],
  },
  {
    name: "a name in single quotes",
    config: `[profile 'single q']\nregion = eu-west-1\n${KEYS}`,
    profile: "single q",
    asks: [asks("AKIDBASE", "eu-west-1")],
  },
  {
    name: "a name in double quotes, with a bracket behind it in a comment",
    config: `[profile "my dev"] # [old]\nregion = eu-west-1\n${KEYS}`,
    profile: "my dev",
    fails: ["no_credentials", /"my dev".*neither/],
  },
  {
    name: "two spaces before the name",
    config: `[profile  two]\nregion = eu-west-1\n${KEYS}`,
    profile: "two",
    asks: [asks("AKIDBASE", "eu-west-1")],
  },
  {
    name: "a name that is not ASCII",
    config: `[profile 本番]\nregion = eu-west-1\n${KEYS}`,
    profile: "本番",
    asks: [asks("AKIDBASE", "eu-west-1")],
  },
  {
    name: "settings in capitals, with colons, indented",
    config: `[profile dev]\n  Region : eu-west-1\n  ${
      KEYS.replaceAll("\n", "\n  ").toUpperCase()
    }`,
    profile: "dev",
    asks: [asks("AKIDBASE", "eu-west-1")],
  },
  {
    name: "a comment behind a value is part of it",
    config: `[profile dev]\nregion = eu-west-1 ; Ireland\n${KEYS}`,
    profile: "dev",
    fails: ["config_invalid", /"eu-west-1 ; Ireland"/],
  },
  {
    name: "[DEFAULT] stands behind every section",
    config: `[DEFAULT]\nregion = eu-west-1\n[profile dev]\n${KEYS}`,
    profile: "dev",
    asks: [asks("AKIDBASE", "eu-west-1")],
  },
  {
    name: "a byte order mark",
    config: `\uFEFF[profile dev]\nregion = eu-west-1\n${KEYS}`,
    profile: "dev",
    asks: [asks("AKIDBASE", "eu-west-1")],
    differs: "the AWS CLI cannot read what Windows' Notepad writes",
  },
  {
    name: "UTF-16",
    config: new Uint8Array(
      new Uint16Array(
        [...`\uFEFF[profile dev]\n${KEYS}`].map((char) => char.charCodeAt(0)),
      ).buffer,
    ),
    profile: "dev",
    fails: ["config_invalid", /Cannot read the AWS configuration.*UTF-16/],
  },
  {
    name: "a directory",
    env: { AWS_CONFIG_FILE: "/" },
    profile: "dev",
    fails: [
      "config_invalid",
      /Cannot read the AWS configuration, "\/": it is a directory/,
      /AWS_CONFIG_FILE/,
    ],
    differs: "the AWS CLI takes it for no file, and the profile for missing",
  },
  {
    name: "a setting that is given twice",
    config: `[profile dev]\nregion = eu-west-1\nregion = us-west-2\n${KEYS}`,
    profile: "dev",
    fails: ["config_invalid", /line 3: region is given twice/],
  },
  {
    name: "a profile that is in no file",
    config: `[profile dev]\n${KEYS}`,
    profile: "dve",
    fails: [
      "no_credentials",
      /"dve": it is in neither ~\/.aws\/config nor ~\/.aws\/credentials$/,
      /did you mean "dev"/,
    ],
  },
  {
    name: "a profile of AWS_PROFILE that is in no file, beside keys",
    env: {
      AWS_PROFILE: "nope",
      AWS_ACCESS_KEY_ID: "AKIDENV",
      AWS_SECRET_ACCESS_KEY: "secret",
    },
    fails: ["no_credentials", /"nope"/, /AWS_PROFILE/],
  },
  {
    name: "a key without its other half",
    config: "[profile dev]\naws_access_key_id = AKIDBASE\n",
    profile: "dev",
    fails: ["no_credentials", /without aws_secret_access_key/],
  },
  // --- the environment
  {
    name: "keys of the environment come before AWS_PROFILE",
    config: `[profile dev]\n${KEYS}`,
    env: {
      AWS_PROFILE: "dev",
      AWS_ACCESS_KEY_ID: "AKIDENV",
      AWS_SECRET_ACCESS_KEY: "secret",
    },
    asks: [asks("AKIDENV")],
  },
  {
    name: "--profile comes before keys of the environment",
    config: `[profile dev]\n${KEYS}`,
    profile: "dev",
    env: { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret" },
    asks: [asks("AKIDBASE")],
  },
  {
    name: "AWS_DEFAULT_PROFILE comes before AWS_PROFILE",
    config:
      `[profile one]\n${KEYS}[profile two]\naws_access_key_id = AKIDTWO\naws_secret_access_key = secret\n`,
    env: { AWS_DEFAULT_PROFILE: "one", AWS_PROFILE: "two" },
    asks: [asks("AKIDBASE")],
  },
  {
    name: "half a pair in the environment",
    config: `[default]\n${KEYS}`,
    env: { AWS_ACCESS_KEY_ID: "AKIDENV" },
    fails: ["no_credentials", /AWS_ACCESS_KEY_ID.*AWS_SECRET_ACCESS_KEY/],
  },
  {
    name: "a token of AWS_WEB_IDENTITY_TOKEN_FILE",
    env: {
      AWS_WEB_IDENTITY_TOKEN_FILE: "HOME/token",
      AWS_ROLE_ARN: "arn:aws:iam::1:role/pod",
    },
    files: { token: "jwt\n" },
    region: "eu-west-1",
    asks: [
      "sts.eu-west-1 AssumeRoleWithWebIdentity",
      asks(keyOf("pod"), "eu-west-1"),
    ],
  },
  // --- roles
  {
    name: "a role of another profile, in the region of the one that is named",
    config:
      `[profile base]\nregion = us-west-2\n${KEYS}[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = base\nregion = eu-west-1\n`,
    profile: "dev",
    asks: [
      "sts.eu-west-1 AssumeRole as AKIDBASE",
      asks(keyOf("dev"), "eu-west-1"),
    ],
  },
  {
    name: "--region is the region of STS, too",
    config:
      `[profile base]\nregion = us-west-2\n${KEYS}[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = base\nregion = eu-west-1\n`,
    profile: "dev",
    region: "eu-north-1",
    asks: [
      "sts.eu-north-1 AssumeRole as AKIDBASE",
      asks(keyOf("dev"), "eu-north-1"),
    ],
  },
  {
    name: "a chain of roles",
    config:
      `[profile base]\n${KEYS}[profile hop]\nrole_arn = arn:aws:iam::1:role/hop\nsource_profile = base\n[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = hop\n`,
    profile: "dev",
    asks: [
      "sts.us-east-1 AssumeRole as AKIDBASE",
      `sts.us-east-1 AssumeRole as ${keyOf("hop")}`,
      asks(keyOf("dev")),
    ],
  },
  {
    name: "a role whose profile names itself for its keys",
    config:
      `[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = dev\n${KEYS}`,
    profile: "dev",
    asks: ["sts.us-east-1 AssumeRole as AKIDBASE", asks(keyOf("dev"))],
  },
  {
    name: "roles in a circle",
    config:
      "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = a\n",
    profile: "a",
    fails: ["no_credentials", /a → b → a/],
  },
  {
    name: "a source_profile that is in no file",
    config:
      "[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = base\n",
    profile: "dev",
    fails: ["no_credentials", /profile "dev".*source_profile, "base"/],
  },
  {
    name: "a source_profile without credentials",
    config:
      "[profile base]\nregion = us-west-2\n[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = base\n",
    profile: "dev",
    fails: ["no_credentials", /"base", has no credentials/],
  },
  {
    name: "a role without a source",
    config: "[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\n",
    profile: "dev",
    fails: ["no_credentials", /without source_profile or credential_source/],
  },
  {
    name: "a role for the environment's keys",
    config:
      "[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\ncredential_source = Environment\n",
    profile: "dev",
    env: { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "secret" },
    asks: ["sts.us-east-1 AssumeRole as AKIDENV", asks(keyOf("dev"))],
  },
  {
    name: "a role for the instance's role",
    config:
      "[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\ncredential_source = Ec2InstanceMetadata\n",
    profile: "dev",
    env: METADATA,
    asks: [
      ...INSTANCE,
      `sts.us-east-1 AssumeRole as ${keyOf("instance")}`,
      asks(keyOf("dev")),
    ],
  },
  {
    name: "a credential_source that AWS does not know",
    config:
      "[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\ncredential_source = Vault\n",
    profile: "dev",
    fails: ["no_credentials", /"Vault"/, /EcsContainer/],
  },
  {
    name: "a role that STS refuses",
    config:
      `[profile base]\n${KEYS}[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = base\n`,
    profile: "dev",
    refuse: [
      "sts.us-east-1 AssumeRole",
      403,
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/dev</Message></Error></ErrorResponse>`,
    ],
    fails: ["access_denied", /profile.s role.*sts:AssumeRole/, /trust policy/],
  },
  {
    name: "a role that needs an MFA code, with nobody to ask",
    config:
      `[profile base]\n${KEYS}[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/x\n`,
    profile: "dev",
    fails: ["no_credentials", /profile "dev" needs an MFA code/, /--no-input/],
  },
  {
    name: "a profile's own web identity",
    config:
      "[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nweb_identity_token_file = HOME/token\nregion = eu-west-1\n",
    profile: "dev",
    files: { token: "jwt-token" },
    asks: [
      "sts.eu-west-1 AssumeRoleWithWebIdentity",
      asks(keyOf("dev"), "eu-west-1"),
    ],
  },
  {
    name: "a web identity's token that is not there",
    config:
      "[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nweb_identity_token_file = HOME/token\n",
    profile: "dev",
    fails: ["no_credentials", /profile "dev".*token".*no such file/],
  },
  // --- IAM Identity Center
  {
    name: "the portal is asked in the session's region",
    config: `${SESSION}[profile dev]\nregion = us-east-1\n${OF_SESSION}`,
    profile: "dev",
    files: SIGNED_IN,
    asks: [PORTAL, asks(keyOf("ssoDev"))],
  },
  {
    name: "without a session, in the profile's sso_region",
    config:
      "[profile dev]\nregion = us-east-1\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = Dev\n",
    profile: "dev",
    files: {
      [tokenPath("sso", "https://corp.awsapps.com/start")]: token(LATER),
    },
    asks: [PORTAL, asks(keyOf("ssoDev"))],
  },
  {
    name: "a session whose name is not ASCII",
    config: `${
      SESSION.replace("corp", "社")
    }[profile dev]\nregion = us-east-1\n${OF_SESSION.replace("corp", "社")}`,
    profile: "dev",
    files: { [tokenPath("sso", "社")]: token(LATER) },
    asks: [PORTAL, asks(keyOf("ssoDev"))],
  },
  {
    name: "a token that ends is renewed in the session's region",
    config: `${SESSION}[profile dev]\nregion = us-east-1\n${OF_SESSION}`,
    profile: "dev",
    files: { [tokenPath("sso", "corp")]: token(EARLIER, renewable) },
    asks: ["oidc.eu-west-1 POST /token", PORTAL, asks(keyOf("ssoDev"))],
  },
  {
    name: "a role for one of IAM Identity Center, each in its region",
    config:
      `${SESSION}[profile base]\nregion = us-west-2\n${OF_SESSION}[profile dev]\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = base\nregion = us-east-1\n`,
    profile: "dev",
    files: SIGNED_IN,
    asks: [
      PORTAL,
      `sts.us-east-1 AssumeRole as ${keyOf("ssoDev")}`,
      asks(keyOf("dev")),
    ],
  },
  {
    name: "nobody has signed in",
    config: `${SESSION}[profile dev]\n${OF_SESSION}`,
    profile: "dev",
    fails: [
      "expired_credentials",
      /you are not signed in.*"dev"/,
      /aws sso login --profile dev/,
    ],
  },
  {
    name: "a sign-in that is over",
    config: `${SESSION}[profile dev]\n${OF_SESSION}`,
    profile: "dev",
    files: { [tokenPath("sso", "corp")]: token(EARLIER) },
    fails: [
      "expired_credentials",
      /session of profile "dev" has expired/,
      /aws sso login --profile dev/,
    ],
  },
  {
    name: "a role of IAM Identity Center that is somebody else's",
    config: `${SESSION}[profile dev]\n${OF_SESSION}`,
    profile: "dev",
    files: SIGNED_IN,
    refuse: [PORTAL, 403, {
      __type: "ForbiddenException",
      message: "No access",
    }],
    fails: ["access_denied", /role "Dev" in account "111122223333"/],
  },
  {
    name: "an account without a role's name",
    config: `${SESSION}[profile dev]\n${
      OF_SESSION.replace(/sso_role_name.*\n/, "")
    }`,
    profile: "dev",
    files: SIGNED_IN,
    fails: ["no_credentials", /lacks sso_role_name/, /aws configure sso/],
  },
  {
    name: "an empty sso_session",
    config: `[profile dev]\n${OF_SESSION.replace("corp", "")}`,
    profile: "dev",
    fails: ["no_credentials", /its sso_session is empty/],
  },
  {
    name: "an sso_session that is not there",
    config: `[profile dev]\n${OF_SESSION}`,
    profile: "dev",
    fails: ["no_credentials", /sso_session, "corp", is not in/],
  },
  {
    name: "an sso_session without sso_region",
    config: `${
      SESSION.replace(/sso_region.*\n/, "")
    }[profile dev]\n${OF_SESSION}`,
    profile: "dev",
    fails: ["no_credentials", /lacks sso_region/],
  },
  {
    name: "a profile that contradicts its session",
    config: `${SESSION}[profile dev]\nsso_region = us-west-2\n${OF_SESSION}`,
    profile: "dev",
    fails: ["no_credentials", /sso_region is not that of its sso_session/],
  },
  {
    name: "a portal that cannot be reached is no sign-in that is over",
    config: `${SESSION}[profile dev]\n${OF_SESSION}`,
    profile: "dev",
    files: SIGNED_IN,
    env: { AWS_ENDPOINT_URL_SSO: "http://127.0.0.1:1" },
    fails: [
      "unreachable",
      /of profile "dev" from IAM Identity Center: cannot reach "http:\/\/127\.0\.0\.1:1": Connection refused/i,
    ],
  },
  {
    name: "a token that cannot be renewed for want of a network is not over",
    config: `${SESSION}[profile dev]\n${OF_SESSION}`,
    profile: "dev",
    files: { [tokenPath("sso", "corp")]: token(EARLIER, renewable) },
    env: { AWS_ENDPOINT_URL_SSO_OIDC: "http://127.0.0.1:1" },
    fails: ["unreachable", /profile "dev".*cannot reach "http:/],
  },
  {
    name: "a token with a line break in it",
    config: `${SESSION}[profile dev]\n${OF_SESSION}`,
    profile: "dev",
    files: {
      [tokenPath("sso", "corp")]: JSON.stringify({
        accessToken: "secret\nx: y",
        expiresAt: LATER,
      }),
    },
    fails: ["no_credentials", /token of profile "dev": it contains a control/],
  },
  // --- aws login, credential_process
  {
    name: "aws login",
    config: `[profile dev]\nlogin_session = ${LOGIN}\nregion = eu-west-1\n`,
    profile: "dev",
    files: { [tokenPath("login", LOGIN)]: loginToken(LATER) },
    asks: [asks(keyOf("login"), "eu-west-1")],
  },
  {
    name: "aws login, renewed in the profile's region",
    config: `[profile dev]\nlogin_session = ${LOGIN}\nregion = eu-west-1\n`,
    profile: "dev",
    files: { [tokenPath("login", LOGIN)]: loginToken(EARLIER) },
    asks: [
      "eu-west-1.signin.aws.amazon.com POST /v1/token",
      asks(keyOf("renewedlogin"), "eu-west-1"),
    ],
  },
  {
    name: "you are not signed in with aws login",
    config: `[profile dev]\nlogin_session = ${LOGIN}\n`,
    profile: "dev",
    fails: ["expired_credentials", /"dev"/, /aws login --profile dev/],
  },
  {
    name: "credential_process, whose words no shell reads",
    config:
      `[profile dev]\ncredential_process = printf '{"Version":1,"AccessKeyId":"AKID%.4s","SecretAccessKey":"s"}' MADE;false\n`,
    profile: "dev",
    asks: [asks("AKIDMADE")],
  },
  {
    name: "credential_process that fails",
    config: "[profile dev]\ncredential_process = sh -c 'echo no >&2; exit 3'\n",
    profile: "dev",
    fails: ["no_credentials", /"dev".*credential_process: .*status 3: no/],
  },
  // --- the machine
  {
    name: "a profile without keys goes on to the container's role",
    config: "[profile prod]\nregion = eu-west-1\n",
    profile: "prod",
    env: CONTAINER,
    asks: ["plain GET /container", asks(keyOf("container"), "eu-west-1")],
  },
  {
    name: "a profile without keys goes on to the instance's role",
    config: "[profile prod]\nregion = eu-west-1\n",
    profile: "prod",
    env: METADATA,
    asks: [...INSTANCE, asks(keyOf("instance"), "eu-west-1")],
  },
  {
    name: "a container's address that is not there",
    env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/x" },
    fails: ["no_credentials", /AWS_CONTAINER_CREDENTIALS_FULL_URI.*refused/],
  },
  {
    name: "nothing at all",
    fails: ["no_credentials", /there are none in the environment/],
  },
  {
    name: "a profile with nothing, on a machine with nothing",
    config: "[profile prod]\nregion = eu-west-1\n",
    profile: "prod",
    fails: ["no_credentials", /profile "prod" has none/],
  },
  // --- certificates
  {
    name: "the profile's ca_bundle",
    config: `[profile dev]\nca_bundle = HOME/ca.pem\n${KEYS}`,
    profile: "dev",
    env: { AWS_CA_BUNDLE: "" },
    asks: [asks("AKIDBASE")],
  },
  {
    name: "a ca_bundle that is not there",
    config: `[profile dev]\nca_bundle = HOME/no.pem\n${KEYS}`,
    profile: "dev",
    env: { AWS_CA_BUNDLE: "" },
    fails: ["config_invalid", /ca_bundle of profile "dev".*no such file/],
  },
  {
    name: "a certificate that nothing vouches for",
    config: `[profile dev]\n${KEYS}`,
    profile: "dev",
    env: { AWS_CA_BUNDLE: "" },
    fails: ["unreachable", /certificate/, /AWS_CA_BUNDLE/],
  },
  // --- endpoints
  {
    name: "an endpoint_url for all",
    config: `[profile dev]\nendpoint_url = ${PLAIN}\n${KEYS}`,
    profile: "dev",
    asks: ["plain ListClusters as AKIDBASE for us-east-1"],
  },
  {
    name: "an endpoint_url for one service",
    config:
      `[services local]\necs =\n  endpoint_url = ${PLAIN}\n[profile base]\n${KEYS}[profile dev]\nservices = local\nrole_arn = arn:aws:iam::1:role/dev\nsource_profile = base\n`,
    profile: "dev",
    asks: [
      "sts.us-east-1 AssumeRole as AKIDBASE",
      `plain ListClusters as ${keyOf("dev")} for us-east-1`,
    ],
  },
  {
    name: "services that are not there",
    config: `[profile dev]\nservices = nothere\n${KEYS}`,
    profile: "dev",
    fails: ["config_invalid", /services, "nothere"/],
  },
  {
    name: "an endpoint_url without a scheme",
    config: `[profile dev]\nendpoint_url = localhost:4566\n${KEYS}`,
    profile: "dev",
    fails: ["config_invalid", /endpoint_url of profile "dev"/, /https:/],
  },
  {
    name: "AWS_PROFILE's endpoint_url is not --profile's",
    config: `[profile local]\nendpoint_url = ${PLAIN}\n[profile dev]\n${KEYS}`,
    profile: "dev",
    env: { AWS_PROFILE: "local" },
    asks: [asks("AKIDBASE")],
  },
];
