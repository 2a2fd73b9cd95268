// Loaded as one, and only where credentials come from IAM Identity Center.
export * as SSO from "@aws-sdk/nested-clients/sso";
export * as SSOOIDC from "@aws-sdk/nested-clients/sso-oidc";
