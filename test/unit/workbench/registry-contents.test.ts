import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { digestOf } from '../../../src/oci/digest.ts';
import { parseDigestReference } from '../../../src/oci/reference.ts';
import type { RegistryTreeNode } from '../../../src/workbench/registries/nodes.ts';
import { bundle, descend, failure, host, makeTree } from './support/registry-tree.ts';

const repositoryId = `repository:${host}/team/app-000`;
const tagId = `tag:${host}/team/app-000:1.119.0`;
const named = (name: string) => parseDigestReference(`vendor.example/${name}@${digestOf(Buffer.from(name))}`);
const images = Array.from({ length: 120 }, (_, index) => named(`lib/part-${index}`));

const summary = (node: RegistryTreeNode | undefined): string =>
  node?.kind !== 'content'
    ? (node?.kind ?? 'none')
    : node.content.role === 'locked'
      ? `${node.registry}/${node.path} ${node.content.inSameRepository ? 'here' : `elsewhere, ${node.content.origin}`}`
      : `${node.content.role} ${node.digest}`;

describe('a bundle in the Registries view', () => {
  it('expands to the images of its lock, a page at a time, each with its actual location', async () => {
    let locks = 0;
    const asked: string[] = [];
    const { tree, changed } = makeTree({
      lock: () => Promise.resolve({ text: `${++locks}`, images }),
      has: (registry, path, digest) => {
        asked.push(`${registry}/${path}`);
        return Promise.resolve(digest === images[0]?.digest);
      },
    });
    const nodes = await descend(tree, `registry:${host}`, repositoryId, tagId);
    assert.deepEqual(nodes.slice(0, 2).map(summary), [
      `${host}/team/app-000 here`,
      'vendor.example/lib/part-1 elsewhere, vendor.example/lib/part-1',
    ]);
    assert.equal(nodes.length, 51);
    assert.equal(asked.length, 50);
    assert.deepEqual(new Set(asked), new Set([`${host}/team/app-000`]));
    await tree.loadMore(nodes.at(-1)?.id ?? '');
    assert.ok(changed.includes(tagId));
    assert.equal((await descend(tree, `registry:${host}`, repositoryId, tagId)).length, 101);
    assert.equal(locks, 1);
    assert.equal(asked.length, 100);
  });

  it('gives each image of a lock a label of its own', async () => {
    const one = (name: string, content: string) => parseDigestReference(`${name}@${digestOf(Buffer.from(content))}`);
    const locked = [
      one('a.example/app', '1'),
      one('b.example/app', '2'),
      one('c.example/tool', '3'),
      one('c.example/tool', '4'),
      one('c.example/alone', '5'),
    ];
    const { tree } = makeTree({ lock: () => Promise.resolve({ text: '', images: locked }) });
    const nodes = await descend(tree, `registry:${host}`, repositoryId, tagId);
    const labels = nodes.map((node) => node.kind === 'content' && node.content.role === 'locked' && node.content.label);
    const short = (content: string) => digestOf(Buffer.from(content)).slice(7, 19);
    const expected = ['a.example/app', 'b.example/app', `tool@${short('3')}`, `tool@${short('4')}`, 'alone'];
    assert.deepEqual(labels, expected);
  });

  it('shows attachments below the image that they belong to', async () => {
    const digest = digestOf(Buffer.from('signature'));
    const { tree } = makeTree({
      attachments: (_registry, _path, of) =>
        Promise.resolve(of === bundle.digest ? [{ digest, mediaType: '', size: 7, tag: 'sha256-x.sig' }] : []),
    });
    const [signature] = await descend(tree, `registry:${host}`, repositoryId, tagId);
    assert.equal(summary(signature), `attached ${digest}`);
    assert.ok(signature?.kind === 'content');
    assert.equal(tree.artifact(signature)?.artifact?.size, 7);
  });

  it('shows that an image has no content and no attachments', async () => {
    const { tree } = makeTree({ artifact: () => Promise.resolve({ ...bundle, kind: 'image' as const }) });
    const nodes = await descend(tree, `registry:${host}`, repositoryId, tagId);
    assert.deepEqual(nodes.map(summary), ['nothing']);
  });

  it('shows why its lock cannot be read, along with what could be, and retries', async () => {
    let broken = true;
    const { tree } = makeTree({
      lock: () => (broken ? Promise.reject(failure('carvel.lock-missing')) : Promise.resolve({ text: '', images })),
    });
    const [error] = await descend(tree, `registry:${host}`, repositoryId, tagId);
    assert.equal(error?.kind, 'error');
    broken = false;
    tree.refresh(error);
    assert.equal((await descend(tree, `registry:${host}`, repositoryId, tagId)).length, 51);
  });

  it('looks up its images again after a refresh', async () => {
    let isInSameRepository = false;
    const { tree } = makeTree({
      lock: () => Promise.resolve({ text: '', images: images.slice(0, 1) }),
      has: () => Promise.resolve(isInSameRepository),
    });
    const open = () => descend(tree, `registry:${host}`, repositoryId, tagId);
    assert.match(summary((await open())[0]), /elsewhere/);
    isInSameRepository = true;
    tree.refresh(tree.find(repositoryId));
    assert.match(summary((await open())[0]), / here$/);
  });

  it('aborts running requests when it is refreshed', async () => {
    const signals: AbortSignal[] = [];
    const { tree } = makeTree({
      lock: (_registry, _path, _digest, signal) => {
        signals.push(signal);
        return Promise.resolve({ text: '', images });
      },
      has: (_registry, _path, _digest, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    });
    const opening = descend(tree, `registry:${host}`, repositoryId, tagId);
    while (signals.length === 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
    tree.refresh(tree.find(repositoryId));
    assert.equal((await opening)[0]?.kind, 'error');
  });
});

describe('an index in the Registries view', () => {
  it('expands to its platforms', async () => {
    const manifests = ['linux/amd64', 'linux/arm64'].map((platform) => ({
      digest: digestOf(Buffer.from(platform)),
      platform,
    }));
    const { tree } = makeTree({ artifact: () => Promise.resolve({ ...bundle, kind: 'index' as const, manifests }) });
    const nodes = await descend(tree, `registry:${host}`, repositoryId, tagId);
    assert.deepEqual(
      nodes.map((node) => node.kind === 'content' && node.content.role === 'platform' && node.content.platform),
      ['linux/amd64', 'linux/arm64'],
    );
  });
});

describe('a filter', () => {
  it('searches all repositories of the registry, not only those shown', async () => {
    const { tree } = makeTree();
    await descend(tree, `registry:${host}`);
    const node = tree.find(`registry:${host}`);
    assert.ok(node?.kind === 'registry');
    tree.setFilter(node, 'APP 24');
    const nodes = await descend(tree, `registry:${host}`);
    const [filter] = nodes;
    assert.ok(filter?.kind === 'filter');
    assert.deepEqual([filter.matching, filter.total], [13, 250]);
    assert.equal(nodes.length, 14);
    tree.setFilter(node, undefined);
    assert.equal((await descend(tree, `registry:${host}`)).length, 101);
  });

  it('searches all tags of a repository, and shows how many there are', async () => {
    const { tree } = makeTree();
    const [first] = await descend(tree, `registry:${host}`);
    assert.ok(first?.kind === 'repository');
    tree.setFilter(first, '1.7');
    const nodes = await descend(tree, `registry:${host}`, repositoryId);
    const [filter, newest] = nodes;
    assert.ok(filter?.kind === 'filter' && newest?.kind === 'tag');
    assert.deepEqual([filter.matching, filter.total, newest.tag], [11, 121, '1.79.0']);
  });
});

describe('tags that point to one digest', () => {
  it("are those that were looked up, and imgpkg's own", async () => {
    const { tree } = makeTree({
      tags: () => Promise.resolve({ tags: ['1.0.0', '2.0.0', `${bundle.digest.replace(':', '-')}.imgpkg`] }),
      artifact: (_registry, _path, tag) =>
        Promise.resolve(tag === '1.0.0' ? bundle : { ...bundle, digest: digestOf(Buffer.from('other')) }),
    });
    for (const node of await descend(tree, `registry:${host}`, repositoryId)) {
      if (node.kind === 'tag') await tree.findArtifact(node);
    }
    const imgpkg = `${bundle.digest.replace(':', '-')}.imgpkg`;
    assert.deepEqual(tree.knownTags(host, 'team/app-000', bundle.digest), ['1.0.0', imgpkg]);
  });
});

describe('the tarballs of a workspace', () => {
  const found = [{ name: 'in/a.tar', fsPath: '/w/in/a.tar' }];

  it('appear in the view when they are found, with the content of their manifest', async () => {
    const digest = digestOf(Buffer.from('b'));
    const image = { reference: 'v.example/team/b', digest, mediaType: '', bytes: 5, wholeBytes: 7, blobs: [] };
    const inner = { ...image, kind: 'image' as const, origin: `v.example/inner@${digest}` };
    const { tree, changed } = makeTree(
      {},
      {
        find: () => Promise.resolve(found),
        describe: (source) =>
          Promise.resolve({
            source,
            roots: [{ ...image, kind: 'bundle' as const, tag: '1.0.0', images: [inner] }],
            totals: { images: 2, bundles: 1, blobs: 0, bytes: 5 },
          }),
      },
    );
    assert.deepEqual(
      (await tree.children()).map(({ kind }) => kind),
      ['registry'],
    );
    while (changed.length === 0) await new Promise(setImmediate);
    const [root] = await descend(tree, 'tarballs', 'tarball:/w/in/a.tar');
    assert.ok(root?.kind === 'entry');
    assert.deepEqual([root.name, root.fsPath, root.digest], ['team/b:1.0.0', '/w/in/a.tar', digest]);
    assert.equal(root.size, 7, 'with all images');
    const [below] = await tree.children(root);
    assert.ok(below?.kind === 'entry');
    assert.equal(below.name, 'inner');
    assert.equal(changed.length, 1);
  });

  it('are an error node if one cannot be read', async () => {
    const describe = () => Promise.reject(failure('carvel.archive-invalid'));
    const { tree, changed } = makeTree({}, { find: () => Promise.resolve(found), describe });
    await tree.children();
    while (changed.length === 0) await new Promise(setImmediate);
    const [error] = await descend(tree, 'tarballs', 'tarball:/w/in/a.tar');
    assert.equal(error?.kind, 'error');
  });
});

it('refreshing a registry reads the tags of its repositories again', async () => {
  let tags = ['1.0.0'];
  const { tree } = makeTree({ tags: () => Promise.resolve({ tags }) });
  const path = [`registry:${host}`, `repository:${host}/team/app-000`];
  const names = async () => (await descend(tree, ...path)).flatMap((node) => (node.kind === 'tag' ? [node.tag] : []));
  assert.deepEqual(await names(), ['1.0.0']);
  tags = ['2.0.0', '1.0.0'];
  const [registry] = await tree.children();
  assert.ok(registry?.kind === 'registry');
  tree.refresh(registry);
  assert.deepEqual(await names(), ['2.0.0', '1.0.0']);
});

it('a bundle has the size of all its images, which is determined when it is needed', async () => {
  const measured: string[] = [];
  let size: number | undefined = 288_000_000;
  const { tree } = makeTree({
    wholeSize: (_registry, _path, { digest }) => {
      measured.push(digest);
      return Promise.resolve(size);
    },
  });
  const nodes = await descend(tree, `registry:${host}`, `repository:${host}/team/app-000`);
  const tag = nodes.find((node) => node.kind === 'tag');
  assert.ok(tag?.kind === 'tag');
  assert.deepEqual(await tree.findArtifact(tag), { artifact: bundle });
  assert.deepEqual(measured, [], 'not for each row');
  size = undefined;
  assert.deepEqual(await tree.findArtifactWithSize(tag), { artifact: bundle, isSizeUnknown: true });
  size = 288_000_000;
  assert.deepEqual(await tree.findArtifactWithSize(tag), { artifact: bundle, size: 288_000_000 });
  await tree.findArtifactWithSize(tag);
  assert.equal(measured.length, 2);
});

it('an artifact that is being looked up is requested once', async () => {
  const asked: string[] = [];
  const { tree } = makeTree({
    artifact: (_registry, _path, tag) => {
      asked.push(tag);
      return Promise.resolve(bundle);
    },
  });
  const nodes = await descend(tree, `registry:${host}`, `repository:${host}/team/app-000`);
  const [internal] = await tree.children(nodes.at(-1));
  assert.ok(internal?.kind === 'tag');
  const states = await Promise.all([tree.findArtifact(internal), tree.findArtifact(internal)]);
  assert.deepEqual(states, [{ artifact: bundle }, { artifact: bundle }]);
  assert.equal(asked.filter((tag) => tag === internal.tag).length, 1);
});
