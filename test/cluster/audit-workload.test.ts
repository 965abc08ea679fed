// What an audit reports for the configuration of Packages, compared with the result of the real kapp-controller: vendir, ytt, kbld and kapp.
import assert from 'node:assert/strict';
import { after, describe } from 'node:test';

import { audit } from '../../src/audit/audit.ts';
import type { AuditReport } from '../../src/audit/report.ts';
import { anonymous } from '../../src/oci/auth/credentials.ts';
import { createRegistries } from '../../src/oci/registries.ts';
import type { Registries } from '../../src/oci/registries.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import type { KubeObject } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { imagesLock, pushBundle } from '../support/repository-bundle.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
const USUAL = '[{ytt: {paths: [config]}}, {kbld: {paths: ["-", ".imgpkg/images.yml"]}}]';

interface Expected {
  /** Configuration of each bundle that the Package fetches; IMAGE stands for the vendor's image. */
  readonly bundles: readonly Readonly<Record<string, string>>[];
  /** As JSON within YAML; BUNDLE0 and BUNDLE1 stand for these bundles. */
  readonly fetch?: string;
  readonly template?: string;
  /** What becomes of it, in the audit and in the cluster: `inside`, or the code of what is wrong. */
  readonly outcome: string;
  /** It cannot be installed. */
  readonly fails?: boolean;
}

const configMap = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {${data}}\n`;
const one = (name: string, data = 'image: IMAGE') => [{ 'config/a.yml': configMap(name, data) }];

const PACKAGES: Readonly<Record<string, Expected>> = {
  usual: { bundles: one('usual'), outcome: 'inside' },
  whole: { bundles: one('whole'), template: '[{ytt: {}}, {kbld: {}}]', outcome: 'inside' },
  folder: {
    bundles: one('folder'),
    fetch: '[{imgpkgBundle: {image: "BUNDLE0"}, path: x}]',
    template: '[{ytt: {paths: [x/config]}}, {kbld: {paths: ["-", "x/.imgpkg/images.yml"]}}]',
    outcome: 'inside',
  },
  rules: {
    bundles: [
      {
        'config/a.yml': configMap('rules', `c.json: '{"proxy": "IMAGE"}'`),
        'config/kbld.yml':
          'apiVersion: kbld.k14s.io/v1alpha1\nkind: Config\nsearchRules:\n- keyMatcher: {name: c.json}\n  updateStrategy: {json: {searchRules: [{keyMatcher: {name: proxy}}]}}\n',
      },
    ],
    outcome: 'inside',
  },
  elsewhere: { bundles: one('elsewhere', 'sidecarImage: IMAGE'), outcome: 'elsewhere' },
  unread: { bundles: one('unread'), template: '[{ytt: {paths: [config]}}, {kbld: {}}]', outcome: 'unlisted' },
  stepless: { bundles: one('stepless'), template: '[{ytt: {paths: [config]}}]', outcome: 'no-kbld-step' },
  misplaced: {
    bundles: [...one('misplaced'), ...one('misplaced-b')],
    fetch: '[{imgpkgBundle: {image: "BUNDLE0"}}, {imgpkgBundle: {image: "BUNDLE1"}}]',
    template: '[{ytt: {paths: ["0/config", "1/config"]}}, {kbld: {paths: ["-", ".imgpkg/images.yml"]}}]',
    outcome: 'template-fails',
    fails: true,
  },
  empty: { bundles: one('empty', 'image: ""'), outcome: 'template-fails', fails: true },
  selected: {
    bundles: one('selected'),
    fetch: '[{imgpkgBundle: {image: "BUNDLE0", tagSelection: {semver: {}}}}]',
    outcome: 'tag-selection',
    fails: true,
  },
};

describe('an audit of Packages that the cluster installs', { skip }, () => {
  let vendor: Registry;
  let inside: Registry;
  let cluster: Cluster;
  let kappController: KappController;
  let registries: Registries;
  let report: AuditReport;
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    [vendor, inside] = await Promise.all([startRegistry(), startRegistry()]);
    cluster = await startCluster({ namespace: 'team' });
    kappController = await startKappController(cluster);
    registries = createRegistries({}, anonymous, 'destination');
    const name = await relocated();
    report = await audit({ reference: name, isRepository: true }, { registries, signal });
    await installed(name);
  });

  after(async () => {
    await registries?.close();
    await kappController?.stop();
    await cluster?.stop();
    await Promise.all([vendor?.stop(), inside?.stop()]);
  });

  /** All Packages in one repository, copied by imgpkg. */
  async function relocated(): Promise<string> {
    const app = new RawRepository(vendor.host, 'team/app');
    const image = `${app.name}@${await app.pushImage('v1', [Buffer.from('app')])}`;
    const files: Record<string, string> = {};
    const lock: Record<string, string> = {};
    for (const [name, { bundles, fetch = '[{imgpkgBundle: {image: "BUNDLE0"}}]', template = USUAL }] of Object.entries(
      PACKAGES,
    )) {
      let steps = fetch;
      for (const [index, content] of bundles.entries()) {
        const repository = new RawRepository(vendor.host, `team/${name}${index}`);
        const texts = Object.entries(content).map(([path, text]) => [path, text.replaceAll('IMAGE', image)]);
        const own = { '.imgpkg/images.yml': imagesLock({ [image]: image }), ...(Object.fromEntries(texts) as object) };
        const bundle = `${repository.name}@${await pushBundle(repository, '1.0.0', own)}`;
        lock[bundle] = bundle;
        steps = steps.replace(`BUNDLE${index}`, bundle);
      }
      files[`packages/${name}.yml`] = `apiVersion: data.packaging.carvel.dev/v1alpha1
