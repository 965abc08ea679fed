// A cluster as many companies have it: its API server has a name that only a proxy resolves, and a certificate of an authority that
// nobody knows but who was told. Against the real kube-apiserver, through a real tunnel.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { parse, stringify } from 'yaml';

import type { ClusterSession, ClusterSettings } from '../../src/cluster/api.ts';
import { loadKubeconfig, openCluster } from '../../src/cluster/main.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import type { ForwardProxy } from '../support/forward-proxy.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import type { TemporaryFolder } from '../support/lifetime.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
/** One of the names in the API server's certificate, at a port that is nowhere but behind the proxy. */
const INSIDE = 'kubernetes.default.svc:6443';
const clerk = { name: 'clerk', password: 'proxy-Pa55word' };

type Entry = Record<string, unknown>;

describe('a cluster behind a proxy, with its own authority', { skip }, () => {
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, undefined),
  });
  let folder: TemporaryFolder;
  let cluster: Cluster;
  let proxy: ForwardProxy;
  let authority: string;

  before(async () => {
    [folder, cluster] = await Promise.all([makeTemporaryFolder('proxy'), startCluster()]);
    if (cluster.local === undefined) return;
    authority = await readFile(cluster.local.caFile, 'utf8');
    proxy = await startForwardProxy({ user: clerk, names: { [INSIDE]: `127.0.0.1:${cluster.local.port}` } });
  });

  after(async () => {
    await proxy?.stop();
    await cluster?.stop();
    await folder?.remove();
  });

  /** The administrator's kubeconfig, with the name that is known inside, without the authority, and with what is given. */
  async function session(entry: Entry, settings: ClusterSettings): Promise<ClusterSession> {
    const config = parse(await readFile(cluster.kubeconfig, 'utf8')) as { clusters: { cluster: Entry }[] };
    for (const each of config.clusters) each.cluster = { server: `https://${INSIDE}`, ...entry };
    const file = join(folder.path, 'config');
    await writeFile(file, stringify(config));
    const kubeconfig = await loadKubeconfig({ files: [file] });
    return openCluster(kubeconfig, kubeconfig.currentContext ?? '', settings);
  }

  test("is reached with the editor's settings alone", async (context) => {
    if (cluster.local === undefined) return context.skip('the cluster of TEST_KUBECONFIG is where it is');
    const before = proxy.asked.length;
    const opened = await session({}, { proxyFor: () => proxy.url, caCertificates: [authority] });
    assert.equal((await opened.check(signal)).kind, 'no-kapp-controller');
    assert.ok((await opened.namespaces(signal)).includes('kube-system'));
    const question = { verb: 'list', group: '', resource: 'secrets' } as const;
    assert.deepEqual(await opened.checkAccess([question], signal), [true]);
    opened.close();
    assert.deepEqual(new Set(proxy.asked.slice(before)), new Set([`CONNECT ${INSIDE}`]));
  });

  test("is reached as its kubeconfig says, whatever the editor's settings", async (context) => {
    if (cluster.local === undefined) return context.skip('the cluster of TEST_KUBECONFIG is where it is');
    const entry = { 'proxy-url': proxy.url, 'certificate-authority-data': Buffer.from(authority).toString('base64') };
    const opened = await session(entry, { proxyFor: () => 'http://127.0.0.1:1' });
    assert.ok((await opened.namespaces(signal)).includes('kube-system'));
    opened.close();
  });

  test('is not contacted if it is untrusted, and a proxy that refuses is reported as such', async (context) => {
    if (cluster.local === undefined) return context.skip('the cluster of TEST_KUBECONFIG is where it is');
    const unknown = await session({}, { proxyFor: () => proxy.url });
    await assert.rejects(unknown.check(signal), { code: 'cluster.certificate-unknown' });
    const wrong = proxy.url.replace(clerk.password, 'wrong');
    const refused = await session({}, { proxyFor: () => wrong, caCertificates: [authority] });
    await assert.rejects(refused.check(signal), (error: Error) => {
      assert.doesNotMatch(`${error.message} ${JSON.stringify(error)}`, /wrong@|:wrong/);
      assert.match(error.message, /proxy|407/i);
      return true;
    });
    unknown.close();
    refused.close();
  });
});
