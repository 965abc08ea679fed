// `copy --in-cluster`: the pods of an Indexed Job on a real node copy a bundle from one registry to another. Pods reach
// the registries of this machine through the address of their gateway, at which nothing else of it can be reached.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';

import { carvelAirgap } from '../support/cli.ts';
import type { CliOptions, CliOutcome } from '../support/cli.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { startCountingProxy } from '../support/counting-proxy.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { PAUSE } from '../support/node.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { whyNoNode } from '../support/setup/node.mjs';

const missing = whyNoNode();
const skip = missing !== undefined && !process.env['CI'] && missing;
const NAMESPACE = 'copies';
const user = { name: 'pusher', password: 'let me in' };

describe('a copy in the cluster', { skip }, () => {
  const stops: (() => Promise<unknown>)[] = [];
  let cluster: Cluster;
  let folder: TemporaryFolder;
  let inside: Registry;
  /** The storage of `inside`, without credentials. */
  let storage: Registry;
  /** Under the addresses that pods and this machine have for them. */
  let [vendorHost, insideHost, image, bundle] = ['', '', '', ''];
  /** The digests of the layers of the images in the bundle. */
  const layers = new Set<string>();
  const { before, test } = limitedTests({
    seconds: 300,
    report: (isLate) => clusterReport(isLate, cluster, undefined),
  });

  before(async () => {
    folder = await makeTemporaryFolder('in-cluster');
    stops.push(() => folder.remove());
    cluster = await startCluster({ namespace: NAMESPACE, node: true });
    stops.push(() => cluster.stop());
    const gateway = cluster.local?.node?.gateway ?? assert.fail();
    await restrict();
    await keepGateway();
    inside = await startRegistry({ user, tls: { names: [gateway] }, accessLog: true });
    const [vendor, tools] = await Promise.all([startRegistry(), startRegistry()]);
    storage = await startRegistry({ storage: inside.root });
    for (const registry of [inside, vendor, tools, storage]) stops.push(() => registry.stop());
    const doors = await Promise.all([vendor, inside].map(({ host }) => startCountingProxy(host, gateway)));
    for (const door of doors) stops.push(() => door.stop());
    [vendorHost, insideHost] = doors.map(({ host }) => host) as [string, string];
    bundle = await pushSource(vendor);
    const pushed = await carvelAirgap(['image', 'push', `${tools.host}/carvel-airgap`, '--json']);
    assert.equal(pushed.code, 0, pushed.stderr);
    [image = ''] = (JSON.parse(pushed.stdout) as { references: string[] }).references;
  });

  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  /** Pods of the Job must meet the strictest of the Pod Security Standards. */
  async function restrict(): Promise<void> {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await cluster.client.apply('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels },
    });
  }

  /** The gateway has an address only while there is a pod. */
  async function keepGateway(): Promise<void> {
    const containers = [{ name: 'pause', image: PAUSE, imagePullPolicy: 'Never' }];
    const metadata = { name: 'gateway', namespace: 'default' };
    const spec = { containers, terminationGracePeriodSeconds: 0 };
    await cluster.client.apply('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    const isRunning = ({ status }: KubeObject) => status?.['phase'] === 'Running';
    await cluster.client.waitFor(
      pathOf('v1', 'pods', 'default'),
      'fieldSelector=metadata.name=gateway',
      isRunning,
      120,
    );
  }

  /** A bundle of six images, which share one of their layers. */
  async function pushSource(vendor: Registry): Promise<string> {
    const images = new RawRepository(vendor.host, 'images');
    const shared = randomBytes(500_000);
    const references = [];
    for (const size of [3_000_000, 2_000_000, 1_500_000, 900_000, 5000, 300]) {
      const content = [shared, randomBytes(size), randomBytes(100)];
      const digest = await images.pushImage(`size-${size}`, content);
      for (const layer of content) layers.add(sha256(layer));
      references.push(`${vendorHost}/images@${digest}`);
    }
    const bundles = new RawRepository(vendor.host, 'apps');
    await bundles.pushBundle('v1', references);
    return `${vendorHost}/apps:v1`;
  }

  interface Options extends CliOptions {
    readonly kubeconfig?: string;
    readonly flags?: readonly string[];
    readonly password?: string;
  }

  function copy(path: string, { kubeconfig, flags = [], password, ...options }: Options = {}): Promise<CliOutcome> {
    const cluster_ = ['--in-cluster', 'admin@airgap-test', '--kubeconfig', kubeconfig ?? cluster.kubeconfig];
    const trust = ['--registry-ca-cert-path', inside.caFile ?? '', '--registry-insecure'];
    const args = ['copy', '-b', bundle, '--to-repo', `${insideHost}/${path}`, '--job-image', image, '--pods', '3'];
    const env = {
      IMGPKG_REGISTRY_HOSTNAME: insideHost,
      IMGPKG_REGISTRY_USERNAME: user.name,
      IMGPKG_REGISTRY_PASSWORD: password ?? user.password,
    };
    return carvelAirgap([...args, ...cluster_, ...trust, ...flags], { ...options, env });
  }

  const names = async (resource: string, apiVersion = 'v1'): Promise<string[]> => {
    const { items } = await cluster.client.get<{ items: KubeObject[] }>(pathOf(apiVersion, resource, NAMESPACE));
    return items.map(({ metadata }) => metadata.name);
  };
  const ours = async (resource: string): Promise<string[]> =>
    (await names(resource)).filter((name) => name.startsWith('carvel-airgap-'));

  /** The Secrets and ConfigMaps of the Job that copies to this repository. */
  async function filesFor(path: string): Promise<string[]> {
    const jobs = (await allJobs()).filter(({ spec }) => JSON.stringify(spec).includes(`${insideHost}/${path}@sha256:`));
    assert.equal(jobs.length, 1);
    const files = [...(await ours('secrets')), ...(await ours('configmaps'))];
    return files.filter((name) => name === jobs[0]?.metadata.name);
  }

  async function assertNothingLeft(path: string): Promise<void> {
    assert.deepEqual(await filesFor(path), []);
    const tags = [...(await new RawRepository(storage.host, path).tags()).keys()];
    assert.deepEqual(
      tags.filter((tag) => tag.startsWith('carvel-airgap-')),
      [],
    );
  }

  /** Every layer was sent to this repository once. */
  async function assertSentOnce(path: string): Promise<void> {
    const sent = (await inside.requests())
      .filter((request) => request.method === 'PUT' && request.status === 201)
      .filter((request) => request.path.startsWith(`/v2/${path}/blobs/`))
      .map((request) => decodeURIComponent(/[?&]digest=([^&]+)/.exec(request.path)?.[1] ?? ''))
      .filter((digest) => layers.has(digest));
    assert.deepEqual(sent.sort(), [...layers].sort());
  }

  const allJobs = async (): Promise<KubeObject[]> =>
    (await cluster.client.get<{ items: KubeObject[] }>(pathOf('batch/v1', 'jobs', NAMESPACE))).items;

  test('the destination and the lock are those of a copy by this machine, and a second run sends nothing', async () => {
    const lock = join(folder.path, 'lock.yml');
    const { code, stdout, stderr } = await copy('in-cluster', { flags: ['--lock-output', lock] });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Succeeded/);
    await assertSentOnce('in-cluster');

    const local = join(folder.path, 'local.yml');
    const flags = ['--to-repo', `${storage.host}/local`, '--registry-insecure', '--lock-output', local];
    const byMachine = await carvelAirgap(['copy', '-b', bundle, ...flags]);
    assert.equal(byMachine.code, 0, byMachine.stderr);
    const expected = await new RawRepository(storage.host, 'local').tags();
    const tags = await new RawRepository(storage.host, 'in-cluster').tags();
    const isLocations = (tag: string) => tag.endsWith('.image-locations.imgpkg');
    // Locations name the repository, and so have another digest, which is also an internal tag.
    const named = (of: Map<string, string>) => [...of.keys()].filter((tag) => tag === 'v1' || isLocations(tag));
    assert.deepEqual(named(tags), named(expected));
    assert.equal(tags.size, expected.size);
    assert.equal(tags.get('v1'), expected.get('v1'));
    const ofLock = async (file: string, path: string) => (await readFile(file, 'utf8')).replaceAll(path, 'REPO');
    assert.equal(await ofLock(lock, `${insideHost}/in-cluster`), await ofLock(local, `${storage.host}/local`));
    await assertNothingLeft('in-cluster');

    const before = (await inside.requests()).length;
    const jobs = await names('jobs', 'batch/v1');
    const again = await copy('in-cluster');
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /nothing to copy/);
    const writes = (await inside.requests())
      .slice(before)
      .filter(({ method }) => method !== 'GET' && method !== 'HEAD');
    assert.deepEqual(writes, []);
    assert.deepEqual(await names('jobs', 'batch/v1'), jobs);
  });

  test('a pod that is killed, and a driver that is killed, cost no blob', async () => {
    const slow = ['--bandwidth-limit', '900kB', '--concurrency', '1'];
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    const first = copy('killed', {
      flags: slow,
      started: (send) => (kill = send),
      watch: (text) => {
        if (text.includes('created the Job')) kill?.('SIGKILL');
      },
    });
    assert.equal((await first).code, null, 'the driver was not killed');
    assert.equal((await filesFor('killed')).length, 2);
    process.kill(await podProcess('0'), 'SIGKILL');

    const { code, stderr, stdout } = await copy('killed', { flags: slow });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /following the Job copies\/carvel-airgap-/);
    assert.match(stderr, /the pod .* was ended/);
    assert.match(stdout, /blobs copied in the cluster/);
    await assertSentOnce('killed');
    assert.ok((await new RawRepository(storage.host, 'killed').tags()).has('v1'));
    await assertNothingLeft('killed');
  });

  /** The process of the running pod with this index. */
  async function podProcess(index: string): Promise<number> {
    for (;;) {
      for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        const read = (name: string) => readFile(`/proc/${id}/${name}`, 'latin1').catch(() => '');
        if (!(await read('cmdline')).includes('\0job-pod\0')) continue;
        const environment = (await read('environ')).split('\0');
        if (environment.includes(`JOB_COMPLETION_INDEX=${index}`)) return Number(id);
      }
      await wait(50);
    }
  }

  test('a Job that is suspended pauses, and continues with one pod at a time', async () => {
    let suspended: Promise<unknown> | undefined;
    const { code, stderr, stdout } = await copy('paused', {
      flags: ['--bandwidth-limit', '2MB', '--concurrency', '1'],
      watch: (text) => {
        const [, name] = /created the Job copies\/(carvel-airgap-\w+)/.exec(text) ?? [];
        if (name !== undefined) suspended ??= suspendAndResume(name);
      },
    });
    await suspended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /is suspended: it pauses until spec\.suspend is false\n[^]* continues\n/);
    assert.match(stdout, /blobs copied in the cluster/);
    await assertSentOnce('paused');
  });

  async function suspendAndResume(name: string): Promise<void> {
    const jobs = pathOf('batch/v1', 'jobs', NAMESPACE);
    const change = (spec: object) =>
      cluster.client.request('PATCH', `${jobs}/${name}`, { spec }, 'application/merge-patch+json');
    await podProcess('0');
    await change({ suspend: true });
    const isPaused = ({ status }: KubeObject) =>
      /"status":"True","type":"Suspended"|"type":"Suspended","status":"True"/.test(JSON.stringify(status));
    await cluster.client.waitFor(jobs, `fieldSelector=metadata.name=${name}`, isPaused, 120);
    await change({ suspend: false, parallelism: 1 });
  }

  test('wrong credentials in the cluster end the Job at once, and the error says so', async () => {
    const auths = { auths: { [insideHost]: { username: user.name, password: 'wrong' } } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify(auths)).toString('base64') };
    const type = 'kubernetes.io/dockerconfigjson';
    const metadata = { name: 'wrong', namespace: NAMESPACE };
    await cluster.client.apply('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, type, data } as KubeObject);
    const { code, stderr } = await copy('refused', { flags: ['--job-secret', 'wrong'] });
    assert.equal(code, 1);
    assert.match(stderr, /The Job copies\/carvel-airgap-\w+ failed: .*(?:rejected|credentials)/s);
    const items = await allJobs();
    const failed = items.find(({ status }) => JSON.stringify(status).includes('MaxFailedIndexesExceeded'));
    assert.ok(failed, JSON.stringify(items.map(({ status }) => status)));
    const pods = (await names('pods')).filter((name) => name.startsWith(failed.metadata.name));
    assert.ok(pods.length <= 4, `a pod was started again: ${pods.join(', ')}`);
    await assertNothingLeft('refused');
  });

  test('two runs at the same time share one Job', async () => {
    const outcomes = await Promise.all([copy('both'), copy('both')]);
    for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
    await assertSentOnce('both');
    await assertNothingLeft('both');
  });

  test('--yaml prints a Job that works without this command, and no password', async (context) => {
    const auths = { auths: { [insideHost]: { username: user.name, password: user.password } } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify(auths)).toString('base64') };
    const type = 'kubernetes.io/dockerconfigjson';
    const metadata = { name: 'right', namespace: NAMESPACE };
    await cluster.client.apply('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, type, data } as KubeObject);
    const label = 'team=delivery';
    const { code, stdout, stderr } = await copy('printed', {
      flags: ['--yaml', '--job-secret', 'right', '--job-label', label],
    });
    assert.equal(code, 0, stderr);
    const documents = parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject);
    assert.deepEqual(
      documents.map(({ kind }) => kind),
      ['ConfigMap', 'Job'],
    );
    assert.ok(!stdout.includes(user.password) && !stdout.includes(data['.dockerconfigjson']));
    for (const document of documents) {
      const resource = document.kind === 'Job' ? 'jobs' : 'configmaps';
      await cluster.client.apply(resource, document);
      const path = `${pathOf(document.apiVersion, resource, NAMESPACE)}/${document.metadata.name}`;
      context.after(() => cluster.client.request('DELETE', `${path}?propagationPolicy=Background`));
    }
    const isOver = ({ status }: KubeObject) => /"type":"(?:Complete|Failed)"/.test(JSON.stringify(status));
    const selector = `labelSelector=${encodeURIComponent(label)}`;
    const job = await cluster.client.waitFor(pathOf('batch/v1', 'jobs', NAMESPACE), selector, isOver, 200);
    assert.match(JSON.stringify(job.status), /"type":"Complete"/);
    assert.ok((await new RawRepository(storage.host, 'printed').tags()).has('v1'));
  });

  test('a quota that admits no pods is named, and the Job outlives an interrupted run', async () => {
    const hard = { pods: '0' };
    const metadata = { name: 'none', namespace: NAMESPACE };
    await cluster.client.apply('resourcequotas', { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
    const quota = `${pathOf('v1', 'resourcequotas', NAMESPACE)}/none`;
    const status = { status: { hard, used: { pods: '0' } } };
    await cluster.client.request('PATCH', `${quota}/status`, status, 'application/merge-patch+json');
    let isInterrupted = false;
    const { code, stderr } = await copy('quota', {
      watch: (text, kill) => {
        // Once: another one ends the process before it has said anything.
        if (!isInterrupted && text.includes('exceeded quota')) kill('SIGINT');
        isInterrupted ||= text.includes('exceeded quota');
      },
    });
    await cluster.client.request('DELETE', quota);
    assert.equal(code, 1);
    assert.match(stderr, /has no pods: .*exceeded quota: none/);
    assert.match(stderr, /The Job copies\/carvel-airgap-\w+ continues\. Run the same command again to follow it/);

    const again = await copy('quota');
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /following the Job/);
    await assertNothingLeft('quota');
  });

  test('a user who may not create Jobs is told so before anything is written', async () => {
    const kubeconfig = (await cluster.local?.kubeconfigFor({ name: 'nobody', namespace: NAMESPACE })) ?? '';
    const [before, secrets] = [(await inside.requests()).length, await ours('secrets')];
    const { code, stderr } = await copy('forbidden', {
      kubeconfig,
      flags: ['--in-cluster', 'nobody@airgap-test'],
    });
    assert.equal(code, 1);
    assert.match(stderr, /nobody/);
    assert.match(stderr, /jobs/);
    const written = (await inside.requests()).slice(before).filter(({ method }) => /^(?:PUT|PATCH)$/.test(method));
    assert.deepEqual(written, []);
    assert.deepEqual(await ours('secrets'), secrets);
  });
});
