import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hasCode } from '../../../src/base/errors.ts';
import { formatDocument } from '../../../src/base/json.ts';
import { imgpkgTag, locationsTag } from '../../../src/carvel/tags.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import { parseRepository } from '../../../src/oci/reference.ts';
import { findNeeds, usedByCluster } from '../../../src/sync/prune/needs.ts';
import type { NeedsInput } from '../../../src/sync/prune/needs.ts';
import {
  bytesFreed,
  parsePruneList,
  pruneListDocument,
  prunedRepository,
  requireSameList,
} from '../../../src/sync/prune/prune-list.ts';
import type { PruneList } from '../../../src/sync/prune/prune-list.ts';
import type { GraphNode, RepositoryGraph } from '../../../src/sync/prune/repository-graph.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const [IMAGE, OTHER, BUNDLE, NEXT, LOCATIONS] = ['a', 'b', 'c', 'd', 'e'].map(digest) as [
  Digest,
  Digest,
  Digest,
  Digest,
  Digest,
];
const NAME = 'inside.example/web';

function node(of: Digest, more: Partial<GraphNode> = {}): [Digest, GraphNode] {
  const blobs = new Map([
    [`sha256:0${of.slice(8)}` as Digest, 100],
    [digest('9'), 1000],
  ]);
  return [of, { digest: of, kind: 'image', bytes: 10, blobs, children: [], locked: [], located: [], ...more }];
}

/** An old bundle and the next one, whose lock shares one of two images with it. */
function graphOf(
  tags: Record<string, Digest> = {},
  name = NAME,
  nodes: readonly (readonly [Digest, GraphNode])[] = [],
): RepositoryGraph {
  const repository = parseRepository(name);
  const locked = (...all: Digest[]) => all.map((each) => ({ ...parseRepository('vendor.example/web'), digest: each }));
  return {
    name,
    repository,
    tags: new Map([
      ...[IMAGE, OTHER, BUNDLE, NEXT].map((each) => [imgpkgTag(each), each] as const),
      ['1.0.0', BUNDLE],
      ['2.0.0', NEXT],
      [locationsTag(BUNDLE), LOCATIONS],
      [imgpkgTag(LOCATIONS), LOCATIONS],
      ...Object.entries(tags),
    ]),
    nodes: new Map([
      node(IMAGE),
      node(OTHER),
      node(BUNDLE, { kind: 'bundle', locked: locked(IMAGE, OTHER) }),
      node(NEXT, { kind: 'bundle', locked: locked(OTHER) }),
      node(LOCATIONS, { located: [IMAGE, OTHER] }),
      ...nodes,
    ]),
  };
}

const BROUGHT = {
  images: new Set([IMAGE, OTHER, BUNDLE, NEXT]),
  tags: new Map([
    ['1.0.0', BUNDLE],
    ['2.0.0', NEXT],
  ]),
};
const WANTED = { images: new Set([NEXT, OTHER]), tags: new Set(['2.0.0']) };

function pruned(input: Partial<NeedsInput> = {}) {
  const { graphs = [graphOf()], brought = new Map([[NAME, BROUGHT]]) } = input;
  const reasons = findNeeds({ graphs, wanted: new Map([[NAME, WANTED]]), brought, used: [], ...input });
  const [graph] = graphs;
  assert.ok(graph !== undefined);
  return prunedRepository(graph, brought.get(NAME) ?? BROUGHT, WANTED.tags, reasons);
}

const deleted = (input?: Partial<NeedsInput>) =>
  pruned(input)
    .manifests.map(({ digest: each }) => each)
    .sort();

test('the old bundle goes with its locations image and the image that only it has', () => {
  const { manifests, kept, tags } = pruned();
  assert.deepEqual(manifests.map(({ digest: each }) => each).sort(), [IMAGE, BUNDLE, LOCATIONS]);
  assert.deepEqual([kept, tags], [[], []]);
  assert.deepEqual(
    manifests.map(({ digest: each }) => each === IMAGE),
    [false, false, true],
    'the image goes last',
  );
});

test('what a cluster uses is kept with everything that it needs, by digest or tag', () => {
  const by = 'the cluster prod uses it';
  assert.deepEqual(deleted({ used: [{ repository: NAME, tagOrDigest: IMAGE, by }] }), [BUNDLE, LOCATIONS]);
  const { manifests, kept } = pruned({ used: [{ repository: NAME, tagOrDigest: '1.0.0', by }] });
  assert.deepEqual(manifests, []);
  assert.equal(kept.find(({ digest: each }) => each === BUNDLE)?.because, by);
  const elsewhere = { repository: 'inside.example/other', tagOrDigest: IMAGE, by };
  assert.deepEqual(deleted({ used: [elsewhere] }), [IMAGE, BUNDLE, LOCATIONS]);
});

test('the lock of a bundle in another repository of the file keeps an image', () => {
  const reference = { ...parseRepository(NAME), digest: IMAGE };
  const bundle = digest('f');
  const other: RepositoryGraph = {
    name: 'inside.example/mine',
    repository: parseRepository('inside.example/mine'),
    tags: new Map([['v1', bundle]]),
    nodes: new Map([node(bundle, { kind: 'bundle', locked: [reference] })]),
  };
  assert.deepEqual(deleted({ graphs: [graphOf(), other] }), [BUNDLE, LOCATIONS]);
});

