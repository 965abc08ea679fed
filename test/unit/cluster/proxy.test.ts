import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { readFile } from 'node:fs/promises';
import { createAuthority } from '../../support/certificates.ts';
import type { Authority } from '../../support/certificates.ts';
import { startForwardProxy } from '../../support/forward-proxy.ts';
import type { ForwardProxyOptions } from '../../support/forward-proxy.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import type { TemporaryFolder } from '../../support/lifetime.ts';
import { startSocksProxy } from '../../support/socks-proxy.ts';
import type { SocksProxyOptions } from '../../support/socks-proxy.ts';
import { ScriptedServer, status } from './scripted-server.ts';
import { failureOf, sessionWith } from './sessions.ts';

const PATH = '/apis/packaging.carvel.dev/v1alpha1/namespaces/demo/packagerepositories/x';
/** A name that only the proxy resolves. */
const INSIDE = 'api.inside.example:6443';
const clerk = { name: 'clerk', password: 'proxy:Pa55word' };
const { signal } = new AbortController();

let folder: TemporaryFolder;
let authority: Authority;
let data: string;
before(async () => {
  folder = await makeTemporaryFolder('cluster-proxy');
  authority = await createAuthority(folder.path, 'ca');
  data = await readFile(authority.certFile, 'base64');
});
after(() => folder.remove());

let server: ScriptedServer;
let names: Readonly<Record<string, string>>;
beforeEach(async () => {
  server = await ScriptedServer.start(await authority.issueServer('server', ['127.0.0.1', 'api.inside.example']));
  server.on(PATH, status(404, 'NotFound', 'not found', { name: 'x', kind: 'packagerepositories' }));
  names = { [INSIDE]: new URL(server.url).host };
});
afterEach(() => server.close());

interface StartedProxy {
  readonly url: string;
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

async function through(proxy: StartedProxy, use: () => Promise<void>): Promise<void> {
  try {
    await use();
  } finally {
    await proxy.stop();
  }
}

const ask = (proxyUrl: string, url = `https://${INSIDE}`): Promise<unknown> =>
  sessionWith(url, {
    cluster: { 'certificate-authority-data': data, 'proxy-url': proxyUrl },
    user: { token: 'secret-token' },
  }).getPackageRepository('demo', 'x', signal);

const proxies: Readonly<Record<string, (options: SocksProxyOptions & ForwardProxyOptions) => Promise<StartedProxy>>> = {
  http: startForwardProxy,
  socks5: startSocksProxy,
};

for (const [kind, start] of Object.entries(proxies)) {
  test(`${kind}: the proxy resolves the server's name, and receives a user and password`, async () => {
    const proxy = await start({ user: clerk, names });
    await through(proxy, async () => {
      assert.equal(await ask(proxy.url), undefined);
      assert.deepEqual(
        proxy.asked.map((each) => each.replace('CONNECT ', '')),
        [INSIDE],
      );
      assert.equal(server.seen[0]?.headers.authorization, 'Bearer secret-token');
    });
  });

  test(`${kind}: a loopback address is reached through the kubeconfig's proxy as well, as with kubectl`, async () => {
    const proxy = await start({});
    await through(proxy, async () => {
      assert.equal(await ask(proxy.url, server.url), undefined);
      assert.equal(proxy.asked.length, 1);
    });
  });

  test(`${kind}: a wrong or missing password is an error of the proxy`, async () => {
    const proxy = await start({ user: clerk, names });
    await through(proxy, async () => {
      const { host } = new URL(proxy.url);
      for (const [url, reason] of [
        [`${kind}://clerk:hidden-word@${host}`, /rejected the user name or password/],
        [`${kind}://${host}`, /requires a user name and password/],
      ] as const) {
        const failure = await failureOf(ask(url));
        assert.equal(failure.code, 'cluster.proxy-failed');
        assert.match(failure.message, reason);
        assert.ok(failure.message.includes(`through the proxy ${host}`));
        assert.doesNotMatch(JSON.stringify(failure), /hidden-word/);
      }
      assert.equal(server.seen.length, 0);
    });
  });

  test(`${kind}: a proxy that does not exist is named`, async () => {
    const proxy = await start({});
    await proxy.stop();
    const failure = await failureOf(ask(proxy.url));
    assert.equal(failure.code, 'cluster.proxy-failed');
    assert.match(failure.message, /ECONNREFUSED/);
  });

  test(`${kind}: plain http goes through the proxy as well, without the credentials`, async () => {
    const plain = await ScriptedServer.start();
    plain.on(PATH, status(404, 'NotFound', 'not found', { name: 'x', kind: 'packagerepositories' }));
    const proxy = await start({});
    await through(proxy, async () => {
      assert.equal(await ask(proxy.url, plain.url), undefined);
      assert.equal(proxy.asked.length, 1);
      assert.equal(plain.seen[0]?.headers.authorization, undefined);
    });
    await plain.close();
  });
}

test('http: the status with which a proxy refuses is reported', async () => {
  const proxy = await startForwardProxy({ refuse: 403 });
  await through(proxy, async () => {
    assert.match((await failureOf(ask(proxy.url))).message, /the proxy answered 403/);
  });
});

test('socks5: the reason for which a proxy refuses is reported, and an IPv6 address arrives complete', async () => {
  const proxy = await startSocksProxy({ reply: 2 });
  await through(proxy, async () => {
    const failure = await failureOf(ask(proxy.url, 'https://[2001:db8::7]:6443'));
    assert.equal(failure.code, 'cluster.proxy-failed');
    assert.match(failure.message, /its rules do not allow the connection/);
    assert.deepEqual(proxy.asked, ['[2001:0db8:0000:0000:0000:0000:0000:0007]:6443']);
  });
});

test('socks5: a server that is not a SOCKS5 proxy is an error of the proxy', async () => {
  const web = createServer((_request, response) => response.end());
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  try {
    const failure = await failureOf(ask(`socks5://127.0.0.1:${(web.address() as AddressInfo).port}`));
    assert.equal(failure.code, 'cluster.proxy-failed');
    assert.match(failure.message, /does not respond like a SOCKS5 proxy|closed the connection/);
  } finally {
    web.closeAllConnections();
    web.close();
  }
});
