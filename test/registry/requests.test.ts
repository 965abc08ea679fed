// How many requests a relocation sends, and which: on a distant registry each of them costs time, and none may be sent twice.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { AT_ONCE_FAR, AT_ONCE_NEAR } from '../../src/oci/round-trips.ts';
import type { RelocationSourceSpec } from '../../src/relocation/request/request.ts';
import type { LoggedRequest } from '../support/access-log.ts';
import { inProcess, relocate } from '../support/engines.ts';
import { startHoldingProxy } from '../support/http-server.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const IMAGES = 20;
const LAYERS = 3;
/** Of the images and the bundle. */
const BLOBS = IMAGES * (LAYERS + 1) + 2;

type Counts = Readonly<Record<string, number>>;

/** Requests by method, what they are about, and status. */
function count(requests: readonly LoggedRequest[]): Counts {
  const counts: Record<string, number> = {};
  for (const { method, path, status } of requests) {
    const kind = /^\/v2\/$/.test(path)
      ? 'ping'
      : (/\/(manifests|blobs\/uploads|blobs|tags|referrers)\//.exec(path)?.[1] ?? path);
    const key = `${method} ${kind} ${status}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe('requests of a relocation', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let apps: RawRepository;
  const images: string[] = [];
  const engine = inProcess();

  before(async () => {
    vendor = await startRegistry({ accessLog: true });
    inside = await startRegistry({ accessLog: true });
    folder = await makeTemporaryFolder('requests');
    apps = new RawRepository(vendor.host, 'apps');
    for (let index = 0; index < IMAGES; index++) images.push(await pushImage(`image-${index}`));
    await pushBundle('v1', images);
  });
  after(async () => {
    await vendor?.stop();
    await inside?.stop();
    await folder?.remove();
  });

  const pushImage = (tag: string, layers = LAYERS) =>
    apps.pushImage(
      tag,
      Array.from({ length: layers }, () => randomBytes(100)),
    );
  const pushBundle = (tag: string, digests: readonly string[]) =>
    apps.pushBundle(
      tag,
      digests.map((digest) => `${apps.name}@${digest}`),
    );
  const bundle = (tag: string): RelocationSourceSpec => ({ kind: 'bundle', reference: `${apps.name}:${tag}` });

  /** Relocates, and compares the requests at both registries. */
  async function expectRequests(
    source: RelocationSourceSpec,
    target: string,
    expected: { readonly source: Counts; readonly destination: Counts },
  ) {
    const [from, to] = await Promise.all([vendor.requests(), inside.requests()]);
    const report = await relocate(engine, source, `${inside.host}/${target}`);
    const atSource = (await vendor.requests()).slice(from.length);
    const atDestination = (await inside.requests()).slice(to.length);
    const listing = [...atSource, ...atDestination].map(({ method, path, status }) => `${method} ${path} ${status}`);
    assert.deepEqual(
      { source: count(atSource), destination: count(atDestination) },
      expected,
      `\n${listing.sort().join('\n')}\n`,
    );
    const reads = atSource.filter(({ method }) => method === 'GET').map(({ path }) => path);
    assert.equal(reads.length, new Set(reads).size, 'nothing is read twice');
    return report;
  }

  test('a new bundle: one GET for each manifest and blob, one POST and one PUT for each blob, one PUT for each manifest', async () => {
    await expectRequests(bundle('v1'), 'new', {
      source: {
        'GET ping 200': 1,
        'GET manifests 200': 1 + IMAGES,
        'GET blobs 200': BLOBS,
        'GET tags 200': 1,
        'GET referrers 404': 1,
        // Whether the tag has moved.
        'HEAD manifests 200': 1,
      },
      destination: {
        'GET ping 200': 1,
        // The repository does not exist, so no image is asked for.
        'GET tags 404': 1,
        // The locations image.
        'HEAD manifests 404': 1,
        'POST blobs/uploads 202': BLOBS + 2,
        'PUT blobs/uploads 201': BLOBS + 2,
        // The locations image has two tags, the bundle too.
        'PUT manifests 201': IMAGES + 2 + 2,
      },
    });
  });

  test('an unchanged bundle: one request for each image, at the destination only', async () => {
    const report = await expectRequests(bundle('v1'), 'new', {
      source: {
        'GET ping 200': 1,
        'GET manifests 200': 1,
        'GET blobs 200': 2,
        'GET tags 200': 1,
        'GET referrers 404': 1,
      },
      destination: {
        'GET ping 200': 1,
        'GET tags 200': 1,
        'GET manifests 200': IMAGES,
        // The bundle under both its tags, and the locations image.
        'HEAD manifests 200': 3,
      },
    });
    assert.deepEqual(report.images, { total: IMAGES + 1, copied: 0, present: IMAGES + 1 });
    assert.equal(report.blobs.present + report.blobs.copied, 0);
  });

  test('an unchanged bundle: what does not depend on another response is not asked after it', async () => {
    await relocate(engine, bundle('v1'), `${inside.host}/again`);
    const asked = new Set<string>();
    const waiting = new Set<() => void>();
    const manifest = await apps.manifest('v1');
    const root = await apps.digest('v1');
    const parts = [manifest.json['config'], ...(manifest.json['layers'] as unknown[])] as { digest: string }[];
    const [config = '', layer = ''] = parts.map(({ digest }) => digest);
    const tag = (name: string) => `${name.replace(':', '-')}.imgpkg`;
    /** The requests that have to be under way before a request is answered. */
    const before = (request: string): string[] => {
      if (request.endsWith(config)) return [layer];
      if (!images.some((image) => request.endsWith(`GET /v2/again/manifests/${tag(image)}`))) return [];
      return [
        'HEAD /v2/again/manifests/v1',
        tag(root),
        tag(`${root}.image-locations`),
        'tags/list',
        `referrers/${root}`,
      ];
    };
    const isAsked = (part: string) => [...asked].some((request) => request.includes(part));
    const late = new Set<string>();
    const hold = async (request: string): Promise<void> => {
      asked.add(request);
      for (const check of waiting) check();
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        const check = () => before(request).every(isAsked) && end();
        // A dependent request never comes while its predecessor is held.
        const timer = setTimeout(() => {
          for (const part of before(request)) if (!isAsked(part)) late.add(`${part} only after ${request}`);
          end();
        }, 20_000);
        waiting.add(check);
        check();
      });
    };
    const from = await startHoldingProxy(vendor.host, hold);
    const to = await startHoldingProxy(inside.host, hold);
    try {
      const source = { kind: 'bundle', reference: `${from.host}/apps:v1` } as const;
      const report = await relocate(engine, source, `${to.host}/again`);
      assert.equal(report.images.copied, 0);
      assert.deepEqual([...late], []);
    } finally {
      await from.stop();
      await to.stop();
    }
  });

  test('a bundle of which one image is new: that image, and one request for each unchanged one', async () => {
    const changed = [...images.slice(1), await pushImage('changed')];
    await pushBundle('v2', changed);
    const report = await expectRequests(bundle('v2'), 'new', {
      source: {
        'GET ping 200': 1,
        'GET manifests 200': 2,
        'GET blobs 200': 2 + (LAYERS + 1),
        'GET tags 200': 1,
        'GET referrers 404': 1,
        'HEAD manifests 200': 1,
      },
      destination: {
        'GET ping 200': 1,
        'GET tags 200': 1,
        'GET manifests 200': IMAGES - 1,
        'GET manifests 404': 1,
        // The bundle under both its tags, and the locations image.
        'HEAD manifests 404': 3,
        // The config of the locations image is there: of equally many images it is the same.
        'POST blobs/uploads 202': LAYERS + 1 + 2 + 2,
        'PUT blobs/uploads 201': LAYERS + 1 + 2 + 2,
        'PUT manifests 201': 1 + 2 + 2,
      },
    });
    assert.deepEqual(report.images, { total: IMAGES + 1, copied: 2, present: IMAGES - 1 });
  });

  test('an unchanged lock of images: one request for each image', async () => {
    const path = join(folder.path, 'images.yml');
    // With one layer each, as bundles have.
    const single = [await pushImage('single-0', 1), await pushImage('single-1', 1)];
    const lines = single.map((digest) => `- image: ${apps.name}@${digest}`);
    await writeFile(
      path,
      ['apiVersion: imgpkg.carvel.dev/v1alpha1', 'kind: ImagesLock', 'images:', ...lines, ''].join('\n'),
    );
    await relocate(engine, { kind: 'lock', path }, `${inside.host}/locked`);
    await expectRequests({ kind: 'lock', path }, 'locked', {
      source: {},
      destination: { 'GET ping 200': 1, 'GET tags 200': 1, 'GET manifests 200': single.length },
    });
  });

  test('a distant registry gets more requests at once than a near one', async () => {
    const path = join(folder.path, 'many.yml');
    const many = await Promise.all(Array.from({ length: 64 }, (_, index) => pushImage(`many-${index}`, 1)));
    const lines = many.map((digest) => `- image: ${apps.name}@${digest}`);
    await writeFile(
      path,
      ['apiVersion: imgpkg.carvel.dev/v1alpha1', 'kind: ImagesLock', 'images:', ...lines, ''].join('\n'),
    );
    await relocate(engine, { kind: 'lock', path }, `${inside.host}/many`);
    let [underWay, most] = [0, 0];
    const far = await startHoldingProxy(inside.host, async (request) => {
      const isCounted = request.includes('/manifests/');
      if (isCounted) most = Math.max(most, ++underWay);
      await wait(100);
      if (isCounted) underWay--;
    });
    try {
      const { images } = await relocate(engine, { kind: 'lock', path }, `${far.host}/many`);
      assert.equal(images.present, 64);
    } finally {
      await far.stop();
    }
    assert.ok(most > AT_ONCE_NEAR, String(most));
    assert.ok(most <= AT_ONCE_FAR, String(most));
  });

  test('blobs that the registry of the destination has: mounted by the POST, and no byte of a layer is read', async () => {
    const from = new RawRepository(inside.host, 'new');
    const before = (await inside.requests()).length;
    const source = { kind: 'bundle', reference: `${from.name}:v1` } as const;
    const report = await relocate(engine, source, `${inside.host}/mounted`);
    const requests = count((await inside.requests()).slice(before));
    assert.deepEqual(report.blobs, { copied: 0, mounted: BLOBS, present: 0, skipped: 0 });
    assert.equal(requests['POST blobs/uploads 201'], BLOBS);
    // Only those of the locations image are sent.
    assert.equal(requests['PUT blobs/uploads 201'], 2);
    // Configs and the lock are read for the plan; layers are not.
    assert.equal(requests['GET blobs 200'], IMAGES + 2);
  });
});

describe('what the destination has is not believed to be complete', () => {
  let vendor: Registry;
  let inside: Registry;
  let apps: RawRepository;
  let target: RawRepository;
  const engine = inProcess();

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    apps = new RawRepository(vendor.host, 'apps');
    target = new RawRepository(inside.host, 'target');
  });
  after(async () => {
    await vendor?.stop();
    await inside?.stop();
  });
  const copy = (tag: string) => relocate(engine, { kind: 'bundle', reference: `${apps.name}:${tag}` }, target.name);
  const tagOf = (digest: string) => `${digest.replace(':', '-')}.imgpkg`;

  test('the tag of an image that points to another image is no proof of it', async () => {
    const digest = await apps.pushImage('one', [randomBytes(100), randomBytes(100)]);
    await apps.pushBundle('moved', [`${apps.name}@${digest}`]);
    await copy('moved');
    await target.pushImage(tagOf(digest), [randomBytes(100)]);
    const { images } = await copy('moved');
    assert.equal(images.copied, 1);
    assert.equal(await target.digest(tagOf(digest)), digest);
  });

  test('a bundle in a bundle is read to its end, also if a run ended before it had its locations', async () => {
    const image = await apps.pushImage('deep', [randomBytes(100)]);
    const inner = await apps.pushBundle('inner', [`${apps.name}@${image}`]);
    await apps.pushBundle('outer', [`${apps.name}@${inner}`]);
    // The inner bundle alone, as a run that was ended may leave it.
    const { bytes, json, mediaType } = await apps.manifest(inner);
    const parts = [json['config'], ...(json['layers'] as unknown[])] as { digest: string }[];
    for (const { digest } of parts) await target.pushBlob(await apps.blob(digest));
    await target.pushBytes(tagOf(inner), bytes, mediaType);
    const { images } = await copy('outer');
    assert.deepEqual(images, { total: 3, copied: 2, present: 1 });
    assert.equal(await target.digest(tagOf(image)), image);
    assert.equal((await target.digest(`${inner.replace(':', '-')}.image-locations.imgpkg`)) !== '', true);
  });
});
