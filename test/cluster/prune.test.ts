// `sync --prune --plan --context`: what a real cluster still uses is kept, and a list is refused once the cluster has changed.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe } from 'node:test';

import { parse, stringify } from 'yaml';

import { carvelAirgap } from '../support/cli.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { pathOf } from '../support/kube-client.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import type { TemporaryFolder } from '../support/lifetime.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
/** The name under which the cluster knows the registry. */
const NAME = 'registry.inside.example';

describe('prune with a cluster', { skip }, () => {
  let vendor: Registry;
  let inside: Registry;
  let cluster: Cluster;
  let folder: TemporaryFolder;
  const { before, test } = limitedTests();

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    cluster = await startCluster({ namespace: 'team' });
    folder = await makeTemporaryFolder('prune-cluster');
  });
  after(async () => {
    await cluster?.stop();
    await folder?.remove();
    await Promise.all([vendor?.stop(), inside?.stop()]);
  });

  test('an image that a Deployment uses is kept until it is gone, and then deleted by a new list', async () => {
    const apps = new RawRepository(vendor.host, 'team/web');
    const to = new RawRepository(inside.host, 'team/web');
    const [file, lock, list] = ['yml', 'lock.yml', 'json'].map((end) => join(folder.path, `airgap.${end}`));
    assert.ok(file !== undefined && lock !== undefined && list !== undefined);
    const images = [];
    for (const tag of ['1.0.0', '2.0.0']) {
      const own = await apps.pushImage(`own-${tag}`, [randomBytes(100)]);
      images.push({ own, bundle: await apps.pushBundle(tag, [`${apps.name}@${own}`]) });
      const entries = [{ name: 'web', bundle: `${apps.name}:${tag}`, destinations: [to.name] }];
      await writeFile(file, stringify({ apiVersion: 'carvel-airgap/v1', kind: 'Sync', entries }));
      const { code, stderr } = await carvelAirgap(['sync', file, '--lock', lock]);
      assert.equal(code, 0, stderr);
    }
    const [old] = images;
    assert.ok(old !== undefined);
    const env = { KUBECONFIG: cluster.kubeconfig };
    const reach = ['--cluster-registry', `${NAME}=${inside.host}`];
    const kubeconfig = parse(await readFile(cluster.kubeconfig, 'utf8')) as { 'current-context': string };
    const context = kubeconfig['current-context'];
    const prune = async () => {
      const args = ['sync', file, '--lock', lock, '--prune', '--plan', '-o', list, '--context', context, ...reach];
      const { code, stdout, stderr } = await carvelAirgap([...args, '--json'], { env });
      assert.equal(code, 1, stdout + stderr);
      const { repositories, cluster: asked } = JSON.parse(stdout) as {
        repositories: { manifests: { digest: string }[]; kept: { digest: string; because: string }[] }[];
        cluster: { context: string };
      };
      assert.equal(asked.context, context);
      const [only] = repositories;
      return { deleted: only?.manifests.map(({ digest }) => digest) ?? [], kept: only?.kept ?? [] };
    };
    const apply = () => carvelAirgap(['prune', '--apply', list, ...reach], { env });

    const deployments = pathOf('apps/v1', 'deployments', 'team');
    const labels = { app: 'web' };
    const containers = [{ name: 'main', image: `${NAME}/team/web@${old.own}` }];
    await cluster.client.request('POST', deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'team' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    });
    const used = await prune();
    assert.ok(used.deleted.includes(old.bundle) && !used.deleted.includes(old.own));
    const because = used.kept.find(({ digest }) => digest === old.own)?.because ?? '';
    assert.match(because, new RegExp(`^the cluster ${context} uses it \\(.*Deployment team/web`));

    await cluster.client.request('DELETE', `${deployments}/web`);
    const outdated = await apply();
    assert.equal(outdated.code, 1);
    assert.match(
      outdated.stderr,
      new RegExp(`The list no longer applies: what the cluster ${context} uses has changed`),
    );
    assert.equal(await to.manifestStatus(old.bundle), 200, 'nothing is deleted by it');

    const { deleted } = await prune();
    assert.ok(deleted.includes(old.own) && deleted.includes(old.bundle));
    const { code, stdout, stderr } = await apply();
    assert.equal(code, 0, stdout + stderr);
    for (const digest of [old.own, old.bundle]) assert.equal(await to.manifestStatus(digest), 404);
    assert.equal(await to.manifestStatus('2.0.0'), 200);
  });
});
