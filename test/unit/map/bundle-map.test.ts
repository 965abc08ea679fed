import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { buildMap, totalsOf } from '../../../src/map/build-map.ts';
import type { BundleMap, MapItem } from '../../../src/map/map-data.ts';
import { parseMapRequest } from '../../../src/map/map-messages.ts';
import { mapOfAudit, mapOfChanges, mapOfPlan, mapOfReport } from '../../../src/map/overlays.ts';
import { childrenOf, findItems, visibleRows } from '../../../src/map/rows.ts';
import { layOutTiles, tileAt } from '../../../src/map/tiles.ts';
import { makeReport } from '../../../src/audit/report.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import type { PlanSummary } from '../../../src/relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../../../src/relocation/report/report.ts';
import type { DescribedBlob, DescribedImage, Description } from '../../../src/relocation/describe.ts';

const digest = (name: string): Digest => digestOf(Buffer.from(name));
const layer = (name: string, bytes: number): DescribedBlob => ({
  digest: digest(name),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  bytes,
});
const size = (blobs: readonly DescribedBlob[]): number => blobs.reduce((sum, { bytes }) => sum + bytes, 0);

/** An image whose manifest has 1000 bytes. */
function image(name: string, blobs: readonly DescribedBlob[], more: Partial<DescribedImage> = {}): DescribedImage {
  const bytes = 1000 + size(blobs);
  const own = { reference: `vendor.example/${name}@${digest(name)}`, digest: digest(name), kind: 'image' as const };
  return { ...own, mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes, wholeBytes: bytes, blobs, ...more };
}

function description(roots: readonly DescribedImage[], bytes: number): Description {
  return { source: 'vendor.example/app:1.0', roots, totals: { images: 0, bundles: 0, blobs: 0, bytes } };
}

const base = layer('base', 50_000);
const [web, data, only] = [layer('web', 20_000), layer('data', 30_000), layer('only', 7000)];
const frontend = image('frontend', [base, web]);
const database = image('database', [base, data]);
const tool = image('tool', [only]);
const nested = image('nested', [layer('nested lock', 500)], { kind: 'bundle', images: [database, tool] });
const missing = [{ reference: `vendor.example/lost@${digest('lost')}`, digest: digest('lost'), reason: 'not found' }];
const root = image('app', [layer('lock', 600)], {
  kind: 'bundle',
  tag: '1.0',
  images: [frontend, nested, tool],
  missing,
});
/** Five manifests, and each blob once. */
const whole = 5000 + 50_000 + 20_000 + 30_000 + 7000 + 500 + 600;

const inside = { imageState: () => 'inside' as const };
const mapped = buildMap(description([root], whole), inside);
const named = ({ items }: BundleMap, kind: MapItem['kind'], name: string): number =>
  items.findIndex((item) => item.kind === kind && item.name === name && item.countedAt === undefined);
const sum = ({ items }: BundleMap): number => items.reduce((total, { bytes }) => total + bytes, 0);

