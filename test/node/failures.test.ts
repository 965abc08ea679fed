// Why a Package does not run: what the real API server, kapp-controller, scheduler and kubelet say of each fault, what is
// made of it, and the action that is offered. Everything is installed as the editor does.
import assert from 'node:assert/strict';
import { after, describe } from 'node:test';

import type { ClusterSession } from '../../src/cluster/api.ts';
import type { InstallDetails } from '../../src/cluster/installs-api.ts';
import { describeInstall } from '../../src/packaging/describe-install.ts';
import type { InstallDescription } from '../../src/packaging/describe-install.ts';
import { installDocument } from '../../src/packaging/install/install-document.ts';
import { installRemedy } from '../../src/packaging/install/install-remedy.ts';
import type { InstallRemedy } from '../../src/packaging/install/install-remedy.ts';
import { waitingOf } from '../../src/packaging/install/waiting.ts';
import type { PackageInstall } from '../../src/packaging/package-install.ts';
import { carvelAirgap } from '../support/cli.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { imagesLock, pushBundle } from '../support/repository-bundle.ts';
import { pushSampleImage } from '../support/sample-image.ts';
import { sessionOf } from '../support/sessions.ts';
import { whyNoNode } from '../support/setup/node.mjs';

const missing = whyNoNode();
const skip = missing !== undefined && !process.env['CI'] && missing;
const user = { name: 'puller', password: 'let me in' };
const GONE = `sha256:${'1'.repeat(64)}`;

interface Images {
  /** Runs. */
  readonly app: string;
  /** The same in a registry that requires credentials, and the bundle that names it. */
  readonly locked: string;
  readonly lockedBundle: string;
  /** In no registry. */
  readonly gone: string;
}

interface Case {
  readonly what: string;
  /** The fetch step of its Package. */
  readonly fetch: (images: Images) => object;
  /** What is prepared in its namespace. */
  readonly prepare?: (namespace: string) => Promise<unknown>;
  /** An annotation of the PackageInstall. */
  readonly annotation?: string;
  readonly code: string;
  readonly says: RegExp;
  readonly remedy: InstallRemedy;
}

