// Registries that are reached through a forwarding proxy only: their names mean nothing to this machine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { anonymous } from '../../src/oci/auth/credentials.ts';
import { createRegistries } from '../../src/oci/registries.ts';
import { carvelAirgap } from '../support/cli.ts';
import { createAuthority, type Authority } from '../support/certificates.ts';
import { engines, relocate } from '../support/engines.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { type ForwardProxy, type ForwardProxyOptions, startForwardProxy } from '../support/forward-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const USER = { name: 'clerk@example', password: 'p@ss:w/rd%' };
const NAME = 'registry.internal.test';

describe('through a proxy', () => {
  let plain: Registry;
  let secure: Registry;
  let folder: TemporaryFolder;
  let authority: Authority;
  const proxies: ForwardProxy[] = [];

  before(async () => {
    folder = await makeTemporaryFolder('proxy');
    authority = await createAuthority(folder.path, 'proxy-ca');
    plain = await startRegistry();
    secure = await startRegistry({ tls: { names: [NAME] } });
  });
  after(async () => {
    for (const proxy of proxies) await proxy.stop();
    await plain?.stop();
    await secure?.stop();
    await folder?.remove();
  });

  const portOf = (registry: Registry) => registry.host.split(':')[1] ?? '';
  const nameOf = (registry: Registry) => `${NAME}:${portOf(registry)}`;
  async function proxyWith(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
    const names = Object.fromEntries([plain, secure].map((registry) => [nameOf(registry), registry.host]));
    const proxy = await startForwardProxy({ user: USER, names, ...options });
    proxies.push(proxy);
    return proxy;
  }
  const push = (proxy: Record<string, string>, registry: Registry, more: readonly string[] = []) =>
    carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', `${nameOf(registry)}/apps`, ...more], { env: proxy });

  test('a tar is copied into a registry over TLS, and the proxy sees a tunnel', async () => {
    const proxy = await proxyWith();
    const ca = ['--registry-ca-cert-path', secure.caFile ?? ''];
    const outcome = await push({ HTTPS_PROXY: proxy.url }, secure, ca);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, new RegExp(fixtureDigest));
    assert.deepEqual([...new Set(proxy.asked)], [`CONNECT ${nameOf(secure)}`]);
  });

  test('a tar is copied into a registry over plain http, and the proxy receives complete URLs', async () => {
    const proxy = await proxyWith();
    const outcome = await push({ http_proxy: proxy.url, HTTPS_PROXY: proxy.url }, plain, ['--registry-insecure']);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.ok(proxy.asked.some((each) => each === `GET http://${nameOf(plain)}/v2/`));
  });

  test('a proxy that uses TLS has to be trusted as well', async () => {
    const proxy = await proxyWith({ tls: await authority.issueServer('proxy', ['127.0.0.1']) });
    const ca = `${secure.caFile ?? ''},${authority.certFile}`;
    const outcome = await push({ HTTPS_PROXY: proxy.url }, secure, ['--registry-ca-cert-path', ca]);
    assert.equal(outcome.code, 0, outcome.stderr);
    const refused = await push({ HTTPS_PROXY: proxy.url }, secure, ['--registry-ca-cert-path', secure.caFile ?? '']);
    assert.match(refused.stderr, /Could not reach the proxy 127\.0\.0\.1:\d+ for .*: unable to verify/);
  });

  test("a missing or wrong password is reported as the proxy's", async () => {
    const proxy = await proxyWith();
    const without = await push({ HTTPS_PROXY: `http://${proxy.host}` }, secure);
    assert.match(without.stderr, new RegExp(`The proxy ${proxy.host} requires authentication: 407`));
    assert.match(without.stderr, /What to do: Add the user name and password to the proxy address/);
    const wrong = await push({ HTTPS_PROXY: `http://clerk:wrong-one@${proxy.host}` }, secure);
    assert.match(wrong.stderr, /rejected the user name or password: 407 \(CONNECT /);
    assert.doesNotMatch(wrong.stderr, /wrong-one/);
  });

  test('plain http is refused by it in the same words', async () => {
    const proxy = await proxyWith();
    const registries = [{ host: nameOf(plain), plainHttp: true }];
    const client = createRegistries({ registries, proxy: { httpProxy: proxy.host } }, anonymous, 'source');
    const asked = client.client(nameOf(plain)).ping(new AbortController().signal);
    await assert.rejects(asked, { code: 'oci.proxy-credentials-missing' });
    await client.close();
  });

  test('a proxy that refuses, one that is down and an invalid one are distinguished', async () => {
    const proxy = await proxyWith({ refuse: 403 });
    const refused = await push({ HTTPS_PROXY: proxy.url }, secure);
    assert.match(refused.stderr, /refused to connect to registry\.internal\.test:\d+: 403/);
    const gone = await push({ HTTPS_PROXY: 'http://127.0.0.1:1' }, secure);
    assert.match(gone.stderr, /Could not reach the proxy 127\.0\.0\.1:1 for .*: connect ECONNREFUSED/);
    const socks = await push({ HTTPS_PROXY: 'socks5://user:hidden@127.0.0.1:1' }, secure);
    assert.match(socks.stderr, /socks5:\/\/ is not supported/);
    assert.doesNotMatch(socks.stderr, /hidden/);
  });

  test('loopback and the hosts in NO_PROXY are reached directly', async () => {
    const proxy = await proxyWith({ refuse: 403 });
    const to = ['copy', '--tar', fixtureTar, '--to-repo', `${plain.host}/direct`];
    const outcome = await carvelAirgap(to, { env: { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url } });
    assert.equal(outcome.code, 0, outcome.stderr);
    const named = await push({ HTTPS_PROXY: proxy.url, NO_PROXY: '.internal.test' }, secure);
    assert.match(named.stderr, /Could not resolve the host/);
    assert.deepEqual(proxy.asked, []);
  });

  for (const [name, make] of engines) {
    test(`settings can name one as well, ${name}`, async () => {
      const proxy = await proxyWith();
      const registries = [{ host: nameOf(secure), caFiles: [secure.caFile ?? ''] }];
      const engine = make({ registries, proxy: { httpsProxy: proxy.url, httpProxy: proxy.url } });
      try {
        const report = await relocate(engine, { kind: 'archive', path: fixtureTar }, `${nameOf(secure)}/by-settings`);
        assert.equal(report.root?.digest, fixtureDigest);
        assert.ok(proxy.asked.length > 0);
      } finally {
        engine.dispose();
      }
    });
  }
});
