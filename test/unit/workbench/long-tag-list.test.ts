import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { RegistryTreeNode } from '../../../src/workbench/registries/nodes.ts';
import type { PageRequest } from '../../../src/workbench/registries/registry-reader.ts';
import { bundle, descend, failure, host, makeTree } from './support/registry-tree.ts';

const registryId = `registry:${host}`;
const repositoryId = `repository:${host}/team/app-000`;
const settled = () => new Promise((resolve) => setImmediate(resolve));

const labels = (nodes: readonly RegistryTreeNode[]): string[] =>
  nodes.map((node) => (node.kind === 'tag' ? node.tag : node.kind));

/** A repository of five pages, oldest version first; from the second on, each page has to be let through. */
function fivePages() {
  const asked: (string | undefined)[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const manifests: string[] = [];
  const { tree, changed } = makeTree({
    tags: async (_registry, _path, { last, signal }: PageRequest) => {
      asked.push(last);
      const start = last === undefined ? 0 : Number(last.slice(2)) + 1;
      if (start > 0) {
        await new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
          waiting.push((error) => (error === undefined ? resolve() : reject(error)));
        });
      }
      const tags = Array.from({ length: 100 }, (_, index) => `1.${start + index}`);
      return { tags, ...(start < 400 ? { next: `1.${start + 99}` } : {}) };
    },
    artifact: (_registry, _path, tag) => {
      manifests.push(tag);
      return Promise.resolve(bundle);
    },
  });
  const next = async (error?: Error): Promise<void> => {
    while (waiting.length === 0) await settled();
    waiting.shift()?.(error);
    await settled();
  };
  const children = () => descend(tree, registryId, repositoryId);
  return { tree, changed, asked, manifests, next, children };
}

describe('a long list of tags', () => {
  it('shows its beginning while the rest is read, and looks up tags when all are read', async () => {
    const { tree, changed, manifests, next, children } = fivePages();
    const beginning = await children();
    assert.deepEqual(labels(beginning.slice(0, 2)), ['reading', '1.99']);
    assert.equal(beginning.at(-1)?.kind, 'more');
    const list = tree.tagList(host, 'team/app-000');
    assert.equal(list.read, 100);
    await next();
    assert.equal(list.read, 200);
    assert.ok(changed.includes(`reading:${repositoryId}`) && !changed.includes(repositoryId));
    assert.deepEqual(manifests, []);
    for (let page = 3; page <= 5; page++) await next();
    await list.get();
    assert.ok(changed.includes(repositoryId));
    assert.deepEqual(labels((await children()).slice(0, 2)), ['1.499', '1.498']);
    await settled();
    assert.equal(manifests.length, 50);
  });

  it('is shown to all viewers meanwhile', async () => {
    const { children } = fivePages();
    const [one, other] = await Promise.all([children(), children()]);
    assert.deepEqual(labels(one.slice(0, 1)), ['reading']);
    assert.deepEqual(labels(other.slice(0, 1)), ['reading']);
  });

  it('is no longer read if nobody views it, and resumes where it was', async () => {
    const { tree, changed, asked, next, children } = fivePages();
    await children();
    await next();
    const repository = tree.find(repositoryId);
    assert.ok(repository);
    changed.length = 0;
    tree.expanded(repository);
    tree.collapsed(repository);
    await settled();
    assert.deepEqual(asked, [undefined, '1.99', '1.199']);
    // VS Code asks for what is below a node that is drawn again, also where it is closed.
    assert.deepEqual(changed, []);
    tree.expanded(repository);
    assert.deepEqual(changed, [repositoryId]);
    assert.equal((await children())[0]?.kind, 'reading');
    // The page that was being read when it was stopped; nobody waits for its answer.
    await next();
    for (let page = 3; page <= 5; page++) await next();
    assert.deepEqual(asked, [undefined, '1.99', '1.199', '1.199', '1.299', '1.399']);
    assert.equal((await tree.tagList(host, 'team/app-000').get()).value?.tags.length, 500);
  });

  it('shows the pages that were read if one fails, with the error', async () => {
    const { tree, next, children } = fivePages();
    await children();
    await next(failure('oci.timeout'));
    await settled();
    const nodes = await children();
    assert.deepEqual(labels(nodes.slice(0, 2)), ['error', '1.99']);
    tree.refresh(nodes[0]);
    assert.equal((await children())[0]?.kind, 'reading');
    for (let page = 2; page <= 5; page++) await next();
    assert.equal((await tree.tagList(host, 'team/app-000').get()).value?.tags.length, 500);
  });

  it('stays unchanged while it is read again', async () => {
    const { tree, changed, next, children } = fivePages();
    await children();
    for (let page = 2; page <= 5; page++) await next();
    await tree.tagList(host, 'team/app-000').get();
    tree.refresh(tree.find(repositoryId));
    changed.length = 0;
    const again = children();
    for (let page = 2; page <= 5; page++) await next();
    assert.deepEqual(labels((await again).slice(0, 2)), ['1.499', '1.498']);
    assert.ok(!changed.includes(`reading:${repositoryId}`));
  });

  it('ends if a registry returns pages in circles', async () => {
    let pages = 0;
    const { tree } = makeTree({
      tags: () => Promise.resolve(++pages > 5 ? { tags: ['1.0'] } : { tags: ['1.0', '1.1'], next: '1.1' }),
    });
    assert.deepEqual((await tree.tagList(host, 'team/app-000').get()).value?.tags, ['1.1', '1.0']);
    assert.equal(pages, 2);
  });
});
