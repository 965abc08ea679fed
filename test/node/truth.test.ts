// An audit of a cluster, compared with what its container runtime does: what is "inside" is what containerd holds
// afterwards, and everything else is what the kubelet fails to pull. The origin has been stopped before.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { after, describe } from 'node:test';

import type { ClusterSession } from '../../src/cluster/api.ts';
import { carvelAirgap } from '../support/cli.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { addRepository, installPackage, podThat } from '../support/installed-packages.ts';
import type { Pod } from '../support/installed-packages.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { limitedTests } from '../support/limited-tests.ts';
import type { ClusterNode } from '../support/node.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { imagesLock, pushBundle } from '../support/repository-bundle.ts';
import { pushSampleImage, pushSampleIndex } from '../support/sample-image.ts';
import { packageFiles } from '../support/sample-packages.ts';
import { defineSecretExports, fillPlaceholders, placeholderAnnotation } from '../support/secretgen.ts';
import { sessionOf } from '../support/sessions.ts';
import { ensureProgram } from '../support/setup/carvel.mjs';
import { whyNoNode } from '../support/setup/node.mjs';

const missing = whyNoNode();
const skip = missing !== undefined && !process.env['CI'] && missing;
const NAMESPACE = 'team';
const user = { name: 'puller', password: 'let me in' };

interface Case {
  readonly what: string;
  /** The destination: open to everyone, with a password, or with a certificate that the node trusts, or does not. */
  readonly registry: 'open' | 'locked' | 'trusted' | 'untrusted';
  /** The configuration of its Package; IMAGE stands for the image, which is an index if `isIndex`. */
  readonly config: string;
  readonly isIndex?: boolean;
  /** The label `app` of the pod with the image; default: the name of the Package. */
  readonly pod?: string;
  /** What the audit of the cluster says of the image. */
  readonly audit: string;
  /** What the audit of its bundle said before it was installed, if that is something else. */
  readonly forecast?: string;
  /** What the kubelet says if it cannot pull. */
  readonly kubelet?: RegExp;
}

