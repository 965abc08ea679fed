import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { NetworkError, networkError, type NetworkErrorKind, ownError } from '../../../src/net/network-error.ts';
import { registryError } from '../../../src/oci/network-errors.ts';

const registry = 'registry.example';
const own = { registry, isNamed: false };
const named = { registry, isNamed: true };
const step = 'GET https://registry.example/v2/';
const context = { host: registry, onBehalfOf: registry, step };

function failure(code: string, message = code): NetworkError {
  const error = networkError(Object.assign(new Error(message), { code }), context);
  assert.ok(error instanceof NetworkError);
  return error;
}

const openssl = (reason: string) =>
  `write EPROTO 8068:error:0A000410:SSL routines:ssl3_read_bytes:${reason}:../deps/openssl/ssl/record/rec_layer_s3.c:916:\n`;

/** Errors as Node 24 with OpenSSL 3 and our own HTTP/1.1 client give them. */
const CASES: readonly [code: string, message: string, kind: NetworkErrorKind, error: string][] = [
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND x', 'host-not-found', 'host-not-found'],
  ['EAI_FAIL', 'getaddrinfo EAI_FAIL x', 'host-not-found', 'host-not-found'],
  ['ECONNREFUSED', 'connect ECONNREFUSED ::1:1', 'connection-refused', 'connection-refused'],
  ['ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.1:443', 'connect-timeout', 'connect-timeout'],
  ['EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.1:443', 'unreachable', 'unreachable'],
  ['ECONNRESET', 'read ECONNRESET', 'connection-lost', 'connection-lost'],
  ['WIRE_STALLED', 'no data for 60 s', 'connection-lost', 'connection-lost'],
  ['WIRE_TIMEOUT', 'no response for 60 s', 'timeout', 'timeout'],
  ['WIRE_INVALID', 'a chunk has no valid size', 'response-invalid', 'response-invalid'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate', 'certificate-unknown', 'certificate-unknown'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify', 'certificate-unknown', 'certificate-unknown'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Host: x. is not in the names', 'certificate-name', 'certificate-name'],
  ['CERT_HAS_EXPIRED', 'certificate has expired', 'certificate-expired', 'certificate-expired'],
  ['CERT_NOT_YET_VALID', 'certificate is not yet valid', 'certificate-early', 'certificate-early'],
  ['CERT_REVOKED', 'certificate revoked', 'certificate-invalid', 'unreachable'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls', 'client-certificate', 'client-certificate'],
  ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'tls', 'client-certificate', 'client-certificate'],
  ['EPROTO', openssl('tlsv1 alert unknown ca'), 'client-certificate', 'client-certificate'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'tls', 'handshake-refused', 'client-certificate'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'not-tls', 'not-https'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'tls', 'not-tls', 'not-https'],
  ['EPROTO', openssl('wrong version number'), 'not-tls', 'not-https'],
  ['EPROTO', 'write EPROTO', 'tls-failed', 'not-https'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'tls', 'unknown', 'unreachable'],
  ['ERR_OSSL_PEM_NO_START_LINE', 'no start line', 'key-unusable', 'unreachable'],
  ['', 'something else', 'unknown', 'unreachable'],
];

describe('an error of the network', () => {
  for (const [code, message, kind, expected] of CASES) {
    test(`${code || message} (${kind}) becomes oci.${expected}, with registry, host and step`, () => {
      const found = failure(code, message);
      assert.equal(found.kind, kind);
      const error = registryError(found, own);
      assert.equal(error.code, `oci.${expected}`);
      assert.deepEqual([error.args['registry'], error.args['host'], error.args['step']], [registry, registry, step]);
      assert.ok(error.message.includes(registry));
      assert.equal(error.cause, found.cause);
    });
  }

  test('includes the reason from OpenSSL', () => {
    assert.equal(failure('EPROTO', openssl('tlsv1 alert unknown ca')).details['reason'], 'tlsv1 alert unknown ca');
  });

  test('is found below its wrappers, including the first of several addresses', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
    const wrapped = new Error('fetch failed', { cause: new AggregateError([refused], '') });
    const error = networkError(wrapped, context);
    assert.ok(error instanceof NetworkError);
    assert.deepEqual([error.kind, error.details['reason']], ['connection-refused', 'connect ECONNREFUSED ::1:1']);
  });

  test('of a registry that has responded before says so', () => {
    const error = networkError(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), { ...context, answeredBefore: 1 });
    assert.equal(registryError(error as NetworkError, own).args['answeredBefore'], 1);
  });

  test('of an unreachable server that the registry named is about the registry', () => {
    for (const code of ['ENOTFOUND', 'ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH']) {
      const error = registryError(failure(code), named);
      assert.equal(error.code, 'oci.location-unreachable');
      assert.equal(error.args['reason'], code);
    }
    const refused = { proxy: 'proxy:3128', host: 'storage.example', status: 403, step };
    const error = registryError(ownError('proxy-refused', refused), named);
    assert.equal(error.code, 'oci.location-unreachable');
    assert.match(String(error.args['reason']), /The proxy proxy:3128 refused to connect to storage\.example/);
    assert.equal(registryError(failure('CERT_HAS_EXPIRED'), named).code, 'oci.certificate-expired');
  });

  test('of the network layer itself keeps its words', () => {
    const stalled = registryError(ownError('stalled', { host: 'r.example', step: 'PUT x', after: 60 }), own);
    assert.match(stalled.message, /No data was transferred to or from r\.example for 60 s \(PUT x\)/);
    const address = { host: 'inside.example', onBehalfOf: 'registry-1.docker.io', address: '169.254.169.254' };
    const refused = registryError(ownError('address-refused', address), { registry: 'index.docker.io', isNamed: true });
    assert.match(refused.message, /^index\.docker\.io redirected to inside\.example \(169\.254\.169\.254\)/);
    const file = registryError(ownError('certificate-file', { path: '/ca.pem', reason: 'it is empty' }), own);
    assert.equal(file.message, "Cannot use the file '/ca.pem': it is empty");
  });
});