kind: Package
metadata: {name: ${name}.apps.test.1.0.0}
spec: {refName: ${name}.apps.test, version: 1.0.0, template: {spec: {fetch: ${steps}, template: ${template}, deploy: [{kapp: {rawOptions: ["--wait=false"]}}]}}}
`;
    }
    const repository = new RawRepository(vendor.host, 'team/repo');
    await pushBundle(repository, 'v1', { '.imgpkg/images.yml': imagesLock(lock), ...files });
    const copy = ['copy', '-b', `${repository.name}:v1`, '--to-repo', `${inside.host}/team/repo`];
    const { code, stderr } = await imgpkg(copy);
    assert.equal(code, 0, stderr);
    return `${inside.host}/team/repo:v1`;
  }

  async function installed(image: string): Promise<void> {
    const { client } = cluster;
    await client.apply('serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'installer', namespace: 'team' },
    });
    const binding = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'installer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'installer', namespace: 'team' }],
    };
    await client.apply('clusterrolebindings', binding);
    const apiVersion = 'packaging.carvel.dev/v1alpha1';
    const metadata = { name: 'repo', namespace: 'team' };
    await client.apply('packagerepositories', {
      apiVersion,
      kind: 'PackageRepository',
      metadata,
      spec: { fetch: { imgpkgBundle: { image } } },
    });
    await settled('packagerepositories', 'repo');
    for (const name of Object.keys(PACKAGES)) {
      const packageRef = { refName: `${name}.apps.test`, versionSelection: { constraints: '1.0.0' } };
      const spec = { serviceAccountName: 'installer', packageRef };
      await client.apply('packageinstalls', {
        apiVersion,
        kind: 'PackageInstall',
        metadata: { name, namespace: 'team' },
        spec,
      });
    }
  }

  async function settled(plural: string, name: string): Promise<string | undefined> {
    const path = `/apis/packaging.carvel.dev/v1alpha1/namespaces/team/${plural}`;
    const result = ({ status = {} }: KubeObject): string | undefined =>
      ((status['conditions'] ?? []) as { type: string }[])
        .map(({ type }) => type)
        .find((type) => /Succeeded|Failed/.test(type));
    const isSettled = (object: KubeObject): boolean =>
      object.status?.['observedGeneration'] === object.metadata['generation'] && result(object) !== undefined;
    return result(await cluster.client.waitFor(path, `fieldSelector=metadata.name=${name}`, isSettled, 120));
  }

  for (const [name, { outcome, fails = false, bundles }] of Object.entries(PACKAGES)) {
    test(`reports the Package ${name} as "${outcome}", and the cluster agrees`, async () => {
      const who = `Package ${name}.apps.test 1.0.0`;
      const findings = [
        ...report.problems.filter(({ args }) => args['package'] === who),
        ...report.images.flatMap(({ neededBy, finding }) => (neededBy.includes(who) && finding ? [finding] : [])),
      ];
      const codes = [...new Set(findings.map(({ code }) => code))];
      assert.ok(
        outcome === 'inside' ? codes.length === 0 : codes.includes(outcome as (typeof codes)[number]),
        codes.join(),
      );
      assert.equal(await settled('packageinstalls', name), fails ? 'ReconcileFailed' : 'ReconcileSucceeded');
      if (fails) return;
      for (const index of bundles.keys()) {
        const path = `/api/v1/namespaces/team/configmaps/${index === 0 ? name : `${name}-b`}`;
        const { data } = (await cluster.client.get(path)) as { data: object };
        assert.equal(JSON.stringify(data).includes(vendor.host), outcome !== 'inside', JSON.stringify(data));
      }
    });
  }
});
