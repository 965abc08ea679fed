import type { reconcileFailure } from './failure-catalog.ts';

export type FailureCode = Parameters<typeof reconcileFailure>[0];

/** The tool that failed, the step before any tool was started, or what kapp waits for after it has applied everything. */
export type FailingTool = 'fetch' | 'template' | 'kbld' | 'deploy' | 'install' | 'wait';

/** A known failure: a pattern for its text, with named groups for its arguments. */
export interface FailureRow {
  readonly code: FailureCode;
  readonly pattern: RegExp;
}

/** Identifies the author of a text: each tool starts with its name, and kapp-controller with its current step. */
const TOOLS: readonly (readonly [FailingTool, RegExp])[] = [
  ['fetch', /^(?:(?:vendir|imgpkg): |(?:Error: )?Syncing directory '|Fetching(?: resources| \(\d+\))?: )/],
  ['kbld', /^kbld: /],
  [
    'template',
    /^(?:ytt: |Templating |Preparing template values: |Deserializing resource: |Invalid package repository content)/,
  ],
  ['deploy', /^(?:kapp: |Deploying: |Deleting: |Preparing kapp: )/],
];

export function failingTool(normalized: string): FailingTool {
  return TOOLS.find(([, pattern]) => pattern.test(normalized))?.[0] ?? 'install';
}

/** Its sidecar collects ended processes, sometimes before the code that waits for them: carvel-dev/kapp-controller#1806. */
const LOST: FailureRow = { code: 'program-lost', pattern: /: wait(?:id|4)?: no child processes/ };

/** A refusal by the admission control of the API server, of whatever is created: a workload, or the pods of one. */
const ADMISSION: readonly FailureRow[] = [
  {
    code: 'admission-denied',
    pattern: /admission webhook "(?<webhook>[^"]+)" denied the request: (?<reason>.{1,400})/,
  },
  {
    code: 'admission-denied',
    pattern: /ValidatingAdmissionPolicy '(?<webhook>[^']+)' .{0,200}?denied request: (?<reason>.{1,400})/,
  },
  {
    code: 'pod-security',
    pattern: /violates PodSecurity "(?<policy>[^"]+)": (?<reason>.{1,800}?)(?: \(reason: Forbidden\)|$)/,
  },
  { code: 'quota', pattern: /is forbidden: (?<reason>(?:exceeded|failed) quota: .{1,200})/ },
];