const pod = (name: string, more = ''): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: app, image: IMAGE}]
${more}`;

/** An operator that creates a pod with the image that a ConfigMap names under `key`; it uses the network of the node. */
const operator = (name: string, key: string): string => `#@ load("@ytt:data", "data")
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}}
data: {${key}: IMAGE}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: ${name}}
rules: [{apiGroups: [""], resources: [pods], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${name}}
subjects: [{kind: ServiceAccount, name: ${name}}]
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  terminationGracePeriodSeconds: 0
  hostNetwork: true
  serviceAccountName: ${name}
  volumes: [{name: config, configMap: {name: ${name}, items: [{key: ${key}, path: image}]}}]
  containers:
  - name: operator
    image: OPERATOR
    args: [operate]
    volumeMounts: [{name: config, mountPath: /config}]
    env:
    - {name: POD, value: ${name}-worker}
    - {name: KUBERNETES_SERVICE_HOST, value: 127.0.0.1}
    - name: KUBERNETES_SERVICE_PORT
      value: #@ str(data.values.port)
`;

const CASES: Readonly<Record<string, Case>> = {
  plain: { what: 'an image of a bundle in a bundle', registry: 'open', config: pod('plain'), audit: 'inside' },
  index: { what: 'an index', registry: 'open', config: pod('index'), isIndex: true, audit: 'inside' },
  partial: {
    what: 'an index that lacks a platform of no node',
    registry: 'open',
    config: pod('partial'),
    isIndex: true,
    audit: 'inside',
  },
  tidy: {
    what: 'an image in a ConfigMap, under a key that kbld reads',
    registry: 'open',
    config: operator('tidy', 'image'),
    pod: 'tidy-worker',
    audit: 'inside',
  },
  untidy: {
    what: 'an image in a ConfigMap, under another key',
    registry: 'open',
    config: operator('untidy', 'worker'),
    pod: 'untidy-worker',
    audit: 'outside',
    kubelet: /connection refused/,
  },
  collected: {
    what: 'an image deleted after the copy',
    registry: 'open',
    config: pod('collected'),
    audit: 'missing',
    kubelet: /not found/,
  },
  exported: {
    what: 'a private registry, with a pull secret by SecretExport',
    registry: 'locked',
    config: `${pod('exported', '  imagePullSecrets: [{name: exported}]')}
---
apiVersion: v1
kind: Secret
metadata: {name: exported, annotations: {${placeholderAnnotation}: ""}}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths":{}}'}
`,
    audit: 'inside',
  },
  secretless: {
    what: 'a private registry, without a pull secret',
    registry: 'locked',
    config: pod('secretless'),
    audit: 'unauthenticated',
    // Whether a pod will name the pull secret that reaches its namespace is known only when it is there.
    forecast: 'inside',
    kubelet: /authorization failed|401|no basic auth/,
  },
  trusted: {
    what: 'a certificate of an authority that is trusted',
    registry: 'trusted',
    config: pod('trusted'),
    audit: 'inside',
  },
  untrusted: {
    what: 'a certificate of an authority that is not trusted',
    registry: 'untrusted',
    config: pod('untrusted'),
    audit: 'unknown',
    forecast: 'oci.certificate-unknown',
    kubelet: /x509/,
  },
};

interface Row {
  readonly reference: string;
  readonly kind?: string;
  readonly status: string;
  readonly neededBy: readonly string[];
  readonly finding?: { readonly code: string };
}

describe('an audit of a cluster and its container runtime', { skip }, () => {
  const ending = new AbortController();
  const stops: (() => Promise<unknown>)[] = [];
  let registries: Record<Case['registry'], Registry>;
  let cluster: Cluster;
  let node: ClusterNode;
  let kappController: KappController | undefined;
  let session: ClusterSession;
  let filling: Promise<void>;
  /** By case: the image at the origin, and the pod that needs it. */
  const digests = new Map<string, string>();
  const pods = new Map<string, Pod>();
  /** The manifests of the indexes. */
  const children = new Map<string, { readonly mine: string; readonly other: string }>();
  /** Of the bundles, before anything of them is installed; and of the cluster afterwards. */
  let forecast: readonly Row[];
  let rows: readonly Row[];
  let held: ReadonlyMap<string, string>;

  const { before, test } = limitedTests({
    seconds: 300,
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    const [vendor, open, locked, trusted, untrusted] = await Promise.all([
      startRegistry(),
      startRegistry(),
      startRegistry({ user }),
      startRegistry({ tls: {} }),
      startRegistry({ tls: {} }),
    ]);
    registries = { open, locked, trusted, untrusted };
    for (const registry of Object.values(registries)) stops.push(() => registry.stop());
    try {
      await relocateAll(vendor);
    } finally {
      await vendor.stop();
    }
    cluster = await startCluster({ namespace: NAMESPACE, node: true });
    stops.push(() => cluster.stop());
    assert.ok(cluster.local?.node);
    node = cluster.local.node;
    await node.useHttps(untrusted.host);
    await node.useHttps(trusted.host, trusted.caFile);
    // It trusts what the node does not, so that a pod is created at all.
    const files = [trusted, untrusted].map(({ caFile = '' }) => readFile(caFile, 'utf8'));
    const caCerts = (await Promise.all(files)).join('');
    kappController = await startKappController(cluster, { config: { caCerts } });
    stops.push(async () => kappController?.stop());
    await exportPullSecret();
    filling = fillPlaceholders(cluster.client, ending.signal);
    session = await sessionOf(cluster.kubeconfig);
    stops.push(async () => session.close());
    forecast = (await Promise.all(Object.values(registries).map(({ host }) => audit(`${host}/mirror:v1`)))).flat();
    await installAll();
    held = await node.images();
    rows = await audit();
  });

  after(async () => {
    ending.abort();
    await filling;
    for (const stop of stops.reverse()) await stop();
  });

  /** Pushes a repository bundle for each destination, and relocates it as a user would. */
  async function relocateAll(vendor: Registry): Promise<void> {
    const operatorImages = new RawRepository(vendor.host, 'vendor/operator');
    const operatorImage = `${operatorImages.name}@${await pushSampleImage(operatorImages, 'operator')}`;
    for (const [to, destination] of Object.entries(registries)) {
      const [files, lock]: [Record<string, string>, Record<string, string>] = [{}, {}];
      for (const [name, { config, registry, isIndex = false }] of Object.entries(CASES)) {
        if (registry !== to) continue;
        const images = new RawRepository(vendor.host, `vendor/${name}`);
        const digest = isIndex ? await pushIndex(images, name) : await pushSampleImage(images, name);
        digests.set(name, digest);
        const image = `${images.name}@${digest}`;
        const packages = new RawRepository(vendor.host, `vendor/packages/${name}`);
        const bundle = `${packages.name}@${await pushBundle(packages, '1.0.0', {
          '.imgpkg/images.yml': imagesLock({ [image]: image, [operatorImage]: operatorImage }),
          'config/schema.yml': '#@data/values-schema\n---\nport: 0\n',
          'config/app.yml': config.replaceAll('IMAGE', image).replaceAll('OPERATOR', operatorImage),
        })}`;
        lock[bundle] = bundle;
        Object.assign(files, packageFiles(name, '1.0.0', bundle, { kapp: '{rawOptions: ["--wait=false"]}' }));
      }
      const repository = new RawRepository(vendor.host, `vendor/${to}`);
      await pushBundle(repository, 'v1', { ...files, '.imgpkg/images.yml': imagesLock(lock) });
      const trust = destination.caFile === undefined ? [] : ['--registry-ca-cert-path', destination.caFile];
      const args = ['copy', '-b', `${repository.name}:v1`, '--to-repo', `${destination.host}/mirror`, ...trust];
      const { code, stderr } = await carvelAirgap(args, { env: credentials(destination) });
      assert.equal(code, 0, stderr);
    }
    const mirror = new RawRepository(registries.open.host, 'mirror');
    await mirror.deleteManifest(digests.get('collected') ?? '');
    await mirror.deleteManifest(children.get('partial')?.other ?? '');
  }

  async function pushIndex(images: RawRepository, name: string): Promise<string> {
    const { index, ...platforms } = await pushSampleIndex(images, name);
    children.set(name, platforms);
    return index;
  }

  function credentials(registry: Registry): Record<string, string> {
    if (registry !== registries.locked) return {};
    return {
      IMGPKG_REGISTRY_HOSTNAME: registry.host,
      IMGPKG_REGISTRY_USERNAME: user.name,
      IMGPKG_REGISTRY_PASSWORD: user.password,
    };
  }

  /** A pull secret in a namespace of its own, which is exported to the one of the Packages. */
  async function exportPullSecret(): Promise<void> {
    const { client } = cluster;
    await defineSecretExports(client);
    await client.apply('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'secrets' } });
    const auths = { auths: { [registries.locked.host]: { username: user.name, password: user.password } } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify(auths)).toString('base64') };
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/dockerconfigjson', data };
    // kapp-controller has its own, so that the pods alone are what the test compares.
    await client.apply('secrets', { ...secret, metadata: { name: 'fetch', namespace: NAMESPACE } });
    const metadata = { name: 'pull', namespace: 'secrets' };
    await client.apply('secrets', { ...secret, metadata });
    const spec = { toNamespaces: [NAMESPACE] };
    const apiVersion = 'secretgen.carvel.dev/v1alpha1';
    await client.apply('secretexports', { apiVersion, kind: 'SecretExport', metadata, spec });
  }

  async function installAll(): Promise<void> {
    const secretFor = (name: string) => (name === 'locked' ? 'fetch' : undefined);
    await Promise.all(
      Object.entries(registries).map(([name, { host }]) =>
        addRepository(cluster, NAMESPACE, name, `${host}/mirror:v1`, secretFor(name)),
      ),
    );
    await Promise.all(
      Object.entries(CASES).map(async ([name, { registry, kubelet, pod: label = name }]) => {
        const pullSecret = secretFor(registry);
        const values = { port: cluster.local?.port };
        await installPackage(session, NAMESPACE, name, { values, ...(pullSecret && { pullSecret }) });
        const outcome = kubelet === undefined ? 'runs' : 'cannot pull';
        pods.set(name, await podThat(cluster, NAMESPACE, `app=${label}`, outcome));
      }),
    );
  }

  /** Audits a bundle that is not installed yet, with its templates rendered, or the cluster. */
  async function audit(bundle?: string): Promise<readonly Row[]> {
    const inside = Object.values(registries).flatMap(({ host }) => ['--inside', host]);
    const context = ['--kubeconfig', cluster.kubeconfig, '--context', 'admin@airgap-test', '--namespace', NAMESPACE];
    const what = bundle === undefined ? [] : [bundle, '--render'];
    const PATH = [await ensureProgram('ytt'), process.env['PATH']].join(delimiter);
    // It trusts what the node trusts.
    const trust = ['--registry-ca-cert-path', registries.trusted.caFile ?? ''];
    const env = { ...credentials(registries.locked), PATH };
    const { stdout, stderr } = await carvelAirgap(['audit', ...what, ...context, ...inside, ...trust, '--json'], {
      env,
    });
    assert.match(stdout, /^\{/, stderr);
    const report = JSON.parse(stdout) as {
      images?: readonly Row[];
      bundles?: readonly { images: readonly Row[] }[];
      code?: string;
    };
    if (report.code !== undefined) return [{ reference: bundle ?? '', status: report.code, neededBy: [] }];
    return report.images ?? report.bundles?.flatMap(({ images }) => images) ?? [];
  }

  /** What the audit of its bundle said of the image of a case before it was installed. */
  function forecastOf(name: string): string | undefined {
    const { registry } = CASES[name] ?? assert.fail();
    const image = pods.get(name)?.image;
    const bundle = `${registries[registry].host}/mirror:v1`;
    const of = (reference?: string) => forecast.find((row) => row.reference === reference)?.status;
    return of(image) ?? of(bundle);
  }

  for (const [name, { what, audit: status, kubelet }] of Object.entries(CASES)) {
    test(`${what}: the audit says "${status}", and the pod ${kubelet ? 'cannot pull' : 'runs'}`, () => {
      const { image, message } = pods.get(name) ?? assert.fail();
      const row = rows.find(({ reference }) => reference === image);
      assert.equal(row?.status, status, JSON.stringify(row));
      if (kubelet) assert.match(message, kubelet);
      assert.equal(held.has(image), kubelet === undefined);
    });
  }

  test('the audit of a bundle said the same before it was installed', () => {
    for (const [name, { audit: status, forecast: before = status }] of Object.entries(CASES)) {
      assert.equal(forecastOf(name), before, name);
    }
  });

  test('what is inside is exactly what containerd holds', () => {
    const inside = rows.filter(({ status, kind }) => status === 'inside' && kind !== 'bundle');
    assert.deepEqual(new Set(inside.map(({ reference }) => reference)), new Set(held.keys()));
  });

  test('everything else is exactly what ends in ErrImagePull', (context) => {
    // What is not inside may not be readable, so its kind is unknown: kapp-controller fetches bundles, not the kubelet.
    const isFetched = (by: string) => /^(?:App|PackageInstall|PackageRepository) /.test(by);
    const others = rows
      .filter(({ status, neededBy }) => status !== 'inside' && !neededBy.every(isFetched))
      .map(({ reference }) => reference);
    const failed = Object.entries(CASES).flatMap(([name, { kubelet }]) => (kubelet ? [pods.get(name)?.image] : []));
    assert.deepEqual(new Set(others), new Set(failed));
    context.diagnostic(table());
  });

  test('of an index, containerd pulls the child of its platform only', async () => {
    const content = await node.content();
    const { mine, other } = children.get('index') ?? assert.fail();
    assert.ok(content.has(digests.get('index') ?? '') && content.has(mine));
    assert.ok(!content.has(other));
  });

  test('a platform that no node has is noted, although its manifest is missing', () => {
    const row = rows.find(({ reference }) => reference === pods.get('partial')?.image);
    assert.equal(row?.finding?.code, 'audit.other-platforms');
  });

  test('an image that only a ConfigMap names is known before its pod exists', () => {
    for (const name of ['tidy', 'untidy']) {
      const row = rows.find(({ reference }) => reference === pods.get(name)?.image);
      assert.ok(
        row?.neededBy.some((by) => by.startsWith(`ConfigMap ${NAMESPACE}/${name}`)),
        JSON.stringify(row),
      );
    }
  });

  function table(): string {
    const lines = Object.entries(CASES).map(([name, { what }]) => {
      const { image = '', state = '', message = '' } = pods.get(name) ?? {};
      const row = rows.find(({ reference }) => reference === image);
      const finding = row?.finding === undefined ? '' : ` (${row.finding.code})`;
      const because = message === '' ? '' : `: ${message.split(': ').at(-1)}`;
      return `| ${what} | ${forecastOf(name)} | ${row?.status}${finding} | ${state}${because} | ${held.has(image) ? 'yes' : 'no'} |`;
    });
    return [
      '| case | audit of the bundle, before | audit of the cluster, after | pod | in containerd |',
      '| --- | --- | --- | --- | --- |',
      ...lines,
    ].join('\n');
  }
});
