import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { requestTunnel } from '../../../src/net/http/proxy-tunnel.ts';
import { dial } from '../../../src/net/http/dial.ts';
import { proxyFor, proxyFromEnvironment } from '../../../src/net/http/proxy-rules.ts';
import { onRequests, startTcpServer } from '../../support/tcp-server.ts';

const proxied = (url: string, noProxy: string) => {
  const settings = { httpsProxy: 'http://proxy.example:3128', httpProxy: 'plain.example', noProxy: noProxy.split(',') };
  return proxyFor(new URL(url), settings)?.url.host;
};

describe('the proxy for a connection', () => {
  test('is that of its scheme', () => {
    assert.equal(proxied('https://registry.example', ''), 'proxy.example:3128');
    assert.equal(proxied('http://registry.example:5000', ''), 'plain.example');
    assert.equal(proxyFor(new URL('https://registry.example'), { httpProxy: 'http://proxy.example' }), undefined);
    assert.equal(proxyFor(new URL('https://registry.example'), undefined), undefined);
  });

  test('is none for loopback', () => {
    for (const host of ['localhost:5000', '127.0.0.1', '127.8.9.10:5000', '[::1]:5000']) {
      assert.equal(proxied(`https://${host}`, ''), undefined, host);
    }
  });

  // The rules of golang.org/x/net/http/httpproxy, whose documentation of NoProxy this follows.
  for (const [noProxy, without, through] of [
    ['*', 'a.example', undefined],
    ['example.com', 'example.com', 'badexample.com'],
    ['example.com', 'deep.sub.example.com', 'example.org'],
    ['.example.com', 'sub.example.com', 'example.com'],
    ['*.example.com', 'sub.example.com', 'example.com'],
    [' Example.COM , other.example', 'example.com', 'third.example'],
    ['example.com:5000', 'example.com:5000', 'example.com:5001'],
    ['example.com:443', 'example.com', 'example.com:5000'],
    ['10.1.2.3', '10.1.2.3:5000', '10.1.2.4'],
    ['10.1.2.3:5000', '10.1.2.3:5000', '10.1.2.3'],
    ['10.0.0.0/8', '10.200.3.4', '11.0.0.1'],
    ['10.0.0.0/8', '10.0.0.1:5000', 'ten.example'],
    ['fd00::/8', '[fd12::1]:5000', '[2001:db8::1]'],
    ['2001:db8::1', '[2001:db8::1]', '[2001:db8::2]'],
    ['10.0.0.0/99,:80,/,[', undefined, '10.0.0.1'],
  ] as const) {
    test(`follows NO_PROXY=${noProxy}`, () => {
      if (without !== undefined) assert.equal(proxied(`https://${without}`, noProxy), undefined);
      if (through !== undefined) assert.equal(proxied(`https://${through}`, noProxy), 'proxy.example:3128');
    });
  }

  test('has its user and password separate from its address', () => {
    const proxy = proxyFor(new URL('https://a.example'), { httpsProxy: 'http://m%40x:p%3Aw@proxy.example:3128' });
    assert.equal(proxy?.url.href, 'http://proxy.example:3128/');
    assert.equal(proxy?.authorization, `Basic ${Buffer.from('m@x:p:w').toString('base64')}`);
  });

  test('is rejected without being quoted if it is invalid', () => {
    for (const httpsProxy of ['socks5://user:hidden@proxy.example', 'http://user:hidden@', 'http://[hidden']) {
      const refused = () => proxyFor(new URL('https://a.example'), { httpsProxy });
      assert.throws(refused, (error: Error) => {
        assert.equal((error as { kind?: string }).kind, 'proxy-invalid');
        assert.doesNotMatch(JSON.stringify(error) + error.message, /hidden/);
        return true;
      });
    }
  });
});

test('the environment names proxies in upper or lower case', () => {
  assert.deepEqual(proxyFromEnvironment({ https_proxy: 'http://a', HTTP_PROXY: 'http://b', NO_PROXY: 'x,.y' }), {
    httpsProxy: 'http://a',
    httpProxy: 'http://b',
    noProxy: ['x', '.y'],
  });
  assert.equal(proxyFromEnvironment({ HTTPS_PROXY: '', NO_PROXY: '*' }), undefined);
});

describe('a proxy that is asked for a tunnel', () => {
  const answers: readonly (readonly [what: string, answer: string, status: number | undefined])[] = [
    [
      'may give interim answers first',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200\r\n\r\n',
      200,
    ],
    ['may speak HTTP/1.0', 'HTTP/1.0 407 Who\r\n\r\n', 407],
    ['does not give interim answers without end', 'HTTP/1.1 102 Wait\r\n\r\n'.repeat(50), undefined],
    ['speaks HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', undefined],
  ];
  for (const [what, answer, status] of answers) {
    test(what, async () => {
      const server = await startTcpServer((socket) => onRequests(socket, () => void socket.write(answer)));
      const { signal } = new AbortController();
      const socket = await dial(new URL(`http://${server.host}`), signal);
      try {
        const asked = requestTunnel(socket, 'registry.example:443', undefined);
        if (status === undefined) await assert.rejects(asked, /does not respond like a proxy/);
        else assert.equal(await asked, status);
      } finally {
        socket.destroy();
        await server.stop();
      }
    });
  }
});
