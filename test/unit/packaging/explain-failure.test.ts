import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainFailure } from '../../../src/packaging/explain-failure.ts';
import { FAILURES } from '../../../src/packaging/failure-table.ts';
import { normaliseFailure } from '../../../src/packaging/failure-text.ts';
import { repositoryWith } from './recorded.ts';

const PREFIX = "vendir: Error: Syncing directory '0':\n  Syncing directory '.' with imgpkgBundle contents:\n    ";
const repository = repositoryWith({});

/** Texts as the tools print them (reference/packaging-apis.md 6.3, 6.4; go-containerregistry and Go's own wordings). */
const TEXTS: readonly [text: string, code: string][] = [
  // The text of kapp-controller v0.42 and older, which ran the imgpkg program.
  [
    "vendir: Error: Syncing directory '0':\n  Syncing directory '.' with imgpkgBundle contents:\n    Imgpkg:\n      exit status 1 (stderr: imgpkg: Error: Fetching image:\n  GET https://index.docker.io/v2/k8slt/i-dont-exist/manifests/latest:\n    UNAUTHORIZED: authentication required; [map[Action:pull]]\n)",
    'unauthorized',
  ],
  [
    `${PREFIX}Fetching image:\n      GET https://h.example/v2/r/manifests/t:\n        DENIED: requested access to the resource is denied`,
    'unauthorized',
  ],
  [
    `${PREFIX}Fetching image:\n      Error while preparing a transport to talk with the registry:\n        Unable to create round tripper:\n          GET https://auth.example/token?scope=repository%3Ar%3Apull&service=h: unexpected status code 401 Unauthorized: {"details":"incorrect username or password"}`,
    'unauthorized',
  ],
  [`${PREFIX}Get "https://h.example/v2/": x509: certificate signed by unknown authority`, 'unknown-ca'],
  [
    `${PREFIX}Get "https://h.example/v2/": tls: failed to verify certificate: x509: certificate is valid for a.example, not h.example`,
    'certificate-invalid',
  ],
  [
    `${PREFIX}Get "https://h.example/v2/": x509: certificate has expired or is not yet valid: current time 2026`,
    'certificate-invalid',
  ],
  [`${PREFIX}Get "https://h.example/v2/": dial tcp: lookup h.example on 10.96.0.10:53: server misbehaving`, 'dns'],
  [`${PREFIX}Get "https://h.example/v2/": dial tcp 10.1.2.3:443: i/o timeout`, 'timeout'],
  [`${PREFIX}Get "https://h.example/v2/": net/http: TLS handshake timeout`, 'timeout'],
  [
    `${PREFIX}Fetching image:\n      GET https://h.example/v2/r/manifests/t:\n        NAME_UNKNOWN: repository name not known to registry; map[name:r]`,
    'repository-missing',
  ],
  [
    `${PREFIX}Fetching image:\n      GET https://h.example/v2/r/manifests/t:\n        unexpected status code 404 Not Found`,
    'image-missing',
  ],
  [
    `${PREFIX}Fetching location image:\n      GET https://h.example/v2/r/manifests/sha256-aa.image-locations.imgpkg: unexpected status code 500`,
    'locations-unreadable',
  ],
  [`${PREFIX}should not include https:// protocol prefix`, 'reference-scheme'],
  [`${PREFIX}could not parse reference: registry.example/UPPER`, 'reference-invalid'],
  [
    `${PREFIX}Determining tag selection:\n      Selecting versions:\n        Parsing version constraint '>=x':\n          Could not get version`,
    'constraint-invalid',
  ],
  ["Fetching: Unknown secret field 'user' in secret 'pull'", 'secret-invalid'],
  ['ytt: Error:\n- undefined: data\n    packages/a.yml:3 | #@ data.values.x', 'template-broken'],
  ['kbld: Error:\n- Resolving image \'docker.io/x/y:1\':\n    Get "https://docker.io/v2/": EOF', 'image-not-in-lock'],
  [
    'kapp: Error: Trying to apply empty set of resources will result in deletion of resources on cluster. Refusing',
    'nothing-to-deploy',
  ],
  [
    'kapp: Error: create package/x (data.packaging.carvel.dev/v1alpha1) namespace: demo:\n  the server is currently unable to handle the request',
    'package-api-down',
  ],
  [
    'kapp: Error: create package/x (data.packaging.carvel.dev/v1alpha1) namespace: demo: Package.data.packaging.carvel.dev "x" is invalid: metadata.name: Invalid value: "x": must be <spec.refName> + \'.\' + <spec.version> (reason: Invalid)',
    'package-invalid',
  ],
];

for (const [text, code] of TEXTS) {
  const told = normaliseFailure(text);
  test(`is explained as ${code}: ${told.slice(-60)}`, () => {
    assert.equal(explainFailure(text, repository)?.code, `reconcile.${code}`);
  });
}

test('the host of an explanation is the one in the failing request', () => {
  const explanation = explainFailure(
    `${PREFIX}Fetching image:\n      Get "https://mirror.example:8443/v2/": dial tcp 10.0.0.1:8443: connect: connection refused`,
    repository,
  );
  assert.equal(explanation?.args['host'], 'mirror.example:8443');
});

test('a reference without a host is told as Docker Hub, as kapp-controller reads it', () => {
  const hub = repositoryWith({ spec: { fetch: { imgpkgBundle: { image: 'k8slt/repo' } } } });
  assert.equal(explainFailure('The provided image is not a bundle', hub)?.args['host'], 'index.docker.io');
});

test('the credentials to give are those of the registry, also where its token server refused', () => {
  const explanation = explainFailure(
    `${PREFIX}Unable to create round tripper: GET https://auth.example/token?service=h: unexpected status code 401`,
    repository,
  );
  assert.equal(explanation?.args['host'], 'registry.example');
});

test('what a long output means is found at its end too', () => {
  assert.equal(
    explainFailure(
      `ytt ${'x'.repeat(100_000)}\nConflicting resources: Package/a is already present but not identical (b)`,
      repository,
    )?.code,
    'reconcile.conflict',
  );
});

test('an unknown failure is not explained away', () => {
  assert.equal(explainFailure('vendir: Error: something new', repository), undefined);
});

test('a very long text from the cluster is searched to its end', () => {
  // With an expression that backtracks this would take hours.
  const long = `https://${'a'.repeat(50_000)} x509: ${'https://h/ '.repeat(5000)}`;
  assert.doesNotThrow(() => explainFailure(long, repository));
});

test('no row of the table is shadowed by one above it', () => {
  const codes = new Set(TEXTS.map(([, code]) => code));
  const recordedCodes = [
    'secret-missing',
    'plain-http',
    'refused',
    'not-a-bundle',
    'no-tag-matches',
    'no-packages',
    'lock-incomplete',
    'conflict',
  ];
  assert.deepEqual(
    FAILURES.map(({ code }) => code).filter((code) => !codes.has(code) && !recordedCodes.includes(code)),
    [],
  );
});
