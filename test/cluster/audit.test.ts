// Holes that the real kapp-controller reconciles over: each repository says "Reconcile succeeded", and the audit finds the hole,
// in what the cluster has and in the bundle alone.
import assert from 'node:assert/strict';
import { after, describe } from 'node:test';

import { audit } from '../../src/audit/audit.ts';
import { liveTarget } from '../../src/audit/live.ts';
import type { AuditReport } from '../../src/audit/report.ts';
import type { ClusterSession, ClusterSnapshot } from '../../src/cluster/api.ts';
import { loadKubeconfig, openCluster } from '../../src/cluster/main.ts';
import { anonymous } from '../../src/oci/auth/credentials.ts';
import { createRegistries } from '../../src/oci/registries.ts';
import type { Registries } from '../../src/oci/registries.ts';
import { reconcileState } from '../../src/packaging/reconcile-state.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { carvelAirgap } from '../support/cli.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { pathOf } from '../support/kube-client.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { pushRepositoryBundle } from '../support/repository-bundle.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const WEB = 'sha256:01ea3dd4a6e9a6447c4b882a86032e1bd5ffab9b74ba71a39e4ce6da19f4f911';
const API = 'sha256:b281400c2f9e9a93516119e5c1dfc0b4e99cbba9603aca2ab9a38795312356bd';
const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('an audit of a PackageRepository that the cluster reports as successful', { skip }, () => {
  let registry: Registry;
  let cluster: Cluster;
  let kappController: KappController;
  let session: ClusterSession;
  let registries: Registries;
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    registry = await startRegistry();
    cluster = await startCluster({ namespace: 'team' });
    kappController = await startKappController(cluster);
    const config = await loadKubeconfig({ files: [cluster.kubeconfig] });
    session = openCluster(config, config.currentContext ?? '');
    registries = createRegistries({}, anonymous, 'destination');
  });

  after(async () => {
    session?.close();
    await registries?.close();
    await kappController?.stop();
    await cluster?.stop();
    await registry?.stop();
  });

  async function imported(path: string): Promise<RawRepository> {
    const repository = new RawRepository(registry.host, path);
    const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', repository.name]);
    assert.equal(code, 0, stderr);
    return repository;
  }

  /** Applies the bundle, waits for the success, and audits it both ways. */
  async function audited(namespace: string, image: string): Promise<{ live: AuditReport; bundle: AuditReport }> {
    await session.createNamespace(namespace, signal);
    const document = `apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata: {name: repo, namespace: ${namespace}}
spec: {fetch: {imgpkgBundle: {image: "${image}"}}}
`;
    await session.applyPackageRepository(document, { signal });
    const { repositories, packages } = await snapshot(({ repositories, packages }) => {
      const found = repositories.items.find((each) => each.namespace === namespace);
      const isReady = found !== undefined && reconcileState(found, Date.now()).kind === 'ready';
      return isReady && packages.items.some((each) => each.namespace === namespace);
    });
    const repository = repositories.items.find((each) => each.namespace === namespace) ?? assert.fail();
    const { target, packages: ofRepository } = liveTarget(repository, { packages: async () => packages.items });
    const options = { registries, signal };
    const [live, bundle] = await Promise.all([
      audit(target, { ...options, packages: ofRepository }),
      audit({ reference: image, isRepository: true }, options),
    ]);
    return { live, bundle };
  }

  async function snapshot(fits: (snapshot: ClusterSnapshot) => boolean): Promise<ClusterSnapshot> {
    const stop = new AbortController();
    let found: ClusterSnapshot | undefined;
    const look = (seen: ClusterSnapshot): void => {
      if (found !== undefined || !fits(seen)) return;
      found = seen;
      stop.abort();
    };
    await session.watch(look, AbortSignal.any([stop.signal, signal]));
    return found ?? assert.fail('no snapshot fits');
  }

  const wrong = ({ images }: AuditReport): string[] =>
    images.flatMap(({ reference, status, finding }) =>
      status === 'inside' ? [] : [`${status} ${finding?.code ?? ''} ${reference}`],
    );

  test('finds nothing missing in a completely relocated bundle, even if a tag names it', async () => {
    const { name } = await imported('whole/packages');
    const { live, bundle } = await audited('whole', `${name}:v1.0.0`);
    assert.deepEqual([live.isInside, bundle.isInside], [true, true]);
    assert.equal(live.target, `${name}@${fixtureDigest}`);
    const web = live.images.find(({ reference }) => reference.endsWith(WEB));
    assert.ok(web?.neededBy.includes('Package web.apps.example.com 1.0.0'), web?.neededBy.join());
  });

  test('finds a subset inside, of which the cluster has exactly the chosen Packages', async () => {
    const { name } = await imported('vendor/packages');
    const inside = new RawRepository(registry.host, 'subset/packages');
    const from = `${name}@${fixtureDigest}`;
    const choice = ['--package', 'web.apps.example.com@>=1.0.0', '--to-tag', 'web'];
    const { code, stderr } = await carvelAirgap(['copy', '-b', from, '--to-repo', inside.name, ...choice]);
    assert.equal(code, 0, stderr);
    const { live, bundle } = await audited('subset', `${inside.name}:web`);
    const { packages } = await snapshot(({ packages }) => packages.complete);
    const own = packages.items.filter(({ namespace }) => namespace === 'subset');
    assert.deepEqual(
      own.map((each) => each.name),
      ['web.apps.example.com.1.0.0'],
    );
    assert.deepEqual(own[0]?.images, [`${inside.name}@${WEB}`]);
    const metadata = await cluster.client.get<{ items: { metadata: { name: string } }[] }>(
      pathOf('data.packaging.carvel.dev/v1alpha1', 'packagemetadatas', 'subset'),
    );
    assert.deepEqual(
      metadata.items.map((each) => each.metadata.name),
      ['web.apps.example.com'],
    );
    const subset = {
      of: fixtureDigest,
      packages: ['web.apps.example.com@1.0.0'],
      leftOut: ['api.apps.example.com@1.0.0'],
    };
    for (const report of [live, bundle]) {
      assert.ok(report.isInside, JSON.stringify(wrong(report)));
      assert.deepEqual(report.subset, subset);
      assert.ok(report.images.every(({ reference }) => !reference.includes(API)));
    }
  });

  test('finds the image that was deleted with the locations image: the Packages refer to the source', async () => {
    const repository = await imported('hole/a');
    await repository.deleteManifest(WEB);
    await repository.deleteManifest(
      await repository.digest(`${fixtureDigest.replace(':', '-')}.image-locations.imgpkg`),
    );
    const { live, bundle } = await audited('hole-a', `${repository.name}@${fixtureDigest}`);
    const holes = [
      `outside not-rewritten vendor.example:5003/packages/api@${API}`,
      `outside not-rewritten vendor.example:5003/packages/web@${WEB}`,
    ];
    assert.deepEqual([wrong(live), wrong(bundle)], [holes, holes]);
  });

  test('finds the image that was deleted alone: the Packages refer to a missing image', async () => {
    const repository = await imported('hole/b');
    await repository.deleteManifest(WEB);
    const { live, bundle } = await audited('hole-b', `${repository.name}@${fixtureDigest}`);
    const hole = [`missing promised-but-missing ${repository.name}@${WEB}`];
    assert.deepEqual([wrong(live), wrong(bundle)], [hole, hole]);
  });

  test('finds the Package whose reference is not in the lock', async () => {
    const repository = await imported('hole/c');
    const other = `vendor.example:5003/packages/other@${WEB}`;
    const listed = `vendor.example:5003/packages/api@${API}`;
    const digest = await pushRepositoryBundle(repository, listed, {
      api: `imgpkgBundle: {image: "${listed}"}`,
      other: `imgpkgBundle: {image: "${other}"}`,
    });
    const { live, bundle } = await audited('hole-c', `${repository.name}@${digest}`);
    assert.deepEqual(wrong(live), [`outside live-outside ${other}`]);
    assert.deepEqual(wrong(bundle), [`outside not-in-lock ${other}`]);
  });
});
