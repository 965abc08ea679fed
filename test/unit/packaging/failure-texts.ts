// Texts of failures as tools print them, each with its source, and what is made of them. `code` undefined: nobody can know, so the text
// is shown as it is. The registries of "vendir 0.45" were scripted, and answered what the named registry documents.

export interface FailureText {
  readonly source: string;
  readonly text: string;
  /** Of the family `reconcile`. */
  readonly code: string | undefined;
  /** What the explanation has to say. */
  readonly says?: RegExp;
  /** What it must not say, nor its remedy. */
  readonly not?: RegExp;
}

/** What every failure of a bundle's fetch begins with. */
export const fetched = (inner: string, directory = '0'): string =>
  `vendir: Error: Syncing directory '${directory}':\n  Syncing directory '.' with imgpkgBundle contents:\n    ${inner}`;
export const imageFetch = (inner: string): string => fetched(`Fetching image:\n      ${inner}`);
/** The first request to a registry, which finds out how to log in. */
export const ping = (inner: string): string =>
  imageFetch(
    `Error while preparing a transport to talk with the registry:\n        Unable to create round tripper:\n          ${inner}`,
  );
export const MANIFEST = 'GET https://registry.example/v2/repo/manifests/v1';
const BLOB = 'GET https://registry.example/v2/repo/blobs/sha256:44136fa3';

