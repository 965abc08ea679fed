import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkError } from '../../../src/cluster/network-errors.ts';
import { HttpProtocolError } from '../../../src/net/wire/http-protocol-error.ts';
import { NetworkError } from '../../../src/net/network-error.ts';
import type { NetworkErrorKind } from '../../../src/net/network-error.ts';

const PLACE = { context: 'dev', host: 'api.example:6443', step: 'get the version' };

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** Errors as Node 24 with OpenSSL 3 gives them. */
const ERRORS: readonly [code: string, message: string, reported: string, reason?: string][] = [
  ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN api.example', 'host-not-found'],
  ['ECONNREFUSED', '', 'connection-refused'],
  ['EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.1:6443', 'unreachable'],
  ['ECONNRESET', 'socket hang up', 'connection-lost'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'certificate-unknown'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unable to get local issuer certificate', 'certificate-unknown'],
  ['CERT_HAS_EXPIRED', 'certificate has expired', 'certificate-invalid'],
  [
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    '80BC1F5E7F7F0000:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:916:SSL alert number 116\n',
    'client-certificate-refused',
    'tlsv13 alert certificate required',
  ],
  [
    'EPROTO',
    'write EPROTO 8068:error:0A000418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca:../deps/openssl/ssl/record/rec_layer_s3.c:916:SSL alert number 48\n',
    'client-certificate-refused',
    'tlsv1 alert unknown ca',
  ],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'C0:error:0A00010B:SSL routines:x:wrong version number:a.c:1:', 'not-https'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'C0:error:0A000102:SSL routines:x:unsupported protocol:a.c:1:', 'unreachable'],
  ['EPROTO', 'write EPROTO', 'unreachable'],
  ['CERT_REVOKED', 'certificate revoked', 'certificate-invalid'],
  ['', 'Bad response: 407', 'unreachable', 'Bad response: 407'],
];

for (const [code, message, reported, reason] of ERRORS) {
  test(`${code || message} is reported as ${reported}, with host and step`, () => {
    const error = networkError(failure(code, message), PLACE, 15_000);
    assert.equal(error.code, `cluster.${reported}`);
    assert.match(error.message, /api\.example:6443/);
    assert.match(error.message, /\(get the version\)/);
    if (reason !== undefined) assert.equal(error.args['reason'], reason);
  });
}

/** What the network layer says where the connection goes through a proxy. */
const PROXY_ERRORS: readonly [kind: NetworkErrorKind, details: object, reason: RegExp][] = [
  ['proxy-unreachable', { reason: 'connect ECONNREFUSED 10.0.0.9:3128' }, /ECONNREFUSED/],
  ['proxy-unreachable', { reason: 'getaddrinfo ENOTFOUND proxy.example' }, /proxy\.example/],
  ['proxy-credentials-missing', { status: 407 }, /requires a user name and password/],
  ['proxy-unauthorized', { status: 407 }, /rejected the user name or password/],
  ['proxy-refused', { status: 403 }, /the proxy answered 403/],
  ['proxy-invalid', { reason: 'its address is not a URL' }, /not a URL/],
];

for (const [kind, details, reason] of PROXY_ERRORS) {
  test(`${kind} (${JSON.stringify(details)}) names the proxy, not the API server`, () => {
    const error = networkError(
      new NetworkError(kind, { ...details }),
      { ...PLACE, proxy: 'proxy.example:3128' },
      15_000,
    );
    assert.equal(error.code, 'cluster.proxy-failed');
    assert.match(error.message, /through the proxy proxy\.example:3128/);
    assert.match(String(error.args['reason']), reason);
  });
}

test('what the server itself does behind a proxy is reported for the server', () => {
  const place = { ...PLACE, proxy: 'proxy.example:3128' };
  const tls = failure('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain');
  assert.equal(networkError(tls, place, 15_000).code, 'cluster.certificate-unknown');
});

test('a TLS alert in response to plain http is reported as a missing https', () => {
  const received = Buffer.from([21, 3, 1, 0, 2, 2, 70]).toString('latin1');
  const alert = new HttpProtocolError('WIRE_INVALID', 'it does not respond with HTTP/1.1', received);
  assert.equal(networkError(alert, PLACE, 15_000).code, 'cluster.https-needed');
});

test('a key that OpenSSL cannot read is an error about the credentials', () => {
  const unreadable = failure('ERR_OSSL_PEM_NO_START_LINE', 'error:0480006C:PEM routines::no start line');
  assert.equal(networkError(unreadable, PLACE, 15_000).code, 'cluster.credentials-unreadable');
});
