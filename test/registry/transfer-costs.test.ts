// What a relocation transfers: every blob and manifest once in each direction, and nothing that the other side already has. What
// a run costs besides does not grow with the number of images.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test, type TestContext } from 'node:test';

import type { RelocationDestinationSpec, RelocationSourceSpec } from '../../src/relocation/request/request.ts';
import type { RelocationReport } from '../../src/relocation/report/report.ts';
import { inProcess } from '../support/engines.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const IMAGES = 20;
const LAYERS = 3;
const LAYER_SIZE = 20_000;
/** Of the images and the bundle. */
const [BLOBS, MANIFESTS] = [IMAGES * (LAYERS + 1) + 2, IMAGES + 1];
/** Blobs and manifests of the image with the bundle’s locations, which has two tags. */
const LOCATIONS = { blobs: 2, tags: 2 };
/** Requests about the registry and about tags, referrers and locations, at each side: so many, however many images there are. */
const FIXED = 8;
/** Of all content, what manifests, configs and the request itself add at most. */
const OVERHEAD = 1.05;

interface Traffic {
  /** Requests by what they are about: `GET blobs`, `POST uploads`, `PUT manifests` and the like. */
  readonly counts: Readonly<Record<string, number>>;
  /** Paths of manifests and blobs that were read, once for each time. */
  readonly read: readonly string[];
  /** Bytes of bodies to and from the registry. */
  readonly sent: number;
  readonly received: number;
}

