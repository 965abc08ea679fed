// Texts that look like one fault and are another: the telling word stands in a body, a name, a source line or another host's answer.
import { MANIFEST, fetched, imageFetch } from './failure-texts.ts';
import type { FailureText } from './failure-texts.ts';

const made = (inner: string): string =>
  `kapp: Error: Timed out waiting after 15m0s:\n  Last error: create package/a.1.0.0 (data.packaging.carvel.dev/v1alpha1) namespace: demo:\n    Creating resource package/a.1.0.0:\n      API server says:\n        Internal error occurred: ${inner} (reason: InternalError)`;
const webhook = (inner: string): string =>
  made(
    `failed calling webhook "validate.policy.example": failed to call webhook: Post "https://policy.policy.svc:443/x?timeout=3s": ${inner}`,
  );
const NO_REGISTRY = /registry\.example|pull secret|caCerts|noProxy/;

export const MISLEADING_TEXTS: readonly FailureText[] = [
  // Not a network fault of the registry: a webhook of the API server.
  {
    source: 'kube-apiserver',
    text: webhook('dial tcp 10.0.0.9:443: connect: connection refused'),
    code: 'webhook-failed',
    not: NO_REGISTRY,
  },
  { source: 'kube-apiserver', text: webhook('context deadline exceeded'), code: 'webhook-failed', not: NO_REGISTRY },
  {
    source: 'kube-apiserver',
    text: webhook('tls: failed to verify certificate: x509: certificate signed by unknown authority'),
    code: 'webhook-failed',
    not: NO_REGISTRY,
  },
  {
    source: 'kube-apiserver',
    text: webhook('dial tcp: lookup policy.policy.svc on 10.96.0.10:53: no such host'),
    code: 'webhook-failed',
    not: NO_REGISTRY,
  },
  {
    source: 'kube-apiserver, a webhook without endpoints',
    text: made(
      'failed calling webhook "validate.policy.example": the server is currently unable to handle the request',
    ),
    code: 'webhook-failed',
    not: /API for Packages/,
  },
  {
    source: 'kube-apiserver, a conversion webhook',
    text: 'kapp: Error: Listing schema.GroupVersionResource{Group:"a.example", Version:"v1", Resource:"things"}, namespaced: true: conversion webhook for a.example/v1, Kind=Thing failed: Post "https://a.a.svc:443/convert?timeout=30s": x509: certificate signed by unknown authority',
    code: 'webhook-failed',
    not: NO_REGISTRY,
  },
  {
    source: 'a policy that speaks of registries',
    text: 'kapp: Error: create deployment/a (apps/v1): admission webhook "images.policy.example" denied the request: UNAUTHORIZED: image docker.io/a: x509: certificate signed by unknown authority (reason: Forbidden)',
    code: 'admission-denied',
    not: /caCerts|Create a pull secret/,
  },
  // Not the bundle's registry: kbld asks another one, without credentials.
  ...[
    'GET https://docker.io/v2/x/y/manifests/1: UNAUTHORIZED: authentication required; [map[Action:pull]]',
    'Get "https://docker.io/v2/": x509: certificate signed by unknown authority',
    'Get "https://docker.io/v2/": dial tcp: lookup docker.io on 10.96.0.10:53: no such host',
    'Get "https://docker.io/v2/": dial tcp 1.2.3.4:443: i/o timeout',
    'Get "https://docker.io/v2/": EOF',
    'GET https://docker.io/v2/x/y/manifests/1: MANIFEST_UNKNOWN: manifest unknown',
    'GET https://docker.io/v2/x/y/manifests/1: TOOMANYREQUESTS: rate limit',
  ].map((inner) => ({
    source: 'kbld 0.47',
    text: `kbld: Error: \n- Resolving image 'docker.io/x/y:1': ${inner}`,
    code: 'image-not-in-lock',
    says: /docker\.io\/x\/y:1/,
    not: /registry\.example|Create a pull secret|caCerts/,
  })),
  // Not the bundle's registry: what the bundle refers to was not relocated with it.
  {
    source: 'imgpkg, a nested bundle',
    text: imageFetch('GET https://vendor.example/v2/inner/manifests/sha256:11: UNAUTHORIZED: authentication required'),
    code: 'other-registry',
    says: /vendor\.example/,
    not: /pull secret/,
  },
  {
    source: 'imgpkg, a nested bundle',
    text: imageFetch('Get "https://vendor.example/v2/": dial tcp 1.2.3.4:443: i/o timeout'),
    code: 'other-registry',
    not: /httpsProxy/,
  },
  // Not the registry: its storage.
  {
    source: 'vendir 0.45, a redirect to S3',
    text: fetched(
      'GET https://s3.example/bucket/blob?X-Amz-Signature=REDACTED: unexpected status code 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code></Error>',
    ),
    code: 'storage-refused',
    says: /s3\.example/,
    not: /requires credentials/,
  },
  {
    source: 'vendir 0.45, a redirect to S3',
    text: fetched(
      'Get "https://s3.example/bucket/blob?X-Amz-Signature=REDACTED": dial tcp: lookup s3.example on 10.255.255.53:53: no such host',
    ),
    code: 'dns',
    says: /s3\.example/,
    not: /name registry\.example/,
  },
  // Not the image: the whole registry.
  {
    source: 'vendir 0.45, nginx',
    text: imageFetch(
      'Error while preparing a transport to talk with the registry: Unable to create round tripper: GET https://registry.example/v2/: unexpected status code 404 Not Found: <html>404 Not Found nginx</html>',
    ),
    code: 'not-a-registry',
    not: /does not have/,
  },
  {
    source: 'vendir 0.45, a web application firewall',
    text: imageFetch(
      'GET https://registry.example/v2/: unexpected status code 403 Forbidden: <html>blocked by policy</html>',
    ),
    code: 'not-a-registry',
    not: /requires credentials/,
  },
  // Words in what a registry says, and in names.
  {
    source: 'made up',
    text: imageFetch(
      `${MANIFEST}: unexpected status code 500 Internal Server Error: write /storage/x: no space left on device`,
    ),
    code: 'registry-failed',
    not: /kapp-controller has no room/,
  },
  {
    source: 'made up',
    text: imageFetch(
      `${MANIFEST}: unexpected status code 503 Service Unavailable: dial tcp 10.0.0.7:5000: connect: connection refused`,
    ),
    code: 'registry-failed',
    not: /Nothing answers/,
  },
  {
    source: 'made up',
    text: imageFetch(
      `${MANIFEST}: unexpected status code 500: Get "https://s3.example/x": x509: certificate signed by unknown authority`,
    ),
    code: 'registry-failed',
    not: /caCerts/,
  },
  {
    source: 'made up',
    text: imageFetch(`${MANIFEST}: MANIFEST_UNKNOWN: UNAUTHORIZED: DENIED: connection refused`),
    code: 'image-missing',
  },
  {
    source: 'made up',
    text: imageFetch(
      'GET https://registry.example/v2/x509/denied/manifests/404: NAME_UNKNOWN: repository name not known to registry',
    ),
    code: 'repository-missing',
  },
  {
    source: 'made up',
    text: imageFetch(`${MANIFEST}: TOOMANYREQUESTS: UNAUTHORIZED: log in for more`),
    code: 'rate-limited',
    not: /pull secret/,
  },
  {
    source: 'made up',
    text: "ytt: Error: \n- struct has no .name field\n    a.yml:3 | note: #@ 'x509: certificate signed by unknown authority, UNAUTHORIZED: no'",
    code: 'template-broken',
  },
  {
    source: 'made up',
    text: 'ytt: Error: \n- fail: Expected bundle image; no space left on device',
    code: 'template-broken',
  },
  {
    source: 'made up',
    text: 'kapp: Error: update configmap/unauthorized (v1) namespace: demo: the object has been modified; connection refused',
    code: undefined,
  },
  {
    source: 'made up: kapp waits for what cannot be pulled',
    text: 'kapp: Error: waiting on reconcile deployment/a (apps/v1) namespace: demo: Finished unsuccessfully (Deployment is not progressing: ImagePullBackOff: x509: certificate signed by unknown authority)',
    code: 'not-ready',
    not: /caCerts|pull secret/,
  },
  // Both protocols of a local name were tried: the one that got further counts.
  {
    source: 'vendir 0.45, a registry with a private authority, whose port 80 is closed',
    text: imageFetch(
      'Get "https://registry.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority; Get "http://registry.example/v2/": dial tcp 10.0.0.5:80: connect: connection refused',
    ),
    code: 'unknown-ca',
  },
  {
    source: 'made up',
    text: imageFetch(
      'Get "https://registry.example/v2/": dial tcp 10.0.0.5:443: i/o timeout; GET http://registry.example/v2/: unexpected status code 404 Not Found',
    ),
    code: 'timeout',
  },
  {
    source: 'kbld 0.47, an image that a lock does list',
    text: "kbld: Error: \n- Resolving image 'registry.example/a@sha256:11': Expected to find one image under index 'a' with matching platform, but found none",
    code: undefined,
  },
  // Outcomes that nobody has seen yet.
  { source: 'made up', text: imageFetch(`${MANIFEST}: TEAPOT: short and stout`), code: undefined },
  {
    source: 'made up',
    text: imageFetch(`${MANIFEST}: unexpected status code 418 I'm a teapot: UNAUTHORIZED: x`),
    code: undefined,
  },
  {
    source: 'Go, crypto/tls',
    text: imageFetch('Get "https://registry.example/v2/": remote error: tls: certificate required'),
    code: undefined,
  },
  {
    source: 'made up',
    text: imageFetch('Get "https://registry.example/v2/": a plugin said: connection refused, x509: no'),
    code: undefined,
  },
  { source: 'made up', text: 'vendir: Error: something new', code: undefined },
  {
    source: 'made up',
    text: 'kapp: Error: something with x509: certificate signed by unknown authority',
    code: undefined,
  },
  { source: 'made up', text: 'kbld: Error: something with UNAUTHORIZED: authentication required', code: undefined },
];
