// The audit of everything that a real cluster pulls, with an App that the real kapp-controller deployed.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe } from 'node:test';
import { gzipSync } from 'node:zlib';

import { auditCluster } from '../../src/audit/cluster/cluster-audit.ts';
import type { ClusterAuditReport } from '../../src/audit/cluster/cluster-audit.ts';
import type { ClusterSession } from '../../src/cluster/api.ts';
import { loadKubeconfig, openCluster } from '../../src/cluster/main.ts';
import { anonymous } from '../../src/oci/auth/credentials.ts';
import type { CredentialProvider } from '../../src/oci/auth/credentials.ts';
import { createRegistries } from '../../src/oci/registries.ts';
import { carvelAirgap } from '../support/cli.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { schemaViolations } from '../support/json-schema.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { pathOf } from '../support/kube-client.ts';
import type { KubeObject } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { imagesLock, pushBundle } from '../support/repository-bundle.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
const USER = { name: 'reader', password: 'hidden-from-the-report' };
const VENDOR = 'vendor.example:5003';
const schema = JSON.parse(await readFile(new URL('../../docs/audit.schema.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;

describe('an audit of everything that a cluster pulls', { skip }, () => {
  /** One storage, which one registry gives to everyone and the other only to a user. */
  let open: Registry;
  let locked: Registry;
  let cluster: Cluster;
  let kappController: KappController;
  let session: ClusterSession;
  let app: string;
  let held: RawRepository;
  let report: ClusterAuditReport;
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    open = await startRegistry();
    locked = await startRegistry({ storage: open.root, user: USER });
    cluster = await startCluster({ namespace: 'team' });
    kappController = await startKappController(cluster);
    session = await sessionOf(cluster.kubeconfig);
    held = new RawRepository(open.host, 'mirror/app');
    app = await held.pushImage('v1', [Buffer.from('app')]);
    await fill();
    report = await audited(session);
    for (const namespace of ['second', 'large']) await session.createNamespace(namespace, signal);
    await deployment('second', `${VENDOR}/second:v1`, {}, 'second');
  });

  after(async () => {
    session?.close();
    await kappController?.stop();
    await cluster?.stop();
    await Promise.all([open?.stop(), locked?.stop()]);
  });

  async function sessionOf(kubeconfig: string): Promise<ClusterSession> {
    const config = await loadKubeconfig({ files: [kubeconfig] });
    return openCluster(config, config.currentContext ?? '');
  }

  async function audited(of: ClusterSession, namespace?: string): Promise<ClusterAuditReport> {
    const credentials: CredentialProvider = async ({ registry }) =>
      registry === locked.host
        ? { kind: 'basic', username: USER.name, password: USER.password, origin: 'test' }
        : undefined;
    const registries = createRegistries({}, credentials, 'destination');
    const withoutCredentials = createRegistries({}, anonymous, 'destination');
    try {
      const scope = namespace === undefined ? {} : { namespace };
      const inside = [open.host, locked.host];
      return await auditCluster({ cluster: of, registries, anonymous: withoutCredentials, inside, signal, ...scope });
    } finally {
      await Promise.all([registries.close(), withoutCredentials.close()]);
    }
  }

  const create = (plural: string, object: KubeObject): Promise<KubeObject> => {
    const { namespace = 'team' } = object.metadata;
    return cluster.client.request('POST', pathOf(object.apiVersion, plural, namespace), object);
  };

  const pods = (image: string, more: object = {}): object => ({
    metadata: { labels: { app: 'x' } },
    spec: { containers: [{ name: 'main', image }], ...more },
  });

  async function deployment(name: string, image: string, more: object = {}, namespace = 'team'): Promise<void> {
    const spec = { selector: { matchLabels: { app: 'x' } }, template: pods(image, more) };
    await create('deployments', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec });
  }

  async function pullSecret(name: string, registry: string): Promise<void> {
    const auths = { [registry]: { username: USER.name, password: USER.password } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
    const type = 'kubernetes.io/dockerconfigjson';
    await create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name }, type, data } as KubeObject);
  }

  /** An object of each kind that the audit covers. */
  async function fill(): Promise<void> {
    await deployment('whole', `${held.name}@${app}`, {
      initContainers: [{ name: 'init', image: `${VENDOR}/init:v1` }],
      volumes: [{ name: 'site', image: { reference: `${VENDOR}/site:v1` } }],
    });
    await deployment('gone', `${held.name}@sha256:${'0'.repeat(64)}`);
    const metadata = (name: string) => ({ name, namespace: 'team' });
    const batch = { apiVersion: 'batch/v1' };
    const jobPods = { template: pods(`${VENDOR}/cron:v1`, { restartPolicy: 'Never' }) };
    const cron = { schedule: '@yearly', jobTemplate: { spec: jobPods } };
    await create('cronjobs', { ...batch, kind: 'CronJob', metadata: metadata('cron'), spec: cron });
    await create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: metadata('alone'),
      spec: { containers: [{ name: 'main', image: `${VENDOR}/alone:v1`, imagePullPolicy: 'Always' }] },
    });
    const debug = { name: 'debug', image: `${VENDOR}/debug:v1`, targetContainerName: 'main' };
    const ephemeral = { spec: { ephemeralContainers: [debug] } };
    const path = `${pathOf('v1', 'pods', 'team')}/alone/ephemeralcontainers`;
    await cluster.client.request('PATCH', path, ephemeral, 'application/strategic-merge-patch+json');

    await pullSecret('fits', locked.host);
    await pullSecret('other', 'elsewhere.example');
    const locked1 = `${locked.host}/mirror/app@${app}`;
    await deployment('fits', locked1, { imagePullSecrets: [{ name: 'fits' }] });
    await deployment('none', locked1);
    await deployment('absent', locked1, { imagePullSecrets: [{ name: 'nowhere' }] });
    await deployment('other', locked1, { imagePullSecrets: [{ name: 'other' }] });

    const release = {
      name: 'chart',
      namespace: 'team',
      manifest: JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'charted' },
        spec: { template: pods(`${VENDOR}/charted:v1`) },
      }),
    };
    const packed = gzipSync(JSON.stringify(release)).toString('base64');
    await create('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'helm.sh/release.v1',
      metadata: { ...metadata('sh.helm.release.v1.chart.v1'), labels: { owner: 'helm', status: 'deployed' } },
      data: { release: Buffer.from(packed).toString('base64') },
    } as KubeObject);
    await deployedApp();
    const fetchGit = { fetch: [{ git: { url: 'https://git.vendor.example/app', ref: 'main' } }], paused: true };
    const carvel = { apiVersion: 'kappctrl.k14s.io/v1alpha1', kind: 'App' };
    await create('apps', {
      ...carvel,
      metadata: metadata('from-git'),
      spec: { ...fetchGit, template: [{ ytt: {} }], deploy: [{ kapp: {} }] },
    });
  }

  /** A Package whose ConfigMap names an image: kbld does not look there, and only the rendered output shows it. */
  async function deployedApp(): Promise<void> {
    const bundle = new RawRepository(open.host, 'mirror/bundle');
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'operator' },
      data: { 'config.yaml': `sidecar: ${VENDOR}/sidecar:v2\n` },
    };
    await pushBundle(bundle, 'v1', { '.imgpkg/images.yml': imagesLock({}), 'config/a.yml': JSON.stringify(config) });
    const { client } = cluster;
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'installer', namespace: 'team' } };
    await client.apply('serviceaccounts', account);
    await client.apply('clusterrolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'installer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'installer', namespace: 'team' }],
    } as unknown as KubeObject);
    const spec = {
      serviceAccountName: 'installer',
      fetch: [{ imgpkgBundle: { image: `${bundle.name}:v1` } }],
      template: [{ ytt: { paths: ['config'] } }],
      deploy: [{ kapp: {} }],
    };
    const metadata = { name: 'operator', namespace: 'team' };
    await client.apply('apps', { apiVersion: 'kappctrl.k14s.io/v1alpha1', kind: 'App', metadata, spec });
    const isDeployed = ({ status = {} }: KubeObject): boolean =>
      ((status['conditions'] ?? []) as { type: string }[]).some(({ type }) => type === 'ReconcileSucceeded');
    const path = pathOf('kappctrl.k14s.io/v1alpha1', 'apps', 'team');
    await client.waitFor(path, 'fieldSelector=metadata.name=operator', isDeployed, 120);
  }

  const row = (reference: string, who: string) =>
    report.images.find((image) => image.reference === reference && image.neededBy.some((each) => each.includes(who)));

  test('finds the images of pods and templates, with their pull policy', () => {
    for (const [reference, who] of [
      [`${VENDOR}/init:v1`, 'Deployment team/whole, init container init'],
      [`${VENDOR}/site:v1`, 'Deployment team/whole, volume site'],
      [`${VENDOR}/cron:v1`, 'CronJob team/cron, container main'],
      [`${VENDOR}/alone:v1`, 'Pod team/alone, container main'],
      [`${VENDOR}/debug:v1`, 'Pod team/alone, ephemeral container debug'],
      [`${VENDOR}/charted:v1`, 'Deployment team/charted, container main (Helm release team/chart)'],
    ] as const) {
      const found = row(reference, who);
      assert.equal(found?.status, 'outside', `${reference} ${JSON.stringify(report.images)}`);
      assert.equal(found?.finding?.code, 'outside');
    }
    assert.deepEqual(row(`${VENDOR}/alone:v1`, 'alone')?.pullPolicies, ['Always']);
    assert.deepEqual(row(`${VENDOR}/cron:v1`, 'cron')?.pullPolicies, ['IfNotPresent']);
  });

  test('names a user of an image only once', () => {
    assert.deepEqual(row(`${VENDOR}/site:v1`, 'whole')?.neededBy, ['Deployment team/whole, volume site']);
  });

  test('tells what is inside from what is missing', () => {
    assert.equal(row(`${held.name}@${app}`, 'Deployment team/whole')?.status, 'inside');
    const gone = row(`${held.name}@sha256:${'0'.repeat(64)}`, 'Deployment team/gone');
    assert.deepEqual([gone?.status, gone?.finding?.code], ['missing', 'missing']);
  });

  test('finds the image that only the ConfigMap of a deployed App names, and that App', () => {
    const found = row(`${VENDOR}/sidecar:v2`, 'ConfigMap team/operator, data.config.yaml (App team/operator)');
    assert.deepEqual(
      [found?.status, found?.finding?.code],
      ['outside', 'named-outside'],
      JSON.stringify(report.images),
    );
    assert.deepEqual(found?.reasons, ['named']);
    const fetched = row(`${open.host}/mirror/bundle:v1`, 'App team/operator, fetch');
    assert.deepEqual([fetched?.status, fetched?.reasons], ['inside', ['fetch']]);
  });

  test('finds what an App fetches from elsewhere', () => {
    const urls = report.problems.map(({ code, args }) => `${code} ${args['url']} ${args['user']}`);
    assert.deepEqual(urls, ['fetches-outside https://git.vendor.example/app App team/from-git']);
  });

  test('finds the pull secrets that do not reach', () => {
    const reference = `${locked.host}/mirror/app@${app}`;
    const fits = row(reference, 'Deployment team/fits');
    assert.deepEqual([fits?.status, fits?.pullSecrets], ['inside', ['team/fits']]);
    for (const [name, code] of [
      ['none', 'pull-secret-none'],
      ['absent', 'pull-secret-missing'],
      ['other', 'pull-secret-elsewhere'],
    ]) {
      const found = row(reference, `Deployment team/${name}`);
      assert.deepEqual([found?.status, found?.finding?.code], ['unauthenticated', code]);
    }
  });

  test('audits one namespace, and rejects one that does not exist', async () => {
    const { images, namespace } = await audited(session, 'second');
    assert.equal(namespace, 'second');
    assert.deepEqual(
      images.map(({ reference }) => reference),
      [`${VENDOR}/second:v1`],
    );
    await assert.rejects(audited(session, 'third'), { code: 'audit.namespace-missing' });
  });

  test('reads large lists page by page', async () => {
    await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        create('configmaps', {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: `many-${index}`, namespace: 'large' },
          data: { image: `${VENDOR}/many:v${index}` },
        } as unknown as KubeObject),
      ),
    );
    const { images } = await audited(session, 'large');
    assert.equal(images.filter(({ reference }) => reference.includes('/many:')).length, 120);
  });

  test('reports what this user may not list, and audits the rest', async (context) => {
    if (!cluster.local) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    const rbac = 'rbac.authorization.k8s.io';
    const metadata = { name: 'deployments' };
    const rules = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] }];
    await create('roles', { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules } as unknown as KubeObject);
    await create('rolebindings', {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'deployments' },
      subjects: [{ kind: 'User', name: 'limited', apiGroup: rbac }],
    } as unknown as KubeObject);
    const limited = await sessionOf(await cluster.local.kubeconfigFor({ name: 'limited' }));
    const { images, notChecked, isComplete } = await audited(limited);
    assert.ok(images.some(({ reference }) => reference === `${VENDOR}/init:v1`));
    assert.equal(isComplete, false);
    const refused = notChecked.filter(({ code }) => code === 'not-permitted').map(({ args }) => args['what']);
    for (const what of ['Pods', 'Deployments', 'ConfigMaps', 'Apps', 'Helm releases']) {
      assert.ok(refused.includes(what), refused.join());
    }
    const nobody = await sessionOf(await cluster.local.kubeconfigFor({ name: 'nobody' }));
    await assert.rejects(audited(nobody), { code: 'cluster.forbidden' });
  });

  test('ends at once when it is canceled', async () => {
    const stop = new AbortController();
    const registries = createRegistries({}, anonymous, 'destination');
    const running = auditCluster({
      cluster: session,
      registries,
      anonymous: registries,
      inside: [open.host],
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await assert.rejects(running, { name: 'AbortError' });
    await registries.close();
  });

  test('says whether a Package or bundle that is not installed yet can be installed in a namespace', async () => {
    const repository = new RawRepository(open.host, 'mirror/next');
    const image = `${open.host}/mirror/next@${await repository.pushImage('app', [Buffer.from('next')])}`;
    const files = {
      '.imgpkg/images.yml': imagesLock({ [image]: image }),
      'config/a.yml': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { image } }),
    };
    const bundle = `${locked.host}/mirror/next@${await pushBundle(repository, 'v1', files)}`;
    const template = [{ ytt: { paths: ['config'] } }, { kbld: { paths: ['-', '.imgpkg/images.yml'] } }];
    for (const [version, source, namespace] of [
      ['1.0.0', bundle, 'team'],
      ['2.0.0', `${VENDOR}/next:v2`, 'team'],
      ['1.0.0', bundle, 'second'],
    ] as const) {
      await create('packages', {
        apiVersion: 'data.packaging.carvel.dev/v1alpha1',
        kind: 'Package',
        metadata: { name: `next.apps.test.${version}`, namespace },
        spec: {
          refName: 'next.apps.test',
          version,
          template: { spec: { fetch: [{ imgpkgBundle: { image: source } }], template, deploy: [{ kapp: {} }] } },
        },
      });
    }
    const credentials = ['--registry-username', USER.name, '--registry-password', USER.password];
    const inside = ['--inside', open.host, '--inside', locked.host];
    const ready = async (namespace: string, ...target: string[]) => {
      const args = ['audit', '--context', session.context, '-n', namespace, ...target, ...inside, ...credentials];
      const { code, stdout } = await carvelAirgap([...args, '--json'], { env: { KUBECONFIG: cluster.kubeconfig } });
      const document = JSON.parse(stdout) as {
        bundles?: { images: { reference: string; finding?: { code: string }; pullSecrets?: string[] }[] }[];
      };
      assert.deepEqual(schemaViolations(document, schema), []);
      const images = document.bundles?.[0]?.images ?? [];
      return { code, codes: [...new Set(images.map(({ finding }) => finding?.code))], secrets: images[0]?.pullSecrets };
    };
    assert.deepEqual(await ready('team', '--package', 'next.apps.test@1.0.0'), {
      code: 0,
      codes: [undefined],
      secrets: ['team/fits'],
    });
    const other = await ready('second', '--package', 'next.apps.test@1.0.0');
    assert.deepEqual([other.code, other.codes], [1, ['audit.no-credentials-there']]);
    const newest = await ready('team', '--package', 'next.apps.test');
    assert.deepEqual([newest.code, newest.codes], [1, ['audit.live-outside']]);
    assert.equal((await ready('team', bundle)).code, 0);
    assert.deepEqual((await ready('second', bundle)).codes, ['audit.no-credentials-there']);
    assert.equal((await ready('team', '--package', 'nowhere.apps.test')).code, 1);
  });

  test('is a command whose JSON follows its schema and whose exit code says that there is a gap', async () => {
    const env = { KUBECONFIG: cluster.kubeconfig };
    const registryFlags = ['--inside', open.host, '--inside', locked.host, '--registry-username', USER.name];
    const flags = [...registryFlags, '--registry-password', USER.password];
    const args = ['audit', '--context', session.context];
    const { code, stdout, stderr } = await carvelAirgap([...args, ...flags, '--json'], { env });
    assert.equal(code, 1, stderr);
    const document = JSON.parse(stdout) as { images: { reference: string }[]; kind: string };
    assert.deepEqual(schemaViolations(document, schema), []);
    assert.equal(document.kind, 'ClusterAudit');
    assert.ok(document.images.some(({ reference }) => reference === `${VENDOR}/sidecar:v2`));
    assert.ok(!stdout.includes(USER.password));

    const text = await carvelAirgap([...args, ...flags, '-n', 'second'], { env });
    assert.match(text.stdout, new RegExp(`OUTSIDE +${VENDOR}/second:v1 +Deployment second/second, container main`));
    assert.match(text.stdout, /Inside: 127\.0\.0\.1:/);

    const nothing = await carvelAirgap([...args, '--json'], { env });
    assert.equal(nothing.code, 1);
    assert.match(nothing.stdout, /nothing-inside/);
    assert.deepEqual(schemaViolations(JSON.parse(nothing.stdout), schema), []);
  });
});