function trafficOf({ passed }: FaultProxy): Traffic {
  const counts: Record<string, number> = {};
  for (const { method, path } of passed) {
    const kind = /\/(manifests|blobs\/uploads|blobs|tags|referrers)\//.exec(path)?.[1]?.replace('blobs/', '');
    const key = `${method} ${kind ?? 'ping'}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  const total = (of: (each: (typeof passed)[number]) => number) => passed.reduce((sum, each) => sum + of(each), 0);
  const read = passed
    .filter(({ method, path, status }) => method === 'GET' && /\/(manifests|blobs)\//.test(path) && status === 200)
    .map(({ path }) => path);
  return { counts, read, sent: total(({ sent }) => sent), received: total(({ received }) => received) };
}

/** Everything that is not about content: `GET ping`, `HEAD manifests` and the like. */
function besides({ counts }: Traffic, ...content: readonly string[]): number {
  return Object.entries(counts).reduce((sum, [kind, count]) => (content.includes(kind) ? sum : sum + count), 0);
}

describe('a relocation transfers', () => {
  let vendor: Registry;
  let inside: Registry;
  let source: FaultProxy;
  let destination: FaultProxy;
  let folder: TemporaryFolder;
  let apps: RawRepository;
  const images: string[] = [];
  const engine = inProcess();
  const { signal } = new AbortController();
  const file = (name: string) => join(folder.path, name);
  const bundle = (tag: string): RelocationSourceSpec => ({ kind: 'bundle', reference: `${source.host}/apps:${tag}` });
  const to = (path: string, { host } = destination): RelocationDestinationSpec => ({
    kind: 'repository',
    repository: `${host}/${path}`,
  });

  const pushImage = (tag: string) =>
    apps.pushImage(
      tag,
      Array.from({ length: LAYERS }, () => randomBytes(LAYER_SIZE)),
    );
  const pushBundle = (tag: string, digests: readonly string[]) =>
    apps.pushBundle(
      tag,
      digests.map((digest) => `${source.host}/apps@${digest}`),
    );

  async function relocate(from: RelocationSourceSpec, where: RelocationDestinationSpec): Promise<RelocationReport> {
    const planned = await engine.plan({ source: from, destination: where, options: {} }, { signal, depth: 'run' });
    const report = await planned.run({ signal });
    return report;
  }

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    source = await startFaultProxy(vendor);
    destination = await startFaultProxy(inside);
    folder = await makeTemporaryFolder('transfer-costs');
    apps = new RawRepository(vendor.host, 'apps');
    for (let index = 0; index < IMAGES; index++) images.push(await pushImage(`image-${index}`));
    await pushBundle('v1', images);
  });
  after(async () => {
    await source?.stop();
    await destination?.stop();
    await vendor?.stop();
    await inside?.stop();
    await folder?.remove();
  });
  beforeEach(() => {
    source.arm([]);
    destination.arm([]);
  });

  /** A registry without anything that could be mounted. */
  async function startEmpty(context: TestContext): Promise<FaultProxy> {
    const registry = await startRegistry();
    context.after(() => registry.stop());
    const proxy = await startFaultProxy(registry);
    context.after(() => proxy.stop());
    return proxy;
  }

  const CONTENT = IMAGES * LAYERS * LAYER_SIZE;

  /** Each path was read once, and so much of it. */
  function assertRead(traffic: Traffic, blobs: number, manifests: number): void {
    assert.equal(traffic.read.length, new Set(traffic.read).size, 'nothing is read twice');
    assert.equal(traffic.counts['GET blobs'] ?? 0, blobs);
    assert.equal(traffic.counts['GET manifests'] ?? 0, manifests);
  }

  /** One POST and one PUT for each blob, and one PUT for each manifest and further tag. */
  function assertWritten(traffic: Traffic, blobs: number, manifests: number): void {
    const { counts } = traffic;
    assert.deepEqual(
      [counts['POST uploads'], counts['PUT uploads'] ?? 0, counts['PATCH uploads'] ?? 0],
      [blobs, blobs, 0],
    );
    assert.equal(counts['PUT manifests'], manifests);
  }

  function assertAbout(bytes: number, expected: number): void {
    assert.ok(bytes >= expected && bytes <= expected * OVERHEAD + 20_000, `${bytes} bytes instead of ${expected}`);
  }

  test('a new bundle once in each direction', async () => {
    await relocate(bundle('v1'), to('new'));
    const [from, into] = [trafficOf(source), trafficOf(destination)];
    assertRead(from, BLOBS, MANIFESTS);
    assertAbout(from.received, CONTENT);
    assertWritten(into, BLOBS + LOCATIONS.blobs, MANIFESTS + 1 + LOCATIONS.tags);
    assertAbout(into.sent, CONTENT);
    assert.ok(besides(from, 'GET blobs', 'GET manifests') <= FIXED, JSON.stringify(from.counts));
    assert.ok(besides(into, 'POST uploads', 'PUT uploads', 'PUT manifests') <= FIXED, JSON.stringify(into.counts));
  });

  test('of an unchanged bundle nothing, and asks once about each image, at the destination only', async () => {
    const report = await relocate(bundle('v1'), to('new'));
    assert.equal(report.images.present, MANIFESTS);
    const [from, into] = [trafficOf(source), trafficOf(destination)];
    // The bundle with its config and layer.
    assertRead(from, 2, 1);
    assert.ok(besides(from, 'GET blobs', 'GET manifests') <= FIXED, JSON.stringify(from.counts));
    assert.ok(besides(into) <= IMAGES + FIXED, JSON.stringify(into.counts));
    assert.equal(into.sent, 0);
  });

  test('of a bundle with 5 % new images 5 % of the bytes, and asks once about each unchanged one', async () => {
    await pushBundle('v2', [...images.slice(1), await pushImage('changed')]);
    const report = await relocate(bundle('v2'), to('new'));
    assert.deepEqual(report.images, { total: MANIFESTS, copied: 2, present: IMAGES - 1 });
    const [from, into] = [trafficOf(source), trafficOf(destination)];
    const blobs = LAYERS + 1 + 2;
    assertRead(from, blobs, 2);
    assertAbout(from.received, CONTENT / IMAGES);
    assertAbout(into.sent, CONTENT / IMAGES);
    assertWritten(into, blobs + LOCATIONS.blobs, 2 + 1 + LOCATIONS.tags);
    const asked = besides(into, 'POST uploads', 'PUT uploads', 'PUT manifests');
    assert.ok(asked <= IMAGES + FIXED, JSON.stringify(into.counts));
  });

  test('no byte of a blob that another repository of the registry has: it is mounted', async () => {
    const report = await relocate({ kind: 'bundle', reference: `${destination.host}/new:v1` }, to('mounted'));
    assert.deepEqual(report.blobs, { copied: 0, mounted: BLOBS, present: 0, skipped: 0 });
    const traffic = trafficOf(destination);
    const { counts, read, sent, received } = traffic;
    assert.equal(counts['POST uploads'], BLOBS + LOCATIONS.blobs);
    // Only those of the locations image are sent.
    assert.equal(counts['PUT uploads'], LOCATIONS.blobs);
    assert.equal(read.length, new Set(read).size, 'nothing is read twice');
    const other = besides(traffic, 'GET blobs', 'GET manifests', 'POST uploads', 'PUT uploads', 'PUT manifests');
    assert.ok(other <= 2 * FIXED, JSON.stringify(counts));
    assert.ok(sent < CONTENT / IMAGES && received < CONTENT / IMAGES, `${sent} bytes sent, ${received} received`);
  });

  test('a lock of images once, and then asks once about each', async (context) => {
    const empty = await startEmpty(context);
    const path = file('images.yml');
    const lines = images.map((digest) => `- image: ${source.host}/apps@${digest}`);
    await writeFile(
      path,
      ['apiVersion: imgpkg.carvel.dev/v1alpha1', 'kind: ImagesLock', 'images:', ...lines, ''].join('\n'),
    );
    await relocate({ kind: 'lock', path }, to('locked', empty));
    const [from, into] = [trafficOf(source), trafficOf(empty)];
    assertRead(from, BLOBS - 2, IMAGES);
    assertWritten(into, BLOBS - 2, IMAGES);
    assert.ok(besides(from, 'GET blobs', 'GET manifests') <= FIXED, JSON.stringify(from.counts));
    assert.ok(besides(into, 'POST uploads', 'PUT uploads', 'PUT manifests') <= FIXED, JSON.stringify(into.counts));
    source.arm([]);
    empty.arm([]);
    await relocate({ kind: 'lock', path }, to('locked', empty));
    assert.ok(besides(trafficOf(source)) <= IMAGES + FIXED, JSON.stringify(trafficOf(source).counts));
    assert.ok(besides(trafficOf(empty)) <= IMAGES + FIXED, JSON.stringify(trafficOf(empty).counts));
    assert.equal(trafficOf(empty).sent, 0);
  });

  test('an export once, and an import once', async (context) => {
    const empty = await startEmpty(context);
    const path = file('bundle.tar');
    await relocate(bundle('v1'), { kind: 'archive', path });
    const from = trafficOf(source);
    assertRead(from, BLOBS, MANIFESTS);
    assertAbout(from.received, CONTENT);
    assert.ok(besides(from, 'GET blobs', 'GET manifests') <= FIXED, JSON.stringify(from.counts));
    await relocate({ kind: 'archive', path }, to('imported', empty));
    const into = trafficOf(empty);
    assertWritten(into, BLOBS + LOCATIONS.blobs, MANIFESTS + 1 + LOCATIONS.tags);
    assertAbout(into.sent, CONTENT);
    assert.ok(besides(into, 'POST uploads', 'PUT uploads', 'PUT manifests') <= FIXED, JSON.stringify(into.counts));
  });

  test('each byte of an export and of an import by one write', async () => {
    const size = 8_000_000;
    const large = new RawRepository(vendor.host, 'large');
    await large.pushImage('v1', [
      randomBytes(size),
      randomBytes(size),
      ...Array.from({ length: 50 }, () => randomBytes(4096)),
    ]);
    const path = file('large.tar');
    const image = { kind: 'image', reference: `${large.name}:v1` } as const;
    // The registries are other processes, so this one writes only the tar and requests.
    const written = await bytesWritten(() => relocate(image, { kind: 'archive', path }));
    const tar = (await stat(path)).size;
    assert.ok(tar > 2 * size && written >= tar && written < tar * OVERHEAD, `${written} bytes written for ${tar}`);
    const repository = `${inside.host}/large`;
    const sent = await bytesWritten(() => relocate({ kind: 'archive', path }, { kind: 'repository', repository }));
    assert.ok(sent >= 2 * size && sent < tar * OVERHEAD, `${sent} bytes written for ${tar}`);
  });
});

/** Bytes of all writes of this process, to files and connections, while something runs (Linux, proc_pid_io). */
async function bytesWritten(action: () => Promise<unknown>): Promise<number> {
  const written = async () => Number(/^wchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
  const before = await written();
  await action();
  return (await written()) - before;
}