describe('the map of a bundle', () => {
  it('counts each manifest, config and layer once', () => {
    assert.equal(sum(mapped), whole);
    assert.equal(totalsOf(mapped.items)[0], whole);
  });

  it('counts a layer of several images in a group of the innermost item that contains them all', () => {
    const shared = mapped.items.findIndex(({ kind }) => kind === 'shared');
    assert.equal(mapped.items[shared]?.parent, named(mapped, 'bundle', 'app:1.0'));
    const uses = mapped.items.filter((item) => item.digest === base.digest);
    assert.deepEqual(
      uses.map(({ bytes }) => bytes).sort((a, b) => a - b),
      [0, 0, 50_000],
    );
    assert.ok(uses.every(({ users, full }) => users === 2 && full === 50_000));
    const counted = mapped.items.findIndex(({ bytes }) => bytes === 50_000);
    assert.equal(mapped.items[counted]?.parent, shared);
    for (const { bytes, countedAt } of uses) assert.equal(countedAt, bytes === 0 ? counted : undefined);
  });

  it('counts an image of several bundles where it occurs first', () => {
    const tools = mapped.items.filter(({ name, kind }) => name === 'tool' && kind === 'image');
    assert.equal(tools.length, 2);
    assert.equal(tools.filter(({ countedAt }) => countedAt === undefined).length, 1);
    const nestedBundle = named(mapped, 'bundle', 'nested');
    assert.equal(tools.find(({ countedAt }) => countedAt === undefined)?.parent, nestedBundle);
  });

  it('lists the manifests of an index with their blobs', () => {
    const [amd, arm] = [layer('amd', 9000), layer('arm', 8000)];
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifests = [
      { digest: digest('m1'), mediaType, bytes: 1000 + 9000 + 50_000, platform: 'linux/amd64', blobs: [base, amd] },
      { digest: digest('m2'), mediaType, bytes: 1000 + 8000 + 50_000, platform: 'linux/arm64', blobs: [base, arm] },
    ];
    const bytes = 400 + 2000 + 9000 + 8000 + 50_000;
    const index = image('multi', [], { kind: 'index', bytes, wholeBytes: bytes, manifests });
    const map = buildMap(description([index], bytes), inside);
    assert.equal(sum(map), bytes);
    assert.equal(map.items[0]?.bytes, 400);
    const shared = map.items.find(({ kind }) => kind === 'shared');
    assert.equal(shared?.parent, 0);
    assert.equal(map.items[named(map, 'manifest', 'linux/arm64')]?.full, 59_000);
  });

  it('shows missing images first, with the reason, and signed ones with a mark', () => {
    const described = { ...description([root], whole), signed: [frontend.digest] };
    const map = buildMap(described, inside);
    const lost = map.items[1];
    assert.deepEqual([lost?.name, lost?.state, lost?.reason], ['lost', 'missing', 'not found']);
    assert.deepEqual(
      map.items.filter(({ signed }) => signed).map(({ name }) => name),
      ['frontend'],
    );
  });

  it('groups signatures below the bundle, and several images of a tar below the tar', () => {
    const signature = image('frontend.sig', [layer('signature', 300)]);
    const signed = buildMap(description([root, signature], whole + 1300), inside);
    const group = signed.items.findIndex(({ kind }) => kind === 'attachments');
    assert.equal(signed.items[group]?.parent, 0);
    assert.equal(signed.items[group]?.full, 1300);
    assert.equal(sum(signed), whole + 1300);
    const tar = buildMap(description([frontend, database], 102_000), inside);
    assert.equal(tar.items[0]?.kind, 'source');
    assert.equal(sum(tar), 102_000);
  });

  it('says where images and blobs are', () => {
    const map = buildMap(description([root], whole), {
      imageState: ({ digest: of }) => (of === database.digest ? 'copy' : 'inside'),
      blobState: (of) => (of === base.digest ? 'inside' : undefined),
    });
    const state = (of: string) => map.items.find((item) => item.digest === of)?.state;
    assert.deepEqual([state(database.digest), state(data.digest)], ['copy', 'copy']);
    assert.deepEqual([state(frontend.digest), state(base.digest)], ['inside', 'inside']);
    assert.equal(map.items.find(({ kind }) => kind === 'shared')?.state, 'inside');
  });

  it('has every item after its parent, the largest first', () => {
    for (const [position, { parent }] of mapped.items.entries()) assert.ok(parent < position);
    const totals = totalsOf(mapped.items);
    const [, ...counted] = mapped.items
      .map((item, position) => ({ ...item, total: totals[position] ?? 0 }))
      .filter(({ parent, countedAt }) => parent === 0 && countedAt === undefined);
    assert.deepEqual(
      counted.map(({ total }) => total),
      counted.map(({ total }) => total).sort((a, b) => b - a),
    );
  });
});

describe('the map of an outcome', () => {
  const described = description([root], whole);
  const stateOf = ({ items }: BundleMap, name: string) =>
    items.find((item) => item.name === name && item.countedAt === undefined)?.state;
  const listed = (of: DescribedImage) => ({
    reference: of.reference,
    digest: of.digest,
    kind: of.kind,
    bytes: of.bytes,
  });

  it('of an audit has its states, and the images that only Packages name', () => {
    const plain = `docker.example/other@${digest('other')}`;
    const rows = [root, frontend, database].map(({ reference }) => ({ reference, origin: reference, neededBy: [] }));
    const images = [
      ...rows.map((row, position) => ({ ...row, status: position === 1 ? ('missing' as const) : ('inside' as const) })),
      { reference: plain, origin: plain, status: 'outside' as const, neededBy: ['other.example.com'] },
    ];
    const map = mapOfAudit(makeReport(root.reference, [], images, []), described);
    assert.deepEqual(
      ['frontend', 'database', 'other', 'tool'].map((name) => stateOf(map, name)),
      ['missing', 'inside', 'outside', 'unknown'],
    );
    assert.equal(sum(map), whole);
  });

  it('of a plan says what is copied, blob by blob', () => {
    const plan = {
      source: 'vendor.example/app:1.0',
      images: [
        { ...listed(root), action: 'copy' as const },
        { ...listed(frontend), action: 'copy' as const },
        { ...listed(database), action: 'present' as const },
      ],
      blobs: [
        { digest: base.digest, bytes: base.bytes, action: 'present' as const },
        { digest: web.digest, bytes: web.bytes, action: 'copy' as const },
      ],
      missing: [],
    } as unknown as PlanSummary;
    const map = mapOfPlan(plan, described);
    assert.deepEqual(
      ['frontend', 'database'].map((name) => stateOf(map, name)),
      ['copy', 'inside'],
    );
    const blob = (of: DescribedBlob) => map.items.find((item) => item.digest === of.digest)?.state;
    assert.deepEqual([blob(base), blob(web)], ['inside', 'copy']);
  });

  it('of two versions says what a delta carries', () => {
    const map = mapOfChanges(described, description([image('app-old', [], { kind: 'bundle', images: [database] })], 0));
    const carried = map.items.reduce((total, { state, bytes }) => total + (state === 'copy' ? bytes : 0), 0);
    assert.equal(carried, whole - 1000 - base.bytes - data.bytes);
    assert.equal(stateOf(map, 'database'), 'inside');
  });

  it('of a report lists its images even if the destination cannot be read', () => {
    const report = {
      source: 'vendor.example/app:1.0',
      results: [
        { ...listed(root), result: 'copied' as const },
        { ...listed(frontend), result: 'present' as const },
      ],
      failed: [{ reference: tool.reference, digest: tool.digest, code: 'oci.not-found', reason: 'gone' }],
    } as unknown as RelocationReport;
    const map = mapOfReport(report, undefined);
    assert.deepEqual(
      ['app', 'frontend', 'tool'].map((name) => stateOf(map, name)),
      ['copy', 'inside', 'missing'],
    );
    assert.equal(map.items[0]?.kind, 'bundle');
  });
});

