import type { reconcileFailure } from './failure-catalog.ts';

export type FailureCode = Parameters<typeof reconcileFailure>[0];

/** One usual fault: its text, and what of the text is worth telling (named groups `host`, `image`, `secret`, `reason`, `object`). */
export interface FailureRow {
  readonly code: FailureCode;
  readonly pattern: RegExp;
}

/**
 * The faults of reference/packaging-apis.md 6.3 and 6.4, first match wins; patterns meet the text after `normaliseFailure`. They
 * look at the inner part only, because the lead-in changed between versions of kapp-controller.
 */
export const FAILURES: readonly FailureRow[] = [
  { code: 'secret-missing', pattern: /^Fetching: secrets "(?<secret>[^"]+)" not found/ },
  {
    code: 'secret-invalid',
    pattern: /(?<reason>Unknown secret field '[^']+' in secret|Decoding auth field|Expected auth field to have)/,
  },
  { code: 'unknown-ca', pattern: /x509: certificate signed by unknown authority|x509: certificate is not trusted/ },
  { code: 'certificate-invalid', pattern: /(?<reason>x509: .*)$/ },
  { code: 'plain-http', pattern: /http: server gave HTTP response to HTTPS client/ },
  { code: 'dns', pattern: /dial tcp: lookup (?<host>\S+?)(?: on \S+)?: (?:no such host|server misbehaving)/ },
  { code: 'refused', pattern: /connection refused/ },
  {
    code: 'timeout',
    pattern: /i\/o timeout|TLS handshake timeout|deadline exceeded|no route to host|Client\.Timeout exceeded/,
  },
  { code: 'unauthorized', pattern: /UNAUTHORIZED: |DENIED: |unexpected status code 40[13]\b/ },
  { code: 'repository-missing', pattern: /NAME_UNKNOWN: / },
  { code: 'image-missing', pattern: /MANIFEST_UNKNOWN: |manifest unknown|unknown tag|unexpected status code 404\b/i },
  { code: 'locations-unreadable', pattern: /Fetching location image: .*$/ },
  { code: 'not-a-bundle', pattern: /The provided image is not a bundle|Expected bundle image/i },
  {
    code: 'reference-scheme',
    pattern: /could not parse reference: (?<image>https?:\/\/\S+)|should not include https?:\/\/ protocol prefix/i,
  },
  { code: 'no-tag-matches', pattern: /Expected to find at least one version, but did not/ },
  { code: 'constraint-invalid', pattern: /Parsing version constraint '/ },
  { code: 'reference-invalid', pattern: /could not parse reference: (?<image>\S+)/i },
  { code: 'no-packages', pattern: /must contain 'packages\/' directory/ },
  { code: 'lock-incomplete', pattern: /kbld: Error: .*Expected Image or ImageRepo to be non-empty/ },
  { code: 'image-not-in-lock', pattern: /kbld: Error: .*Resolving image '(?<image>[^']+)'/ },
  {
    code: 'conflict',
    pattern: /Conflicting resources: (?<object>\S+) is already present but not identical \((?<reason>[^)]*)\)/,
  },
  { code: 'nothing-to-deploy', pattern: /Trying to apply empty set of resources/ },
  {
    code: 'package-api-down',
    pattern: /data\.packaging\.carvel\.dev.*(?:unavailable|currently unable to handle the request)/,
  },
  { code: 'package-invalid', pattern: /is invalid: (?<reason>(?:metadata|spec)\.[\w.]+: .{1,200})/ },
  { code: 'template-broken', pattern: /ytt: Error: |Deserializing resource: / },
];
