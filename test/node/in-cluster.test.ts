// `copy --in-cluster`: the pods of an Indexed Job on a real node copy a bundle from one registry to another.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';

import { carvelAirgap } from '../support/cli.ts';
import type { CliOutcome } from '../support/cli.ts';
import { clusterReport } from '../support/cluster-report.ts';
import {
  allJobs,
  blobsSentInside,
  jobTags,
  makeSecret,
  NAMESPACE,
  podProcess,
  runInCluster,
  startCopiesBench,
  USER,
} from '../support/copies-bench.ts';
import type { CopiesBench, InClusterOptions } from '../support/copies-bench.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { whyNoNode } from '../support/setup/node.mjs';

const missing = whyNoNode();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('a copy in the cluster', { skip }, () => {
  let bench: CopiesBench;
  let bundle = '';
  /** The digests of the layers of the images in the bundle. */
  const layers = new Set<string>();
  const { before, test } = limitedTests({
    seconds: 300,
    report: (isLate) => clusterReport(isLate, bench?.cluster, undefined),
  });

  before(async () => {
    bench = await startCopiesBench('in-cluster');
    bundle = await pushSource();
  });

  after(() => bench?.stop());

  /** A bundle of six images, which share one of their layers. */
  async function pushSource(): Promise<string> {
    const { vendor, vendorHost } = bench;
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

  interface Options extends InClusterOptions {
    readonly flags?: readonly string[];
  }

  function copy(path: string, { flags = [], ...options }: Options = {}): Promise<CliOutcome> {
    const args = ['copy', '-b', bundle, '--to-repo', `${bench.insideHost}/${path}`, '--pods', '3'];
    return runInCluster(bench, [...args, ...flags], options);
  }

  const names = async (resource: string, apiVersion = 'v1'): Promise<string[]> => {
    const { items } = await bench.cluster.client.get<{ items: KubeObject[] }>(pathOf(apiVersion, resource, NAMESPACE));
    return items.map(({ metadata }) => metadata.name);
  };
  const ours = async (resource: string): Promise<string[]> =>
    (await names(resource)).filter((name) => name.startsWith('carvel-airgap-'));

  /** The Secrets and ConfigMaps of the Job that copies to this repository. */
  async function filesFor(path: string): Promise<string[]> {
    const jobs = (await allJobs(bench)).filter(({ spec }) =>
      JSON.stringify(spec).includes(`${bench.insideHost}/${path}@sha256:`),
    );
    assert.equal(jobs.length, 1);
    const files = [...(await ours('secrets')), ...(await ours('configmaps'))];
    return files.filter((name) => name === jobs[0]?.metadata.name);
  }

  async function assertNothingLeft(path: string): Promise<void> {
    assert.deepEqual(await filesFor(path), []);
    assert.deepEqual(await jobTags(bench, path), []);
  }

  /** Every layer was sent to this repository once. */
  async function assertSentOnce(path: string): Promise<void> {
    const sent = (await blobsSentInside(bench, path)).filter((digest) => layers.has(digest));
    assert.deepEqual(sent.sort(), [...layers].sort());
  }

  test('the destination and the lock are those of a copy by this machine, and a second run sends nothing', async () => {
    const lock = join(bench.folder.path, 'lock.yml');
    const { code, stdout, stderr } = await copy('in-cluster', { flags: ['--lock-output', lock] });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Succeeded/);
    await assertSentOnce('in-cluster');

    const local = join(bench.folder.path, 'local.yml');
    const flags = ['--to-repo', `${bench.storage.host}/local`, '--registry-insecure', '--lock-output', local];
    const byMachine = await carvelAirgap(['copy', '-b', bundle, ...flags]);
    assert.equal(byMachine.code, 0, byMachine.stderr);
    const expected = await new RawRepository(bench.storage.host, 'local').tags();
    const tags = await new RawRepository(bench.storage.host, 'in-cluster').tags();
    const isLocations = (tag: string) => tag.endsWith('.image-locations.imgpkg');
    // Locations name the repository, and so have another digest, which is also an internal tag.
    const named = (of: Map<string, string>) => [...of.keys()].filter((tag) => tag === 'v1' || isLocations(tag));
    assert.deepEqual(named(tags), named(expected));
    assert.equal(tags.size, expected.size);
    assert.equal(tags.get('v1'), expected.get('v1'));
    const ofLock = async (file: string, path: string) => (await readFile(file, 'utf8')).replaceAll(path, 'REPO');
    assert.equal(
      await ofLock(lock, `${bench.insideHost}/in-cluster`),
      await ofLock(local, `${bench.storage.host}/local`),
    );
    await assertNothingLeft('in-cluster');

    const before = (await bench.inside.requests()).length;
    const jobs = await names('jobs', 'batch/v1');
    const again = await copy('in-cluster');
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /nothing to copy/);
    const writes = (await bench.inside.requests())
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
    assert.ok((await new RawRepository(bench.storage.host, 'killed').tags()).has('v1'));
    await assertNothingLeft('killed');
  });

  test('a Job for Kueue begins suspended; one that is suspended pauses, and continues with one pod at a time', async () => {
    let suspended: Promise<unknown> | undefined;
    const { code, stderr, stdout } = await copy('paused', {
      flags: ['--bandwidth-limit', '2MB', '--concurrency', '1', '--job-label', 'kueue.x-k8s.io/queue-name=copies'],
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
      bench.cluster.client.request('PATCH', `${jobs}/${name}`, { spec }, 'application/merge-patch+json');
    // What Kueue does when it admits a Job, and when it takes its place away.
    const { spec } = await bench.cluster.client.get<KubeObject>(`${jobs}/${name}`);
    assert.equal(spec?.['suspend'], true);
    await change({ suspend: false });
    await podProcess('0');
    await change({ suspend: true });
    const isPaused = ({ status }: KubeObject) =>
      /"status":"True","type":"Suspended"|"type":"Suspended","status":"True"/.test(JSON.stringify(status));
    await bench.cluster.client.waitFor(jobs, `fieldSelector=metadata.name=${name}`, isPaused, 120);
    await change({ suspend: false, parallelism: 1 });
    // A pod that a pause has ended is no failure, however often somebody pauses.
    await podProcess('0');
    assert.equal(await failuresOf(name, '0'), '0');
  }

  /** How many failures Kubernetes has counted for the running pod with this index. */
  async function failuresOf(job: string, index: string): Promise<string | undefined> {
    return (await podOf(job, index)).metadata.annotations['batch.kubernetes.io/job-index-failure-count'];
  }

  type JobPodObject = KubeObject & { readonly metadata: { readonly annotations: Record<string, string> } };

  /** The pod with this index that has not ended. */
  async function podOf(job: string, index: string): Promise<JobPodObject> {
    const query = `labelSelector=batch.kubernetes.io/job-name=${job},batch.kubernetes.io/job-completion-index=${index}`;
    const isLive = ({ metadata, status }: KubeObject) =>
      metadata['deletionTimestamp'] === undefined && /Pending|Running/.test(String(status?.['phase']));
    return (await bench.cluster.client.waitFor(pathOf('v1', 'pods', NAMESPACE), query, isLive, 120)) as JobPodObject;
  }

  test('an eviction is no failure, and a kubelet that is killed costs nothing', async () => {
    let disturbed: Promise<unknown> | undefined;
    const { code, stderr, stdout } = await copy('disturbed', {
      flags: ['--bandwidth-limit', '900kB', '--concurrency', '1'],
      watch: (text) => {
        const [, name] = /created the Job copies\/(carvel-airgap-\w+)/.exec(text) ?? [];
        if (name !== undefined) disturbed ??= disturb(name);
      },
    });
    await disturbed;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /blobs copied in the cluster/);
    await assertSentOnce('disturbed');
    assert.equal(
      (await new RawRepository(bench.storage.host, 'disturbed').tags()).get('v1'),
      await new RawRepository(bench.vendor.host, 'apps').digest('v1'),
    );
  });

  async function disturb(job: string): Promise<void> {
    const { client, local } = bench.cluster;
    const node = local?.node ?? assert.fail();
    await podProcess('0');
    const { metadata } = await podOf(job, '0');
    const { name, namespace } = metadata;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    await client.request('POST', `${pathOf('v1', 'pods', NAMESPACE)}/${name}/eviction`, eviction);
    const isAnother = (pod: KubeObject) => pod.metadata.name !== name && pod.status?.['phase'] === 'Running';
    const query = `labelSelector=batch.kubernetes.io/job-name=${job},batch.kubernetes.io/job-completion-index=0`;
    await client.waitFor(pathOf('v1', 'pods', NAMESPACE), query, isAnother, 120);
    assert.equal(await failuresOf(job, '0'), '0');
    const killed = (await node.kubelet()) ?? assert.fail();
    process.kill(killed, 'SIGKILL');
    for (let now: number | undefined = killed; now === undefined || now === killed; now = await node.kubelet()) {
      await wait(50);
    }
  }

  test('the last pod may be killed while it waits, and while it writes manifests', async () => {
    const { vendor, vendorHost, inside } = bench;
    const images = new RawRepository(vendor.host, 'many');
    const references = [];
    for (let index = 0; index < 40; index++) {
      references.push(`${vendorHost}/many@${await images.pushImage(`n${index}`, [randomBytes(100)])}`);
    }
    const digest = await new RawRepository(vendor.host, 'many-apps').pushBundle('v1', references);
    let isKilled: Promise<unknown> | undefined;
    const args = ['copy', '-b', `${vendorHost}/many-apps:v1`, '--to-repo', `${bench.insideHost}/many`, '--pods', '1'];
    const { code, stderr } = await runInCluster(bench, [...args, '--concurrency', '1'], {
      watch: (text) => {
        if (text.includes('created the Job')) isKilled ??= killTwice();
      },
    });
    await isKilled;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /part 2 of 2: the pod .* was ended/);
    assert.equal((await new RawRepository(bench.storage.host, 'many').tags()).get('v1'), digest);
    await assertNothingLeft('many');

    async function killTwice(): Promise<void> {
      const first = await podProcess('1');
      process.kill(first, 'SIGKILL');
      let second = first;
      while (second === first) second = await podProcess('1');
      const isWriting = async () =>
        (await inside.requests()).some(
          ({ method, path }) => method === 'PUT' && path.startsWith('/v2/many/manifests/sha256'),
        );
      while (!(await isWriting())) await wait(10);
      // Nothing more is written until the pod has ended.
      process.kill(inside.pid, 'SIGSTOP');
      process.kill(second, 'SIGKILL');
      process.kill(inside.pid, 'SIGCONT');
    }
  });

  test('wrong credentials in the cluster end the Job at once, and the error says so', async () => {
    await makeSecret(bench, 'wrong', 'wrong');
    const { code, stderr } = await copy('refused', { flags: ['--job-secret', 'wrong'] });
    assert.equal(code, 1);
    assert.match(stderr, /The Job copies\/carvel-airgap-\w+ failed: .*(?:rejected|credentials)/s);
    const items = await allJobs(bench);
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
    const secret = await makeSecret(bench, 'right');
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
    assert.ok(!stdout.includes(USER.password) && !stdout.includes(secret));
    for (const document of documents) {
      const resource = document.kind === 'Job' ? 'jobs' : 'configmaps';
      await bench.cluster.client.apply(resource, document);
      const path = `${pathOf(document.apiVersion, resource, NAMESPACE)}/${document.metadata.name}`;
      context.after(() => bench.cluster.client.request('DELETE', `${path}?propagationPolicy=Background`));
    }
    const isOver = ({ status }: KubeObject) => /"type":"(?:Complete|Failed)"/.test(JSON.stringify(status));
    const selector = `labelSelector=${encodeURIComponent(label)}`;
    const job = await bench.cluster.client.waitFor(pathOf('batch/v1', 'jobs', NAMESPACE), selector, isOver, 200);
    assert.match(JSON.stringify(job.status), /"type":"Complete"/);
    assert.ok((await new RawRepository(bench.storage.host, 'printed').tags()).has('v1'));
  });

  test('a quota that admits no pods is named, and the Job outlives an interrupted run', async () => {
    const hard = { pods: '0' };
    const metadata = { name: 'none', namespace: NAMESPACE };
    await bench.cluster.client.apply('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata,
      spec: { hard },
    });
    const quota = `${pathOf('v1', 'resourcequotas', NAMESPACE)}/none`;
    const status = { status: { hard, used: { pods: '0' } } };
    await bench.cluster.client.request('PATCH', `${quota}/status`, status, 'application/merge-patch+json');
    let isInterrupted = false;
    const { code, stderr } = await copy('quota', {
      watch: (text, kill) => {
        // Once: another one ends the process before it has said anything.
        if (!isInterrupted && text.includes('exceeded quota')) kill('SIGINT');
        isInterrupted ||= text.includes('exceeded quota');
      },
    });
    await bench.cluster.client.request('DELETE', quota);
    assert.equal(code, 1);
    assert.match(stderr, /has no pods: .*exceeded quota: none/);
    assert.match(stderr, /The Job copies\/carvel-airgap-\w+ continues\. Run the same command again to follow it/);

    const again = await copy('quota');
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /following the Job/);
    await assertNothingLeft('quota');
  });

  test('a user who may not create Jobs is told so before anything is written', async () => {
    const kubeconfig = (await bench.cluster.local?.kubeconfigFor({ name: 'nobody', namespace: NAMESPACE })) ?? '';
    const [before, secrets] = [(await bench.inside.requests()).length, await ours('secrets')];
    const { code, stderr } = await copy('forbidden', {
      kubeconfig,
      flags: ['--in-cluster', 'nobody@airgap-test'],
    });
    assert.equal(code, 1);
    assert.match(stderr, /nobody/);
    assert.match(stderr, /jobs/);
    const written = (await bench.inside.requests())
      .slice(before)
      .filter(({ method }) => /^(?:PUT|PATCH)$/.test(method));
    assert.deepEqual(written, []);
    assert.deepEqual(await ours('secrets'), secrets);
  });
});
