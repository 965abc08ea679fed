// `npm run bench:in-cluster`: copies of bundles with many images in the pods of a Job on a real node, and by this machine:
// time, requests, the plan's size and the most memory that a pod needs. `--images N`, `--pods N` and `--local` may be repeated.
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { carvelAirgap } from '../test/support/cli.ts';
import { runInCluster, startCopiesBench, USER } from '../test/support/copies-bench.ts';
import type { CopiesBench } from '../test/support/copies-bench.ts';
import { RawRepository } from '../test/support/raw-registry.ts';
import type { LoggedRequest } from '../test/support/access-log.ts';

const { values } = parseArgs({
  options: {
    images: { type: 'string', multiple: true, default: ['1000', '4000'] },
    pods: { type: 'string', multiple: true, default: ['3'] },
    local: { type: 'boolean', default: false },
  },
});
/** Layers that images share, and the bytes of each; an image also has a layer of its own. */
const [BASES, BASE_BYTES, OWN_BYTES] = [40, 200_000, 2000];
const PARALLEL = 16;
const KIB = 1024;

const bench = await startCopiesBench('bench-in-cluster');
try {
  console.log(
    '| images | pods | seconds | requests, source | requests, destination | plan, KiB | most memory of a pod, MiB |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const images of values.images.map(Number)) {
    const bundle = await push(bench, images);
    for (const pods of values.pods.map(Number)) await measure(bench, bundle, images, pods);
    if (values.local) await measureLocal(bench, bundle, images);
  }
} finally {
  await bench.stop();
}

async function push({ vendor, vendorHost }: CopiesBench, images: number): Promise<string> {
  const path = `images-${images}`;
  const repository = new RawRepository(vendor.host, path);
  const bases = Array.from({ length: BASES }, () => randomBytes(BASE_BYTES));
  const references: string[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let index = next++; index < images; index = next++) {
        const base = bases[index % BASES] ?? Buffer.alloc(0);
        references.push(
          `${vendorHost}/${path}@${await repository.pushImage(`n${index}`, [base, randomBytes(OWN_BYTES)])}`,
        );
      }
    }),
  );
  await new RawRepository(vendor.host, `apps-${images}`).pushBundle('v1', references);
  return `${vendorHost}/apps-${images}:v1`;
}

async function measure(cluster: CopiesBench, bundle: string, images: number, pods: number): Promise<void> {
  const path = `in-cluster-${images}-${pods}`;
  const before = await counts(cluster);
  const began = performance.now();
  const memory = watchPods();
  const args = ['copy', '-b', bundle, '--to-repo', `${cluster.insideHost}/${path}`, '--pods', String(pods)];
  const { code, stderr } = await runInCluster(cluster, args);
  const seconds = (performance.now() - began) / 1000;
  const most = await memory();
  if (code !== 0) throw new Error(stderr);
  const [source, destination] = difference(before, await counts(cluster));
  const plan = await planBytes(cluster, path);
  report([images, pods, seconds.toFixed(0), source, destination, (plan / KIB).toFixed(0), (most / KIB).toFixed(0)]);
}

async function measureLocal(cluster: CopiesBench, bundle: string, images: number): Promise<void> {
  const before = await counts(cluster);
  const began = performance.now();
  const { insideHost, inside } = cluster;
  const env = {
    IMGPKG_REGISTRY_HOSTNAME: insideHost,
    IMGPKG_REGISTRY_USERNAME: USER.name,
    IMGPKG_REGISTRY_PASSWORD: USER.password,
  };
  const to = ['--to-repo', `${insideHost}/local-${images}`, '--registry-insecure', '--registry-ca-cert-path'];
  const { code, stderr } = await carvelAirgap(['copy', '-b', bundle, ...to, inside.caFile ?? ''], { env });
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(stderr);
  const [source, destination] = difference(before, await counts(cluster));
  report([images, 'this machine', seconds.toFixed(0), source, destination, '–', '–']);
}

function report(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

async function counts({ vendor, inside }: CopiesBench): Promise<readonly [number, number]> {
  return [(await vendor.requests()).length, (await inside.requests()).length];
}

function difference(before: readonly [number, number], after: readonly [number, number]): readonly [number, number] {
  return [after[0] - before[0], after[1] - before[1]];
}

/** The bytes of the plan of the Job that filled a repository: the only blob that pods read there. */
async function planBytes({ inside }: CopiesBench, path: string): Promise<number> {
  const isPlan = ({ method, path: own, status }: LoggedRequest) =>
    method === 'GET' && status === 200 && own.startsWith(`/v2/${path}/blobs/`);
  const found = (await inside.requests()).find(isPlan);
  return found?.bytes ?? 0;
}

/** Watches the processes of pods. @returns ends it, and resolves to the most resident memory of one, in KiB */
function watchPods(): () => Promise<number> {
  let most = 0;
  const end = new AbortController();
  const watching = (async () => {
    while (!end.signal.aborted) {
      for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        const read = (name: string) => readFile(`/proc/${id}/${name}`, 'latin1').catch(() => '');
        if (!(await read('cmdline')).includes('\0job-pod\0')) continue;
        const [, peak = '0'] = /VmHWM:\s+(\d+)/.exec(await read('status')) ?? [];
        most = Math.max(most, Number(peak));
      }
      await wait(200);
    }
  })();
  return async () => {
    end.abort();
    await watching;
    return most;
  };
}
