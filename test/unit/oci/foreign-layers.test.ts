// Layers that a registry does not deliver, at the URLs in their descriptors.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, test } from 'node:test';

import { digestOf } from '../../../src/oci/digest.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import { createAuthority, type Certificate } from '../../support/certificates.ts';
import { startForwardProxy } from '../../support/forward-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { basic, basicHeader } from '../../support/registry-clients.ts';
import { type Answer, type Asked, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const layer = Buffer.from('the base layer of a Windows image');
const refusal = new Error('BLOB_UNKNOWN');

const started: ScriptedServer[] = [];
async function start(
  answer: (asked: Asked) => Answer | number | string | undefined,
  certificate?: Certificate,
): Promise<ScriptedServer> {
  const server = await startScriptedServer(answer, certificate);
  started.push(server);
  return server;
}
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

let folder: TemporaryFolder;
let tls: Certificate;
let trusting: { caCertificates: string[] };
before(async () => {
  folder = await makeTemporaryFolder('foreign');
  const authority = await createAuthority(folder.path, 'ca');
  tls = await authority.issueServer('server', ['127.0.0.1', 'registry.outside.test']);
  trusting = { caCertificates: [await readFile(authority.certFile, 'utf8')] };
});
after(() => folder.remove());

/** Reads the layer on behalf of a registry for which there is a password. */
async function read(host: string, urls: readonly string[], settings: object = {}, offset = 0): Promise<Buffer> {
  const registries = createRegistries({ retryCount: 2, ...settings }, () => Promise.resolve(basic), 'source');
  try {
    const descriptor = { digest: digestOf(layer), size: layer.byteLength, urls };
    const { body } = await registries.openForeign(host, descriptor, refusal, { lane: 'blob', signal, offset });
    return await buffer(body);
  } finally {
    await registries.close();
  }
}

const registryOfHttp = () => start(() => 200);
const redirect = (location: string): Answer => ({ status: 302, headers: { location } });

test('is read from the first URL that delivers it, and never with credentials', async () => {
  const registry = await start(({ headers }) =>
    headers.authorization === basicHeader ? 200 : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
  );
  const gone = await start(() => 404);
  const storage = await start(() => ({ body: layer }));
  const vendor = await start(({ url }) => redirect(`http://${storage.host}${url}`));
  const refused = 'http://127.0.0.1:1/layer';
  const urls = ['not a URL', refused, `http://${gone.host}/layer`, `http://${vendor.host}/layer?sig=1`];
  assert.deepEqual(await read(registry.host, urls), layer);
  const asked = [...gone.asked, ...vendor.asked, ...storage.asked];
  assert.deepEqual(
    asked.map(({ headers }) => headers.authorization),
    [undefined, undefined, undefined],
  );
});

for (const [title, headers] of [
  ['a page of another length', { 'content-length': '26' }],
  ['a page in HTML', { 'content-type': 'text/html; charset=utf-8' }],
  ['an encoded answer', { 'content-encoding': 'gzip' }],
] as const) {
  test(`${title} is not accepted as its content`, async () => {
    const registry = await registryOfHttp();
    const portal = await start(() => ({ headers, body: '<html>Please log in</html>' }));
    const vendor = await start(() => ({ body: layer }));
    assert.deepEqual(await read(registry.host, [`http://${portal.host}/x`, `http://${vendor.host}/x`]), layer);
  });
}

test('resumes at another URL, at the same offset, when a connection breaks', async () => {
  const registry = await registryOfHttp();
  async function* half(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(layer.subarray(0, 10));
    throw new Error('broken off');
  }
  let answers = 0;
  const breaking = await start(() => (answers++ === 0 ? { body: half() } : 404));
  const other = await start(({ headers }) => {
    assert.equal(headers.range, 'bytes=10-');
    const range = `bytes 10-${layer.byteLength - 1}/${layer.byteLength}`;
    return { status: 206, headers: { 'content-range': range }, body: layer.subarray(10) };
  });
  assert.deepEqual(await read(registry.host, [`http://${breaking.host}/x`, `http://${other.host}/x`]), layer);
});

test('is read from an offset on a server without ranges', async () => {
  const registry = await registryOfHttp();
  const vendor = await start(() => ({ body: layer }));
  assert.deepEqual(await read(registry.host, [`http://${vendor.host}/x`], {}, 4), layer.subarray(4));
});

test('is requested again if all URLs fail for a transient reason', async () => {
  const registry = await registryOfHttp();
  let answers = 0;
  const busy = await start(() => (answers++ === 0 ? { body: cut() } : { body: layer }));
  // eslint-disable-next-line require-yield
  async function* cut(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    throw new Error('cut');
  }
  assert.deepEqual(await read(registry.host, [`http://${busy.host}/x`]), layer);
});

test('that no URL delivers is reported with the reason for each', async () => {
  const registry = await registryOfHttp();
  const gone = await start(() => 410);
  const short = await start(() => ({ headers: { 'content-length': '5' }, body: 'short' }));
  const looping = await start(() => redirect('/again'));
  const urls = [
    `http://${gone.host}/layer?token=secret`,
    `http://${short.host}/layer`,
    `http://${looping.host}/layer`,
    'ftp://files.example/layer',
    `http://user:hidden@${gone.host}/layer`,
  ];
  await assert.rejects(read(registry.host, urls), (error: Error & { code: string }) => {
    assert.equal(error.code, 'oci.layer-unavailable');
    for (const part of [
      'tried: BLOB_UNKNOWN; ',
      `GET http://${gone.host}/layer: unexpected status code 410`,
      `GET http://${short.host}/layer: it has 5 bytes, the layer has ${layer.byteLength}`,
      `GET http://${looping.host}/again: its redirects lead nowhere`,
      'ftp://files.example/layer',
      'it contains a user name or password',
    ]) {
      assert.ok(error.message.includes(part), `${part} in ${error.message}`);
    }
    assert.ok(!/secret|hidden/.test(error.message), error.message);
    return true;
  });
  assert.equal(gone.asked.length, 1);
});

test('is requested at only a few URLs, however many a manifest lists', async () => {
  const registry = await registryOfHttp();
  const gone = await start(() => 404);
  const urls = Array.from({ length: 100 }, (_, index) => `http://${gone.host}/${index}`);
  await assert.rejects(read(registry.host, urls), { code: 'oci.layer-unavailable' });
  assert.equal(gone.asked.length, 8);
});

test('on an https registry is read only over https, also after redirects', async () => {
  const registry = await start(() => 200, tls);
  const bystander = await start(() => ({ body: layer }));
  const vendor = await start(() => redirect(`http://${bystander.host}/x`), tls);
  const urls = [`http://${bystander.host}/x`, `https://${vendor.host}/x`];
  await assert.rejects(read(registry.host, urls, trusting), /only https is used.*only https is used/);
  assert.equal(vendor.asked.length, 1);
  assert.equal(bystander.asked.length, 0);
});

test("29 a registry outside does not lead into this machine's network", async () => {
  const registry = await start(() => 200, tls);
  const proxy = await startForwardProxy({ names: { 'registry.outside.test:443': registry.host } });
  try {
    const settings = { ...trusting, proxy: { httpsProxy: proxy.url } };
    const urls = ['https://127.0.0.2/x', 'https://10.0.0.1/x', 'https://169.254.169.254/latest'];
    await assert.rejects(read('registry.outside.test', urls, settings), (error: Error & { code: string }) => {
      assert.equal(error.code, 'oci.layer-unavailable');
      assert.equal(error.message.match(/which is not allowed/g)?.length, 3, error.message);
      return true;
    });
    assert.deepEqual([...new Set(proxy.asked)], ['CONNECT registry.outside.test:443']);
  } finally {
    await proxy.stop();
  }
});