test('a tag that was moved by somebody keeps what it points to', () => {
  assert.deepEqual(deleted({ graphs: [graphOf({ '1.0.0': IMAGE })] }), [BUNDLE, LOCATIONS]);
});

test('what no sync recorded is never deleted, even if nothing else needs it', () => {
  const images = new Set([OTHER, BUNDLE, NEXT]);
  assert.deepEqual(deleted({ brought: new Map([[NAME, { ...BROUGHT, images }]]) }), [BUNDLE, LOCATIONS]);
  const none = new Map([[NAME, { images: new Set<Digest>(), tags: new Map(BROUGHT.tags) }]]);
  assert.deepEqual(deleted({ brought: none }), []);
  const alone = digest('f');
  const brought = new Map([[NAME, { images: new Set<Digest>(), tags: new Map([['mine', alone]]) }]]);
  assert.deepEqual(deleted({ brought, graphs: [graphOf({ mine: alone }, NAME, [node(alone)])] }), [], 'only its tag');
});

test('a referrer that was brought goes with its subject; another keeps it', () => {
  const referrer = digest('f');
  const graphs = [graphOf({ [imgpkgTag(referrer)]: referrer }, NAME, [node(referrer, { subject: IMAGE })])];
  const images = new Set([...BROUGHT.images, referrer]);
  const brought = new Map([[NAME, { ...BROUGHT, images }]]);
  assert.deepEqual(deleted({ graphs, brought }), [IMAGE, BUNDLE, LOCATIONS, referrer]);
  assert.deepEqual(deleted({ graphs }), [BUNDLE, LOCATIONS]);
});

test('freed bytes leave out what remaining manifests of the registry have', () => {
  const graphs = [graphOf(), graphOf({}, 'inside.example/copy')];
  const gone = new Set([IMAGE, BUNDLE]);
  assert.equal(bytesFreed(graphs, new Map([[NAME, gone]])).get(NAME), 0, 'the other repository has the same');
  assert.equal(bytesFreed([graphOf()], new Map([[NAME, gone]])).get(NAME), 2 * (10 + 100));
});

test('a list is read back, and refused if anything in it has changed', () => {
  const list = {
    file: { path: '/airgap.yml', digest: IMAGE },
    lock: { path: '/airgap.lock.yml', digest: OTHER },
    repositories: [{ ...pruned(), bytes: 1 }],
  };
  const text = formatDocument(pruneListDocument(list));
  const read = parsePruneList(Buffer.from(text), 'list.json');
  assert.deepEqual(read.list, list);
  assert.equal(pruneListDocument(read.list)['digest'], read.digest);
  for (const [from, to] of [
    ['"bytes": 1', '"bytes": 2'],
    [BUNDLE, NEXT],
    ['/airgap.yml', '/other.yml'],
  ] as const) {
    assert.throws(() => parsePruneList(Buffer.from(text.replace(from, to)), 'list.json'), {
      code: 'sync.prune-list-invalid',
    });
  }
  assert.throws(() => parsePruneList(Buffer.from('[]'), 'list.json'), { code: 'sync.prune-list-invalid' });
});

test('a list made again is refused with what has changed since', () => {
  const list: PruneList = {
    file: { path: '/sync.yml', digest: IMAGE },
    lock: { path: '/sync.lock.yml', digest: OTHER },
    repositories: [{ repository: NAME, state: BUNDLE, tags: [], manifests: [], kept: [], bytes: 0 }],
  };
  const reasonOf = (now: PruneList): unknown => {
    try {
      requireSameList(list, now);
      return undefined;
    } catch (error) {
      assert.ok(hasCode(error, 'sync.prune-list-outdated'));
      return error.args['reason'];
    }
  };
  const [only] = list.repositories;
  assert.ok(only);
  assert.equal(reasonOf({ ...list }), undefined);
  assert.equal(reasonOf({ ...list, file: { ...list.file, digest: NEXT } }), '/sync.yml has changed');
  assert.equal(reasonOf({ ...list, lock: { ...list.lock, digest: NEXT } }), '/sync.lock.yml has changed: a sync ran');
  assert.equal(
    reasonOf({ ...list, repositories: [{ ...only, state: NEXT }] }),
    'the tags of inside.example/web have changed',
  );
  assert.equal(reasonOf({ ...list, repositories: [{ ...only, bytes: 1 }] }), 'what is needed has changed');
});

test('what a cluster uses is found at the host that this machine knows', () => {
  const images = [
    { reference: `registry.local/web@${IMAGE}`, neededBy: ['Deployment web/web'] },
    { reference: 'registry.local/web:1', neededBy: [] },
    { reference: 'not a reference', neededBy: [] },
  ];
  const reach = (host: string): string => (host === 'registry.local' ? 'inside.example' : host);
  assert.deepEqual(usedByCluster('production', images, reach), [
    { repository: NAME, tagOrDigest: IMAGE, by: 'the cluster production uses it (Deployment web/web)' },
    { repository: NAME, tagOrDigest: '1', by: 'the cluster production uses it' },
  ]);
});
