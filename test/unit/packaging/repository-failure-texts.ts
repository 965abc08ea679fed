// Texts of PackageRepositories that failed otherwise than by a registry's answer; see failure-texts.ts.
import { fetched, ping } from './failure-texts.ts';
import type { FailureText } from './failure-texts.ts';

const V2 = 'Get "https://registry.example/v2/"';

/** Of the PackageRepository demo/repo, whose bundle is registry.example/repo:v1. */
export const REPOSITORY_TEXTS: readonly FailureText[] = [
  // kapp-controller itself.
  { source: 'kapp-controller 0.53.1', text: 'Templating dir: waitid: no child processes', code: 'program-lost' },
  {
    source: 'https://github.com/carvel-dev/kapp-controller/pull/1805',
    text: 'Fetching resources: waitid: no child processes',
    code: 'program-lost',
  },
  // Connections.
  { source: 'Go, crypto/x509', text: ping(`${V2}: x509: certificate signed by unknown authority`), code: 'unknown-ca' },
  {
    source: 'Go, crypto/x509',
    text: ping(
      `${V2}: tls: failed to verify certificate: x509: certificate is valid for a.example, not registry.example`,
    ),
    code: 'certificate-invalid',
    says: /valid for a\.example/,
  },
  {
    source: 'Go, crypto/x509',
    text: ping(`${V2}: x509: certificate has expired or is not yet valid: current time 2026`),
    code: 'certificate-invalid',
  },
  {
    source: 'vendir 0.45',
    text: ping(`${V2}: dial tcp: lookup registry.example on 10.96.0.10:53: no such host`),
    code: 'dns',
  },
  {
    source: 'https://github.com/carvel-dev/kapp-controller/issues/1437',
    text: ping(`${V2}: dial tcp: lookup registry.example on 10.96.0.10:53: server misbehaving`),
    code: 'dns',
  },
  {
    source: 'vendir 0.45, the host of a token server',
    text: ping(
      'Get "https://auth.example/token?scope=repository%3Arepo%3Apull&service=h": dial tcp: lookup auth.example on 10.96.0.10:53: no such host',
    ),
    code: 'dns',
    says: /auth\.example/,
  },
  {
    source: 'Go, net/dnsclient_unix.go',
    text: ping(
      `${V2}: dial tcp: lookup registry.example on 10.96.0.10:53: read udp 10.244.0.9:41876->10.96.0.10:53: i/o timeout`,
    ),
    code: 'dns-unreachable',
    says: /DNS server .* registry\.example/,
    not: /registry\.example does not answer/,
  },
  {
    source: 'Go, net/dnsclient_unix.go',
    text: ping(
      `${V2}: dial tcp: lookup registry.example on 10.96.0.10:53: read udp 10.244.0.9:41876->10.96.0.10:53: read: connection refused`,
    ),
    code: 'dns-unreachable',
  },
  {
    source: 'vendir 0.45',
    text: ping(`${V2}: dial tcp 10.1.2.3:443: connect: connection refused`),
    code: 'refused',
    says: /registry\.example/,
  },
  { source: 'Go, net', text: ping(`${V2}: dial tcp 10.1.2.3:443: i/o timeout`), code: 'timeout' },
  { source: 'Go, net', text: ping(`${V2}: dial tcp 10.1.2.3:443: connect: connection timed out`), code: 'timeout' },
  { source: 'Go, net/http', text: ping(`${V2}: net/http: TLS handshake timeout`), code: 'timeout' },
  {
    source: 'Go, net/http',
    text: ping(
      `${V2}: net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
    ),
    code: 'timeout',
  },
  { source: 'Go, net', text: ping(`${V2}: dial tcp 10.1.2.3:443: connect: no route to host`), code: 'unreachable' },
  {
    source: 'Go, net',
    text: ping(`${V2}: read tcp 10.0.0.2:41000->10.1.2.3:443: read: connection reset by peer`),
    code: 'connection-cut',
  },
  { source: 'Go, net/http', text: ping(`${V2}: EOF`), code: 'connection-cut' },
  {
    source: 'vendir 0.45',
    text: ping(`${V2}: proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused`),
    code: 'proxy-unreachable',
    says: /10\.0\.0\.1:3128/,
    not: /Nothing answers at registry/,
  },
  {
    source: 'vendir 0.45',
    text: ping(`${V2}: proxyconnect tcp: dial tcp: lookup proxy.example on 10.96.0.10:53: no such host`),
    code: 'proxy-unreachable',
    says: /proxy\.example/,
    not: /name registry\.example can/,
  },
  {
    source: 'vendir 0.45, a proxy that answers 403',
    text: ping(`${V2}:\n            Forbidden`),
    code: 'proxy-refused',
    not: /credentials for registry/,
  },
  {
    source: 'vendir 0.45, a proxy that answers 407',
    text: ping(`${V2}:\n            Proxy Authentication Required`),
    code: 'proxy-refused',
  },
  {
    source: 'vendir 0.45, a host that is no local name',
    text: ping(`${V2}: http: server gave HTTP response to HTTPS client`),
    code: 'plain-http',
  },
  // Other steps of the fetch.
  {
    source: 'vendir 0.45',
    text: fetched("Expected to find one secret 'pull', but found none"),
    code: 'secret-missing',
    says: /pull/,
  },
  {
    source: 'vendir, pkg/vendir/fetch/image/imgpkg.go',
    text: fetched("Unknown secret field 'user' in secret 'pull'"),
    code: 'secret-invalid',
  },
  {
    source: 'imgpkg, internal/util',
    text: fetched('should not include https:// protocol prefix'),
    code: 'reference-scheme',
  },
  {
    source: 'go-containerregistry, pkg/name',
    text: fetched('Fetching image: could not parse reference: registry.example/UPPER'),
    code: 'reference-invalid',
  },
  {
    source: 'vendir, pkg/vendir/versions/selector.go',
    text: fetched(
      "Determining tag selection:\n      Selecting versions:\n        Parsing version constraint '>=x':\n          Could not get version",
    ),
    code: 'constraint-invalid',
  },
  {
    source: 'vendir 0.45, a full volume',
    text: fetched('Extracting image into directory:\n      write /etc/kappctrl-mem-tmp/a.yml: no space left on device'),
    code: 'disk-full',
    says: /kapp-controller has no room/,
  },
  // Templates.
  {
    source: 'https://github.com/halkyonio/tap/issues/7',
    text: "ytt: Error: Checking file '/etc/kappctrl-mem-tmp/kapp-controller-fetch-template-deploy4163948173/0/packages': lstat /etc/kappctrl-mem-tmp/kapp-controller-fetch-template-deploy4163948173/0/packages: no such file or directory\n",
    code: 'no-packages',
  },
  {
    source: 'https://github.com/carvel-dev/kapp-controller/issues/189',
    text: 'kbld: Error: Validating imageslock/ (imgpkg.carvel.dev/v1alpha1) cluster:\n  Validating Overrides[0]:\n    Expected Image or ImageRepo to be non-empty\n',
    code: 'lock-incomplete',
  },
  {
    source: 'ytt 0.53',
    text: 'ytt: Error:\n- undefined: data\n    packages/a.yml:3 | #@ data.values.x',
    code: 'template-broken',
  },
  // Deployments.
  {
    source: 'kapp, pkg/kapp/cmd/app/deploy.go',
    text: 'kapp: Error: Trying to apply empty set of resources will result in deletion of resources on cluster. Refusing to continue unless --dangerous-allow-empty-list-of-resources is specified.',
    code: 'nothing-to-deploy',
  },
  {
    source: 'https://github.com/carvel-dev/kapp-controller/issues/790',
    text: 'kapp: Error: unable to retrieve the complete list of server APIs: data.packaging.carvel.dev/v1alpha1: the server is currently unable to handle the request (possibly related issue: https://github.com/vmware-tanzu/carvel-kapp/issues/12)',
    code: 'package-api-down',
  },
  {
    source: 'https://github.com/carvel-dev/kapp/issues/12',
    text: 'kapp: Error: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: the server is currently unable to handle the request (possibly related issue: https://github.com/vmware-tanzu/carvel-kapp/issues/12)',
    code: 'api-down',
    says: /metrics\.k8s\.io\/v1beta1/,
    not: /Packages/,
  },
  {
    source: 'the aggregated API of kapp-controller 0.53',
    text: 'kapp: Error: create package/x (data.packaging.carvel.dev/v1alpha1) namespace: demo: Package.data.packaging.carvel.dev "x" is invalid: metadata.name: Invalid value: "x": must be <spec.refName> + \'.\' + <spec.version> (reason: Invalid)',
    code: 'package-invalid',
  },
  {
    source: 'kapp 0.64',
    text: 'kapp: Error: Getting app:\n  Get "https://10.96.0.1:443/api/v1/namespaces/default/configmaps/x.apps.k14s.io": dial tcp 10.96.0.1:443: connect: connection refused',
    code: 'api-server-unreachable',
    says: /API server 10\.96\.0\.1:443/,
  },
];