const inline = (yaml: string): object => ({ inline: { paths: { 'a.yml': yaml } } });
const deployment = (image: string, container = '', labels = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: app${labels}}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: app, image: "${image}"${container}}]
`;
const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: app}\nrules: []\n';

describe('a Package that does not run', { skip }, () => {
  const stops: (() => Promise<unknown>)[] = [];
  const { signal } = new AbortController();
  let open: Registry;
  let locked: Registry;
  let cluster: Cluster;
  let session: ClusterSession;
  let images: Images;
  let kappController: KappController | undefined;
  const { before, test } = limitedTests({
    seconds: 300,
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    [open, locked] = await Promise.all([startRegistry(), startRegistry({ user })]);
    stops.push(
      () => open.stop(),
      () => locked.stop(),
    );
    images = await pushImages();
    cluster = await startCluster({ namespace: 'team', node: true });
    stops.push(() => cluster.stop());
    kappController = await startKappController(cluster);
    stops.push(async () => kappController?.stop());
    session = await sessionOf(cluster.kubeconfig);
    stops.push(async () => session.close());
    await refuseLabel();
  });

  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  async function pushImages(): Promise<Images> {
    const repository = new RawRepository(open.host, 'app');
    const app = `${repository.name}@${await pushSampleImage(repository, 'app')}`;
    const bundles = new RawRepository(open.host, 'bundle');
    const digest = await pushBundle(bundles, 'v1', { 'a.yml': '', '.imgpkg/images.yml': imagesLock({ [app]: app }) });
    const env = {
      IMGPKG_REGISTRY_HOSTNAME: locked.host,
      IMGPKG_REGISTRY_USERNAME: user.name,
      IMGPKG_REGISTRY_PASSWORD: user.password,
    };
    const args = ['copy', '-b', `${bundles.name}@${digest}`, '--to-repo', `${locked.host}/app`];
    const { code, stderr } = await carvelAirgap(args, { env });
    assert.equal(code, 0, stderr);
    return {
      app,
      locked: `${locked.host}/app@${app.split('@')[1]}`,
      lockedBundle: `${locked.host}/app@${digest}`,
      gone: `${open.host}/gone@${GONE}`,
    };
  }

  const make = (resource: string, object: KubeObject): Promise<KubeObject> => cluster.client.apply(resource, object);

  /** A policy of the API server that refuses Deployments with a label. */
  async function refuseLabel(): Promise<void> {
    const apiVersion = 'admissionregistration.k8s.io/v1';
    const metadata = { name: 'own-only' };
    const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] };
    await make('validatingadmissionpolicies', {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: { resourceRules: [rule], objectSelector: { matchLabels: { refused: 'yes' } } },
        validations: [{ expression: 'false', message: 'not here' }],
      },
    });
    await make('validatingadmissionpolicybindings', {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: 'own-only', validationActions: ['Deny'] },
    });
  }

  /** The controller that fills in the status is not part of this cluster; the API server enforces it all the same. */
  async function addQuota(namespace: string): Promise<void> {
    const hard = { pods: '0' };
    const metadata = { name: 'small', namespace };
    await make('resourcequotas', { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
    const path = `${pathOf('v1', 'resourcequotas', namespace)}/small/status`;
    const body = { status: { hard, used: { pods: '0' } } };
    await cluster.client.request('PATCH', path, body, 'application/merge-patch+json');
  }

  async function addWrongSecret(namespace: string): Promise<void> {
    const auths = { auths: { [locked.host]: { username: user.name, password: 'wrong' } } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify(auths)).toString('base64') };
    const metadata = { name: 'pull', namespace };
    await make('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/dockerconfigjson',
      data,
      metadata,
    } as KubeObject);
  }

  const restrict = (namespace: string): Promise<unknown> =>
    make('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });

  const cases: Readonly<Record<string, Case>> = {
    quota: {
      what: 'a quota',
      fetch: ({ app }) => inline(deployment(app)),
      prepare: addQuota,
      code: 'quota',
      says: /exceeded quota: small/,
      remedy: 'values',
    },
    security: {
      what: 'a Pod Security Standard',
      fetch: ({ app }) => inline(deployment(app)),
      prepare: restrict,
      code: 'pod-security',
      says: /"restricted:latest": allowPrivilegeEscalation/,
      remedy: 'values',
    },
    policy: {
      what: 'an admission policy',
      fetch: ({ app }) => inline(deployment(app, '', ', labels: {refused: "yes"}')),
      code: 'admission-denied',
      says: /own-only .*not here/,
      remedy: 'values',
    },
    gone: {
      what: 'an image that is missing',
      fetch: (all) => inline(deployment(all.gone)),
      code: 'pod-image-missing',
      says: /gone@sha256:1+: 127\.0\.0\.1:\d+ does not have it/,
      remedy: 'relocate',
    },
    locked: {
      what: 'a pod without a pull secret',
      fetch: (all) => inline(deployment(all.locked)),
      code: 'pod-unauthorized',
      says: /requires credentials, and the pod has no pull secret/,
      remedy: 'pod-secret',
    },
    fetch: {
      what: 'a wrong pull secret of kapp-controller',
      fetch: ({ lockedBundle }) => ({ imgpkgBundle: { image: lockedBundle } }),
      prepare: addWrongSecret,
      annotation: 'ext.packaging.carvel.dev/fetch-0-secret-name: pull',
      code: 'install-unauthorized',
      says: /requires credentials for 127\.0\.0\.1:\d+\/app/,
      remedy: 'pull-secret',
    },
    rights: {
      what: 'a service account that lacks a right',
      fetch: () => inline(role),
      code: 'rights-missing',
      says: /cannot get resource "clusterroles"/,
      remedy: 'rights',
    },
    huge: {
      what: 'a pod that no node has room for',
      fetch: ({ app }) => inline(deployment(app, ', resources: {requests: {memory: 1000Gi}}')),
      code: 'pod-unschedulable',
      says: /Insufficient memory/,
      remedy: 'values',
    },
  };

  for (const [name, { what, fetch, prepare, annotation, code, says, remedy }] of Object.entries(cases)) {
    test(`${what} is named, and the action for it is offered`, async () => {
      const namespace = `for-${name}`;
      await make('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      await prepare?.(namespace);
      // kapp-controller has few workers, each of which waits with kapp.
      const deploy = [{ kapp: { rawOptions: ['--wait-timeout=15s'] } }];
      const template = { spec: { fetch: [fetch(images)], template: [{ ytt: {} }], deploy } };
      await make('packages', {
        apiVersion: 'data.packaging.carvel.dev/v1alpha1',
        kind: 'Package',
        metadata: { name: `${name}.apps.test.1.0.0`, namespace },
        spec: { refName: `${name}.apps.test`, version: '1.0.0', template },
      });
      const rights = { kind: 'namespace' } as const;
      const plan = { namespace, name: 'app', refName: `${name}.apps.test`, constraints: '1.0.0', rights };
      const own = 'annotations:\n    packaging.carvel.dev/package-ServiceAccount';
      const document = installDocument(plan);
      assert.ok(document.includes(own));
      const text =
        annotation === undefined ? document : document.replace(own, own.replace('\n', `\n    ${annotation}\n`));
      await session.applyInstall(text, { signal, namespace });
      const { install, description } = await describedAs(namespace, `reconcile.${code}`);
      assert.match(`${description.explanation?.message}`, says);
      assert.equal(installRemedy(install, description), remedy);
      await session.changePackageInstall({ namespace, name: 'app' }, 'pause', signal);
    });
  }

  /** Waits until a PackageInstall is explained by this code, as the view does: while kapp still waits. */
  async function describedAs(
    namespace: string,
    code: string,
  ): Promise<{ install: PackageInstall; description: InstallDescription }> {
    const address = { namespace, name: 'app' };
    const stop = new AbortController();
    const ended = AbortSignal.any([stop.signal, AbortSignal.timeout(180_000)]);
    let install: PackageInstall | undefined;
    let details: InstallDetails | undefined;
    let found: { install: PackageInstall; description: InstallDescription } | undefined;
    const look = (): void => {
      if (install === undefined || details === undefined) return;
      const around = { packages: [], installs: [install], facts: {}, waiting: waitingOf(details) };
      const description = describeInstall(install, around, Date.now(), String);
      found = { install, description };
      if (description.explanation?.code === code) stop.abort();
    };
    await Promise.all([
      session.watchPackageInstall(
        address,
        (seen) => {
          install = seen.kind === 'present' ? seen.install : undefined;
          look();
        },
        ended,
      ),
      session.watchInstallDetails(
        address,
        (seen) => {
          details = seen;
          look();
        },
        ended,
      ),
    ]);
    const described = found ?? assert.fail('nothing was seen');
    const seen = `${described.install.status?.usefulErrorMessage} ${JSON.stringify(described.description.lines)}`;
    assert.equal(described.description.explanation?.code, code, seen);
    return described;
  }
});