/** What a container runtime says of an image that it cannot pull: containerd and CRI-O, by way of the kubelet. */
const PULL = /(?:ErrImagePull|ImagePullBackOff)\b.*?/.source;
const IMAGE = /(?:image|reference|docker:\/\/) ?\\?"?(?<image>[^\s"\\]*[^\s"\\:,]).*?/.source;
const pull = (code: FailureCode, reason: RegExp): FailureRow => ({
  code,
  pattern: new RegExp(`${PULL}${IMAGE}${reason.source}`),
});

/**
 * Known failures by tool; the first match wins. Patterns are applied to the inner part of a normalized text, because
 * its lead-in differs between versions of kapp-controller. Outcomes of requests are in failed-request.ts.
 */
export const FAILURES: Readonly<Record<FailingTool, readonly FailureRow[]>> = {
  fetch: [
    LOST,
    {
      code: 'secret-missing',
      pattern: /^Fetching(?: resources| \(\d+\))?: (?:.*: )?secrets "(?<secret>[^"]+)" not found/,
    },
    { code: 'secret-missing', pattern: /Expected to find one secret '(?<secret>[^']+)', but found none/ },
    { code: 'rights-missing', pattern: /is forbidden: User "(?<user>[^"]+)" (?<reason>cannot .{1,200})/ },
    {
      code: 'secret-invalid',
      pattern: /(?<reason>Unknown secret field '[^']+' in secret|Decoding auth field|Expected auth field to have)/,
    },
    {
      code: 'disk-full',
      pattern:
        /: (?:write|open|mkdir|copy_file_range|close|rename|symlink) \S+: (?<reason>no space left on device|disk quota exceeded)/,
    },
    { code: 'not-a-bundle', pattern: /: (?:The provided image is not a bundle|Expected bundle image)/i },
    {
      code: 'reference-scheme',
      pattern: /: could not parse reference: (?<image>https?:\/\/\S+)|should not include https?:\/\/ protocol prefix/i,
    },
    {
      code: 'no-tag-matches',
      pattern: /Determining tag selection: .*Expected to find at least one version, but did not/,
    },
    { code: 'constraint-invalid', pattern: /Selecting versions: Parsing version constraint '/ },
    { code: 'reference-invalid', pattern: /: could not parse reference: (?<image>\S+)/i },
    { code: 'dns', pattern: /with git contents: .*: Could not resolve host: (?<host>[^\s)]+)/ },
  ],
  kbld: [
    LOST,
    { code: 'lock-incomplete', pattern: /: Validating .*Expected Image or ImageRepo to be non-empty/ },
    { code: 'image-not-in-lock', pattern: /^kbld: Error: (?:- )?Resolving image '(?<image>[^'@]+)'/ },
  ],
  template: [
    LOST,
    { code: 'no-packages', pattern: /must contain 'packages\/' directory/ },
    // kapp-controller before v0.20.
    { code: 'no-packages', pattern: /^ytt: Error: Checking file '[^']*\/packages': lstat \S+: no such file/ },
    {
      code: 'values-missing',
      pattern: /^Preparing template values: (?:.*: )?(?<object>(?:secrets|configmaps) "[^"]+") not found/,
    },
    {
      code: 'value-unknown',
      pattern:
        /^ytt: Error: .*?not declared in schema .*?= found: (?<key>\S+) = expected: (?<reason>.{1,300}?) \(from /,
    },
    {
      code: 'value-type',
      pattern:
        /^ytt: Error: .*?\| \d+ \| (?<key>[^\s:]+):.*?= found: (?<found>.{1,60}?) = expected: (?<type>.{1,60}?) \(by /,
    },
    {
      code: 'value-invalid',
      pattern: /^ytt: Error: Validating final data values: (?<key>\S+) from: \S+ - (?<reason>must be: .{1,300}?) \(by/,
    },
    {
      code: 'values-invalid',
      pattern: /^ytt: Error: (?:Overlaying data values|Validating final data values|Extracting data value from file)/,
    },
    { code: 'disk-full', pattern: /: (?:write|open|mkdir) \S+: (?<reason>no space left on device)/ },
    { code: 'template-broken', pattern: /^(?:ytt: Error: |Deserializing resource: )/ },
  ],
  deploy: [
    // An admission webhook's message may contain anything, so it comes first.
    {
      code: 'webhook-failed',
      pattern:
        /failed calling (?:admission )?webhook "(?<webhook>[^"]+)": (?:failed to call webhook: )?(?<reason>.{1,400})/,
    },
    {
      code: 'webhook-failed',
      pattern: /conversion webhook for (?<webhook>.{1,200}?) failed: (?<reason>.{1,400})/,
    },
    ...ADMISSION,
    {
      code: 'conflict',
      pattern: /Conflicting resources: (?<object>\S+) is already present but not identical \((?<reason>[^)]*)\)/,
    },
    { code: 'nothing-to-deploy', pattern: /^kapp: Error: Trying to apply empty set of resources/ },
    {
      code: 'service-account-missing',
      pattern: /(?:Getting service account|Preparing kapp): .*serviceaccounts "(?<account>[^"]+)" not found/,
    },
    {
      code: 'owned-by-other',
      pattern:
        /Ownership errors: - Resource '(?<object>[^']+)' is already associated with (?<owner>a different .{1,200}?)(?: \(label|$| - Resource)/,
    },
    { code: 'kind-missing', pattern: /Expected to find kind '(?<object>[^']+)', but did not/ },
    {
      code: 'not-ready',
      pattern:
        /^kapp: Error: (?:\[)?(?:waiting on )?(?:reconcile|delete) (?<object>\S+ .{1,200}?): Finished (?:waiting )?unsuccessfully(?<reason>.{0,400})/,
    },
    {
      code: 'not-ready-in-time',
      pattern: /Timed out waiting after \S+ for resources: (?:- |\[)?(?<object>[^,\]]{1,200}?)(?:[,\]]| - |$)/,
    },
    {
      code: 'not-ready-in-time',
      pattern:
        /^kapp: Error: (?:waiting on )?(?:reconcile|delete) (?<object>.{1,200}?): (?:Errored: )?Resource timed out waiting/,
    },
    {
      code: 'rights-missing',
      pattern: /is forbidden: User "(?<user>[^"]+)" (?<reason>cannot .{1,200})/,
    },
    {
      code: 'rights-missing',
      pattern:
        /is forbidden: user "(?<user>[^"]+)" \(groups=.{0,300}?\) is (?<reason>attempting to grant RBAC permissions not currently held)/,
    },
    {
      code: 'namespace-ending',
      pattern: /unable to create new content in namespace (?<other>\S+) because it is being terminated/,
    },
    { code: 'namespace-missing', pattern: /: namespaces "(?<other>[^"]+)" not found/ },
    {
      code: 'package-api-down',
      pattern: /data\.packaging\.carvel\.dev.*(?:service unavailable|currently unable to handle the request)/,
    },
    {
      code: 'api-down',
      pattern: /unable to retrieve the complete list of server APIs: (?<object>[\w.-]+\/\w+): /,
    },
    { code: 'etcd-full', pattern: /etcdserver: mvcc: database space exceeded/ },
    {
      code: 'package-invalid',
      pattern: /(?<object>Package(?:Metadata)?\.data\.packaging\.carvel\.dev "[^"]+") is invalid: (?<reason>.{1,300})/,
    },
    { code: 'object-invalid', pattern: /: (?<object>[\w.]+ "[^"]+") is invalid: (?<reason>[\w[\].]+: .{1,300})/ },
    {
      code: 'api-server-unreachable',
      pattern:
        /: Get "https?:\/\/(?<host>[^/"]+)\/(?:apis?|version)(?:\/|\?|")[^"]*"?: (?<reason>(?:dial tcp|net\/http|context deadline|EOF|read tcp|tls|x509|http2).{0,300})/,
    },
  ],
  // Whatever a workload or a pod reports while kapp waits for it.
  wait: [
    ...ADMISSION,
    { code: 'pod-account-missing', pattern: /error looking up service account [^/\s]+\/(?<account>[^:\s]+): / },
    pull('pod-image-missing', /(?:: not found|(?:manifest|name) unknown|MANIFEST_UNKNOWN|NAME_UNKNOWN)/),
    pull('pod-untrusted', /(?<reason>x509: .{1,200})/),
    pull(
      'pod-unauthorized',
      /(?:401 Unauthorized|403 Forbidden|authorization failed|no basic auth credentials|access denied|unauthorized|authentication required)/,
    ),
    pull(
      'pod-pull-failed',
      /(?<reason>(?:dial tcp|lookup |i\/o timeout|connection refused|no such host|http: server gave|unexpected status|EOF).{0,200})/,
    ),
    { code: 'pod-unschedulable', pattern: /Unschedulable\b[,:] ?(?:message: )?(?<reason>.{1,300})/ },
    { code: 'pod-crashes', pattern: /(?<reason>CrashLoopBackOff\b.{0,200})/ },
  ],
  // Failures before any tool is started, which only PackageInstalls and Apps have.
  install: [
    { code: 'package-missing', pattern: /^Package (?<object>\S+) not found/ },
    {
      code: 'package-missing',
      pattern: /^Expected to find at least one version, but did not \(details: all=0\b/,
    },
    {
      code: 'version-unsuitable',
      pattern:
        /^Expected to find at least one version, but did not \(details: .*after-constraints-filter=[1-9].*-> (?<reason>after-(?:kubernetes|kapp-controller)-version-check=0)/,
    },
    {
      code: 'version-missing',
      pattern: /^Expected to find at least one version, but did not \(details: (?<reason>[^)]*)/,
    },
    {
      code: 'service-account-missing',
      pattern: /(?:Getting service account: )?serviceaccounts "(?<account>[^"]+)" not found/,
    },
  ],
};