describe('the tree of a map', () => {
  const children = childrenOf(mapped.items);
  const parents = mapped.items.map(({ parent }) => parent);
  const nameAt = (item: number) => mapped.items[item]?.name;

  it('lists what is expanded, with positions for screen readers', () => {
    assert.deepEqual(
      visibleRows(children, parents, new Set()).map(({ item, isExpandable }) => [item, isExpandable]),
      [[0, true]],
    );
    const rows = visibleRows(children, parents, new Set([0]));
    assert.deepEqual(
      rows.slice(1).map(({ position }) => position),
      [1, 2, 3, 4, 5, 6],
    );
    assert.ok(rows.slice(1).every(({ siblings, depth }) => siblings === 6 && depth === 1));
  });

  it('lists what a search finds, below its ancestors', () => {
    const found = findItems(mapped.items, { text: 'DataBase', marks: new Set() });
    assert.deepEqual(
      visibleRows(children, parents, new Set(), found).map(({ item }) => nameAt(item)),
      ['app:1.0', 'nested', 'database'],
    );
    assert.equal(findItems(mapped.items, { text: ' ', marks: new Set() }), undefined);
    const byDigest = findItems(mapped.items, { text: data.digest.slice(7, 30), marks: new Set() });
    assert.equal(byDigest?.size, 1);
  });

  it('filters by state and mark', () => {
    const lost = findItems(mapped.items, { text: '', marks: new Set(['missing']) });
    assert.deepEqual([...(lost ?? [])].map(nameAt), ['lost']);
    const shared = findItems(mapped.items, { text: '', marks: new Set(['shared']) });
    assert.equal(shared?.size, 3);
    assert.equal(findItems(mapped.items, { text: 'lost', marks: new Set(['inside']) })?.size, 0);
  });
});

describe('the treemap of a map', () => {
  const children = childrenOf(mapped.items);
  const totals = totalsOf(mapped.items);
  const options = { root: 0, width: 1000, height: 800, header: 18 };
  const tiles = layOutTiles(children, totals, options);

  it('gives each item an area by its size', () => {
    const area = (of: string): number => {
      const tile = tiles.find(({ item }) => mapped.items[item]?.digest === of && totals[item] !== 0);
      return (tile?.width ?? 0) * (tile?.height ?? 0);
    };
    const ratio = area(base.digest) / area(data.digest);
    assert.ok(Math.abs(ratio - 50 / 30) < 0.4, String(ratio));
    assert.ok(area(web.digest) > area(only.digest));
    assert.ok(tiles.every(({ x, y, width, height }) => x >= 0 && y >= 0 && x + width <= 1001 && y + height <= 801));
  });

  it('finds the innermost tile at a point', () => {
    const leaf = tiles.find(({ item }) => mapped.items[item]?.bytes === 50_000);
    assert.ok(leaf !== undefined);
    assert.equal(tileAt(tiles, leaf.x + leaf.width / 2, leaf.y + leaf.height / 2), leaf);
    assert.equal(tileAt(tiles, -1, 5), undefined);
  });

  it('draws only what can be seen of many images', () => {
    const many = Array.from({ length: 4000 }, (_, position) =>
      image(`image-${position}`, [layer(`l${position}`, 1000 + position), base]),
    );
    const big = buildMap(description([image('big', [], { kind: 'bundle', images: many })], 0), inside);
    const all = layOutTiles(childrenOf(big.items), totalsOf(big.items), { ...options, width: 400, height: 300 });
    assert.ok(big.items.length > 12_000 && all.length < 9000, `${all.length} of ${big.items.length}`);
  });
});

describe('the requests of the page', () => {
  it('are parsed, and everything else is refused', () => {
    assert.deepEqual(parseMapRequest({ kind: 'ready', more: 1 }), { kind: 'ready' });
    assert.deepEqual(parseMapRequest({ kind: 'act', item: 3, action: 'copyDigest' }), {
      kind: 'act',
      item: 3,
      action: 'copyDigest',
    });
    for (const other of [null, 'ready', { kind: 'select', item: -1 }, { kind: 'act', item: 1 }, { kind: 'run' }]) {
      assert.equal(parseMapRequest(other), undefined);
    }
  });
});
