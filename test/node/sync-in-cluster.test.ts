// `sync --in-cluster`: the pods of one Job on a real node bring several registries to the state of a file.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { parseAllDocuments, stringify } from 'yaml';

import { carvelAirgap } from '../support/cli.ts';
import type { CliOutcome } from '../support/cli.ts';
import { clusterReport } from '../support/cluster-report.ts';
import {
  allJobs,
  blobsSentInside,
  jobTags,
  makeSecret,
  NAMESPACE,
  runInCluster,
  startCopiesBench,
  USER,
} from '../support/copies-bench.ts';
import type { CopiesBench, InClusterOptions } from '../support/copies-bench.ts';
import { KubeError, type KubeObject, pathOf } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { whyNoNode } from '../support/setup/node.mjs';

const missing = whyNoNode();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('a sync in the cluster', { skip }, () => {
  let bench: CopiesBench;
  /** Another destination, without a password. */
  let site: Registry;
  let siteHost = '';
  const { before, test } = limitedTests({
    seconds: 300,
    report: (isLate) => clusterReport(isLate, bench?.cluster, undefined),
  });

  before(async () => {
    bench = await startCopiesBench('sync-in-cluster');
    site = await startRegistry({ accessLog: true });
    siteHost = await bench.open(site);
  });

  after(async () => {
    await bench?.stop();
    await site?.stop();
  });

  const source = (path: string) => new RawRepository(bench.vendor.host, path);
  const tagsOf = (path: string) => new RawRepository(bench.storage.host, path).tags();

  async function syncFile(name: string, entries: readonly object[]): Promise<string> {
    const file = join(bench.folder.path, `${name}.yml`);
    await writeFile(file, stringify({ apiVersion: 'carvel-airgap/v1', kind: 'Sync', entries }));
    return file;
  }

  function sync(file: string, flags: readonly string[] = [], options: InClusterOptions = {}): Promise<CliOutcome> {
    return runInCluster(bench, ['sync', file, '--lock', `${file}.lock.yml`, '--pods', '3', ...flags], options);
  }

  /** The layers that were sent to a registry, by how often. */
  function counted(digests: readonly string[], layers: ReadonlySet<string>): Record<string, number> {
    const counts = Object.fromEntries([...layers].map((digest) => [digest, 0]));
    for (const digest of digests) if (digest in counts) counts[digest] = (counts[digest] ?? 0) + 1;
    return counts;
  }

  async function sentToSite(): Promise<string[]> {
    return (await site.requests())
      .filter(({ method, status }) => method === 'PUT' && status === 201)
      .map(({ path }) => decodeURIComponent(/\/blobs\/uploads\/.*[?&]digest=([^&]+)/.exec(path)?.[1] ?? ''));
  }

  const once = (layers: ReadonlySet<string>) => Object.fromEntries([...layers].map((digest) => [digest, 1]));

  test('all entries are planned together: a blob is sent once to each registry, and digests are those of a local sync', async () => {
    const shared = randomBytes(700_000);
    const contents = { a: [shared, randomBytes(400_000)], b: [shared, randomBytes(300_000)] };
    const layers = new Set(Object.values(contents).flat().map(sha256));
    const references = await Promise.all(
      Object.entries(contents).map(
        async ([tag, content]) => `${bench.vendorHost}/parts@${await source('parts').pushImage(tag, content)}`,
      ),
    );
    const digests = [await source('one').pushBundle('v1', references), await source('two').pushImage('v7', contents.a)];
    const [first, second] = [`${bench.insideHost}/one`, `${bench.insideHost}/two`];
    const file = await syncFile('together', [
      { name: 'one', bundle: `${bench.vendorHost}/one:v1`, destinations: [first, `${siteHost}/one`] },
      { name: 'two', image: `${bench.vendorHost}/two:v7`, destinations: [second], toTag: 'stable' },
    ]);
    const { code, stdout, stderr } = await sync(file);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /created the Job copies\/carvel-airgap-\w+: \d+ blobs in 4 pods/);
    assert.match(stdout, /one: synced: .*, 3 of 3 images copied, 1\.[45] MB/);
    assert.match(stdout, /3 synced/);
    assert.equal((await tagsOf('one')).get('v1'), digests[0]);
    assert.equal((await tagsOf('two')).get('stable'), digests[1]);
    assert.equal((await new RawRepository(site.host, 'one').tags()).get('v1'), digests[0]);
    const sent = [...(await blobsSentInside(bench, 'one')), ...(await blobsSentInside(bench, 'two'))];
    assert.deepEqual(counted(sent, layers), once(layers));
    assert.deepEqual(counted(await sentToSite(), layers), once(layers));
    assert.deepEqual([...(await jobTags(bench, 'one')), ...(await jobTags(bench, 'two'))], []);

    // The lock is that of a sync by this machine, but for the names of the registries.
    const local = await syncFile('local', [
      {
        name: 'one',
        bundle: `${bench.vendor.host}/one:v1`,
        destinations: [`${bench.storage.host}/local-one`, `${site.host}/local-one`],
      },
      {
        name: 'two',
        image: `${bench.vendor.host}/two:v7`,
        destinations: [`${bench.storage.host}/local-two`],
        toTag: 'stable',
      },
    ]);
    const byMachine = await carvelAirgap(['sync', local, '--lock', `${local}.lock.yml`, '--registry-insecure']);
    assert.equal(byMachine.code, 0, byMachine.stdout + byMachine.stderr);
    const lockOf = async (path: string) =>
      (await readFile(`${path}.lock.yml`, 'utf8'))
        .replaceAll('local-', '')
        .replaceAll(/(?:\d+\.){3}\d+:\d+/g, 'REGISTRY')
        .replaceAll(/request: \S+/g, 'request');
    const sorted = (text: string) => text.split('\n').sort();
    assert.deepEqual(sorted(await lockOf(file)), sorted(await lockOf(local)));

    const jobs = (await allJobs(bench)).length;
    const again = await sync(file);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /3 up to date/);
    assert.equal((await allJobs(bench)).length, jobs);
  });

  test('an entry whose content is missing at the source fails with its error, and the others are synced', async () => {
    const [good, bad] = [randomBytes(200_000), randomBytes(250_000)];
    const layer = sha256(bad);
    await source('good').pushImage('v1', [good]);
    await source('bad').pushImage('v1', [bad, randomBytes(90_000)]);
    const file = await syncFile('failing', [
      { name: 'bad', image: `${bench.vendorHost}/bad:v1`, destinations: [`${bench.insideHost}/bad`] },
      { name: 'good', image: `${bench.vendorHost}/good:v1`, destinations: [`${bench.insideHost}/good`] },
    ]);
    // Planning reads manifests only.
    await forget('bad', layer);
    const { code, stdout, stderr } = await sync(file, ['--report', `${file}.json`]);
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout, /bad: failed: /);
    assert.match(stdout, /good: synced: /);
    assert.ok((await tagsOf('good')).has('v1'));
    assert.equal((await tagsOf('bad')).has('v1'), false);
    const report = await readFile(`${file}.json`, 'utf8');
    assert.ok(report.includes(layer), report);
    assert.deepEqual(await jobTags(bench, 'bad'), []);
    const lock = await readFile(`${file}.lock.yml`, 'utf8');
    assert.match(lock, /- name: good/);
    assert.doesNotMatch(lock, /- name: bad/);
  });

  /** Makes the source lose a blob of a repository. */
  async function forget(path: string, digest: string): Promise<void> {
    const link = `docker/registry/v2/repositories/${path}/_layers/sha256/${digest.slice('sha256:'.length)}`;
    await rm(join(bench.vendor.root, link), { recursive: true });
  }

  test('a driver that is killed is followed by the next one, and no blob is sent again', async () => {
    const content = [randomBytes(1_500_000), randomBytes(1_400_000)];
    const layers = new Set(content.map(sha256));
    await source('killed').pushImage('v1', content);
    const file = await syncFile('killed', [
      { name: 'killed', image: `${bench.vendorHost}/killed:v1`, destinations: [`${bench.insideHost}/killed`] },
    ]);
    const slow = ['--bandwidth-limit', '600kB', '--concurrency', '1'];
    let kill: ((signal: NodeJS.Signals) => void) | undefined;
    const first = await sync(file, slow, {
      started: (send) => (kill = send),
      watch: (text) => {
        if (text.includes('created the Job')) kill?.('SIGKILL');
      },
    });
    assert.equal(first.code, null, 'the driver was not killed');
    const { code, stdout, stderr } = await sync(file, slow);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /following the Job copies\/carvel-airgap-/);
    assert.match(stdout, /killed: synced: /);
    assert.deepEqual(counted(await blobsSentInside(bench, 'killed'), layers), once(layers));
    assert.match(await readFile(`${file}.lock.yml`, 'utf8'), /- name: killed/);
  });

  /** Creates a Job as `kubectl create job --from=cronjob/NAME` does, and waits until it has succeeded. */
  async function runNow(cronJob: string, name: string): Promise<KubeObject> {
    const { client } = bench.cluster;
    const jobs = pathOf('batch/v1', 'jobs', NAMESPACE);
    const { metadata, spec } = await client.get<KubeObject>(`${pathOf('batch/v1', 'cronjobs', NAMESPACE)}/${cronJob}`);
    const template = spec?.['jobTemplate'] as { metadata: { labels: object }; spec: object };
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob, uid: metadata['uid'], controller: true };
    await client.request('POST', jobs, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        labels: template.metadata.labels,
        annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
        ownerReferences: [owner],
      },
      spec: template.spec,
    });
    return finished(`fieldSelector=metadata.name=${name}`);
  }

  async function finished(query: string): Promise<KubeObject> {
    const isOver = ({ status }: KubeObject) => /"type":"(?:Complete|Failed)"/.test(JSON.stringify(status));
    const job = await bench.cluster.client.waitFor(pathOf('batch/v1', 'jobs', NAMESPACE), query, isOver, 200);
    assert.match(JSON.stringify(job.status), /"type":"Complete"/, JSON.stringify(job.status));
    return job;
  }

  test('a CronJob from a repository of manifests brings in one version after the other, and prunes nothing', async () => {
    const { client } = bench.cluster;
    const base = randomBytes(900_000);
    const contents = [base];
    /** Publishes the next version, and returns the digest of its layer. */
    const publish = async (version: string): Promise<string> => {
      const own = randomBytes(300_000);
      contents.push(own);
      const image = await source('nightly-images').pushImage(version, [base, own]);
      await source('nightly').pushBundle(version, [`${bench.vendorHost}/nightly-images@${image}`]);
      return sha256(own);
    };
    const expected = async (versions: readonly string[]): Promise<void> => {
      const tags = await tagsOf('nightly');
      assert.deepEqual(
        [...tags.keys()].filter((tag) => tag.startsWith('v')),
        versions,
      );
      for (const version of versions) assert.equal(tags.get(version), await source('nightly').digest(version));
      const layers = new Set(contents.map(sha256));
      assert.deepEqual(counted(await blobsSentInside(bench, 'nightly'), layers), once(layers));
    };
    await publish('v1.0.0');
    await makeSecret(bench, 'registries');
    const destination = `${bench.insideHost}/nightly`;
    const tagSelection = { semver: { constraints: '>=1.0.0' } };
    const file = await syncFile('nightly', [
      { name: 'nightly', bundle: `${bench.vendorHost}/nightly`, tagSelection, destinations: [destination] },
    ]);
    const flags = ['--schedule', '* * * * *', '--yaml', '--job-secret', 'registries', '--job-label', 'run=nightly'];
    const printed = await runInCluster(bench, ['sync', file, ...flags]);
    assert.equal(printed.code, 0, printed.stderr);
    assert.ok(!printed.stdout.includes(USER.password));
    const documents = parseAllDocuments(printed.stdout).map((document) => document.toJS() as KubeObject);
    assert.deepEqual(
      documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ['ConfigMap carvel-airgap-nightly-file', 'ConfigMap carvel-airgap-nightly-ca', 'CronJob carvel-airgap-nightly'],
    );
    const resources: Record<string, string> = { ConfigMap: 'configmaps', CronJob: 'cronjobs' };
    for (const document of documents) await client.apply(resources[document.kind] ?? '', document);
    // The first run is the controller's own, which begins within a minute.
    await finished('labelSelector=run=nightly');
    await expected(['v1.0.0']);
    const cronJobs = pathOf('batch/v1', 'cronjobs', NAMESPACE);
    const suspend = { spec: { suspend: true } };
    const merge = 'application/merge-patch+json';
    await client.request('PATCH', `${cronJobs}/carvel-airgap-nightly`, suspend, merge);
    const isIdle = ({ status }: KubeObject) => status?.['active'] === undefined;
    await client.waitFor(cronJobs, 'fieldSelector=metadata.name=carvel-airgap-nightly', isIdle, 120);

    await publish('v1.1.0');
    await runNow('carvel-airgap-nightly', 'second');
    await expected(['v1.0.0', 'v1.1.0']);
    await publish('v1.2.0');
    await runNow('carvel-airgap-nightly', 'third');
    await expected(['v1.0.0', 'v1.1.0', 'v1.2.0']);

    // A run without news costs little: the tags of the source, the lock, and one tag of the destination.
    const before = [(await bench.inside.requests()).length, (await bench.vendor.requests()).length] as const;
    await runNow('carvel-airgap-nightly', 'fourth');
    const requests = (await bench.inside.requests()).slice(before[0]).filter(({ status }) => status !== 401);
    assert.deepEqual(
      requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
      [],
    );
    assert.ok(requests.length <= 8, requests.map(({ method, path }) => `${method} ${path}`).join('\n'));

    // What it has brought is in the lock at the destination, with which a person lists what could be pruned.
    const lock = `oci://${destination}:carvel-airgap-nightly.imgpkg`;
    const trust = ['--registry-ca-cert-path', bench.inside.caFile ?? '', '--registry-insecure'];
    const own = { IMGPKG_REGISTRY_HOSTNAME: bench.insideHost, IMGPKG_REGISTRY_USERNAME: USER.name };
    const env = { ...own, IMGPKG_REGISTRY_PASSWORD: USER.password };
    const list = await carvelAirgap(['sync', file, '--prune', '--plan', '--lock', lock, ...trust], { env });
    assert.equal(list.code, 1, list.stdout + list.stderr);
    assert.match(list.stdout, /delete bundle sha256:\w+ \(.*\bv1\.0\.0\)/);
    assert.match(list.stdout, /delete bundle sha256:\w+ \(.*\bv1\.1\.0\)/);
    assert.doesNotMatch(list.stdout, /delete .*(?:v1\.2\.0|carvel-airgap-nightly)/);
    await expected(['v1.0.0', 'v1.1.0', 'v1.2.0']);
  });

  test('a CronJob that is applied has the credentials of the command, which are deleted with it', async () => {
    const { client } = bench.cluster;
    await source('applied').pushImage('v1', [randomBytes(1000)]);
    const file = await syncFile('carvel-airgap', [
      { name: 'applied', image: `${bench.vendorHost}/applied:v1`, destinations: [`${bench.insideHost}/applied`] },
    ]);
    const lock = `oci://${bench.insideHost}/state:applied`;
    const apply = ['sync', file, '--schedule', '0 2 * * *', '--time-zone', 'Etc/UTC', '--lock', lock];
    for (const attempt of ['first', 'again']) {
      const { code, stdout, stderr } = await runInCluster(bench, apply);
      assert.equal(code, 0, `${attempt}: ${stderr}`);
      assert.match(stdout, /Applied the CronJob copies\/carvel-airgap, which keeps its lock at oci:/);
    }
    const { spec } = await runNow('carvel-airgap', 'applied-now');
    assert.ok((await tagsOf('applied')).has('v1'));
    assert.deepEqual([...(await tagsOf('state')).keys()], ['applied']);
    assert.equal(JSON.stringify(spec).includes('"automountServiceAccountToken":false'), true);
    await client.request('DELETE', `${pathOf('batch/v1', 'cronjobs', NAMESPACE)}/carvel-airgap`);
    for (const [resource, name] of [
      ['secrets', 'carvel-airgap'],
      ['configmaps', 'carvel-airgap-file'],
      ['configmaps', 'carvel-airgap-ca'],
    ] as const) {
      await gone(resource, name);
    }
  });

  /** Waits until an object does not exist. */
  async function gone(resource: string, name: string): Promise<void> {
    const path = `${pathOf('v1', resource, NAMESPACE)}/${name}`;
    for (;;) {
      const found = await bench.cluster.client.get(path).catch((error: unknown) => error);
      if (found instanceof KubeError && found.status === 404) return;
      await wait(100);
    }
  }

  test('the password of a destination is only in the Secret, which is deleted', async () => {
    const { client } = bench.cluster;
    const secrets = await client.get<{ items: KubeObject[] }>('/api/v1/namespaces/copies/secrets');
    assert.deepEqual(
      secrets.items.map(({ metadata }) => metadata.name).filter((name) => name !== 'registries'),
      [],
    );
    assert.ok(!JSON.stringify(await allJobs(bench)).includes(USER.password));
  });
});
