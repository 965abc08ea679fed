// `sync --in-cluster`: the pods of one Job on a real node bring several registries to the state of a file.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { stringify } from 'yaml';

import { carvelAirgap } from '../support/cli.ts';
import type { CliOutcome } from '../support/cli.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { allJobs, blobsSentInside, jobTags, runInCluster, startCopiesBench, USER } from '../support/copies-bench.ts';
import type { CopiesBench, InClusterOptions } from '../support/copies-bench.ts';
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

  test('the password of a destination is only in the Secret, which is deleted', async () => {
    const { client } = bench.cluster;
    const secrets = await client.get<{ items: object[] }>('/api/v1/namespaces/copies/secrets');
    assert.deepEqual(secrets.items, []);
    assert.ok(!JSON.stringify(await allJobs(bench)).includes(USER.password));
  });
});