/** Answers of registries; of the PackageRepository demo/repo, whose bundle is registry.example/repo:v1. */
export const ANSWER_TEXTS: readonly FailureText[] = [
  {
    source: 'kapp-controller v0.42 and older, test/e2e/kappcontroller/package_repo_test.go',
    text: "vendir: Error: Syncing directory '0':\n  Syncing directory '.' with imgpkgBundle contents:\n    Imgpkg:\n      exit status 1 (stderr: imgpkg: Error: Fetching image:\n  GET https://registry.example/v2/repo/manifests/latest:\n    UNAUTHORIZED: authentication required; [map[Action:pull]]\n)",
    code: 'unauthorized',
    says: /registry\.example requires credentials/,
  },
  {
    source: 'GitLab, by vendir 0.45',
    text: imageFetch(`${MANIFEST}:\n        DENIED: requested access to the resource is denied`),
    code: 'unauthorized',
  },
  {
    source: 'Harbor, a project that does not exist, without credentials, by vendir 0.45',
    text: imageFetch(`${MANIFEST}:\n        UNAUTHORIZED: project mirror not found: project mirror not found`),
    code: 'unauthorized',
    says: /when the repository does not exist/,
  },
  {
    source: 'Amazon ECR, an old token, by vendir 0.45',
    text: imageFetch(
      `${MANIFEST}:\n        DENIED:\n          Your authorization token has expired. Reauthenticate and try again.`,
    ),
    code: 'unauthorized',
  },
  {
    source: 'a token server, by vendir 0.45',
    text: ping(
      'GET https://auth.example/token?scope=repository%3Arepo%3Apull&service=h: unexpected status code 401 Unauthorized: {"details":"incorrect username or password"}',
    ),
    code: 'unauthorized',
    says: /The registry registry\.example requires credentials/,
  },
  {
    source: 'Azure, https://aka.ms/acr/firewall, by vendir 0.45',
    text: imageFetch(
      `${MANIFEST}:\n        DENIED: client with IP '203.0.113.9' is not allowed access. Refer https://aka.ms/acr/firewall to grant access.`,
    ),
    code: 'address-refused',
    says: /203\.0\.113\.9/,
    not: /credentials|pull secret/i,
  },
  {
    source: 'https://github.com/vmware-tanzu/community-edition/issues/1686',
    text: "Error: Syncing directory '0': Syncing directory '.' with imgpkgBundle contents: Imgpkg: exit status 1 (stderr: Error: Checking if image is bundle: Collecting images: Working with registry.example/tce/prometheus@sha256:3932: GET https://registry.example/v2/tce/prometheus/manifests/sha256:3932: NOT_FOUND: artifact tce/prometheus@sha256:3932 not found)",
    code: 'image-missing',
    says: /does not have registry\.example\/tce\/prometheus@sha256:3932/,
  },
  {
    source: 'Harbor, by vendir 0.45',
    text: imageFetch(`${MANIFEST}:\n        NOT_FOUND: repository mirror/repo not found`),
    code: 'repository-missing',
  },
  {
    source: 'Harbor, by vendir 0.45',
    text: imageFetch(`${MANIFEST}:\n        NOT_FOUND: project mirror not found`),
    code: 'repository-missing',
  },
  {
    source: 'Artifactory, by vendir 0.45',
    text: imageFetch(
      `${MANIFEST}:\n        MANIFEST_UNKNOWN:\n          The named manifest is not known to the registry.; map[manifest:repo/v1/manifest.json]`,
    ),
    code: 'image-missing',
    says: /does not have registry\.example\/repo:v1/,
  },
  {
    source: 'docker-registry, by vendir 0.45',
    text: imageFetch(`${MANIFEST}:\n        NAME_UNKNOWN: repository name not known to registry; map[name:repo]`),
    code: 'repository-missing',
  },
  {
    source: 'docker-registry, a tag selection, by vendir 0.45',
    text: fetched(
      'GET https://registry.example/v2/repo/tags/list?n=1000:\n      NAME_UNKNOWN: repository name not known to registry',
    ),
    code: 'repository-missing',
  },
  {
    source: 'go-containerregistry, transport/error.go',
    text: imageFetch(`${MANIFEST}: unexpected status code 404 Not Found`),
    code: 'image-missing',
  },
  {
    source: 'docker-registry after a garbage collection, by vendir 0.45',
    text: fetched(`${BLOB}:\n      BLOB_UNKNOWN: blob unknown to registry`),
    code: 'content-missing',
    says: /registry\.example\/repo:v1, but not all of its content/,
  },
  {
    source: 'https://github.com/goharbor/harbor/issues/22650',
    text: imageFetch(`${MANIFEST}:\n        PROJECTPOLICYVIOLATION:\n          The image is not signed by cosign.`),
    code: 'policy',
    says: /not signed by cosign/,
  },
  {
    source: 'Harbor, src/server/middleware/vulnerable, by vendir 0.45',
    text: imageFetch(
      `${MANIFEST}:\n        PROJECTPOLICYVIOLATION: current image with 12 vulnerabilities cannot be pulled due to configured policy in 'Prevent images with vulnerability severity of "High" or higher from running.' To continue with pull, please contact your project administrator`,
    ),
    code: 'policy',
    says: /12 vulnerabilities/,
  },
  {
    source: 'https://github.com/goharbor/harbor/issues/22650, a HEAD',
    text: imageFetch(
      'HEAD https://registry.example/v2/repo/manifests/v1: unexpected status code 412 Precondition Failed (HEAD responses have no body, use GET for details)',
    ),
    code: 'policy',
  },
  {
    source: 'Docker Hub, by vendir 0.45',
    text: imageFetch(
      `${MANIFEST}:\n        TOOMANYREQUESTS:\n          You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit`,
    ),
    code: 'rate-limited',
    says: /is limiting requests/,
  },
  {
    source: 'vendir 0.45',
    text: imageFetch(`${MANIFEST}: unexpected status code 429 Too Many Requests: slow down`),
    code: 'rate-limited',
  },
  {
    source: 'vendir 0.45, a local name that is asked by http too',
    text: ping(
      'Get "https://127.0.0.1:5000/v2/": tls: first record does not look like a TLS handshake; GET http://127.0.0.1:5000/v2/: unexpected status code 503 Service Unavailable: upstream connect error',
    ).replaceAll('127.0.0.1:5000', 'registry.example'),
    code: 'registry-failed',
    says: /503/,
  },
  {
    source: 'a load balancer, by vendir 0.45',
    text: imageFetch(
      `${MANIFEST}: unexpected status code 502 Bad Gateway: <html><head><title>502 Bad Gateway</title></head></html>`,
    ),
    code: 'registry-failed',
    says: /502/,
  },
  {
    source: 'Harbor, by vendir 0.45',
    text: imageFetch(`${MANIFEST}:\n        UNKNOWN: internal server error`),
    code: 'registry-failed',
  },
  {
    source: 'docker-registry, its disk full, by vendir 0.45',
    text: imageFetch(
      `${MANIFEST}:\n        UNKNOWN: unknown error; map[DriverName:filesystem Enclosed:map[Err:28 Op:mkdir]]`,
    ),
    code: 'registry-failed',
  },
  {
    source: 'imgpkg, pkg/imgpkg/bundle/locations_configs.go',
    text: fetched(
      'Fetching location image:\n      GET https://registry.example/v2/repo/manifests/sha256-aa.image-locations.imgpkg: unexpected status code 500',
    ),
    code: 'locations-unreadable',
  },
];
