import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import type { RegistrySetting } from '../../../src/contract/settings.ts';
import type { RegistryTreeNode } from '../../../src/workbench/registries/nodes.ts';
import { bundle, descend, failure, host, makeTree, reader } from './support/registry-tree.ts';

const labels = (nodes: readonly RegistryTreeNode[]): string[] =>
  nodes.map((node) => (node.kind === 'tag' ? node.tag : node.kind === 'repository' ? node.path : node.kind));

const registryId = `registry:${host}`;
const repositoryId = `repository:${host}/team/app-000`;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the Registries view', () => {
  it('shows repositories in pages, and more on request', async () => {
    const { tree: built, changed } = makeTree();
    const first = await descend(built, registryId);
    assert.equal(first.length, 101);
    assert.deepEqual(labels(first.slice(-2)), ['team/app-099', 'more']);
    await built.loadMore(first.at(-1)?.id ?? '');
    assert.deepEqual(changed, [registryId]);
    assert.deepEqual(labels((await descend(built, registryId)).slice(-2)), ['team/app-199', 'more']);
  });

  it('keeps the first pages if a further one fails, and offers a retry', async () => {
    const whole = reader();
    let broken = true;
    const { tree: built } = makeTree({
      repositories: (registry, page) =>
        broken && page.last !== undefined ? Promise.reject(failure('oci.timeout')) : whole.repositories(registry, page),
    });
    const first = await descend(built, registryId);
    await built.loadMore(first.at(-1)?.id ?? '');
    assert.deepEqual(labels((await descend(built, registryId)).slice(-3)), ['team/app-099', 'error', 'more']);
    broken = false;
    await built.loadMore(first.at(-1)?.id ?? '');
    assert.equal((await descend(built, registryId)).length, 201);
  });

  it("shows tags with the newest version first and collapses imgpkg's", async () => {
    const { tree: built } = makeTree();
    const nodes = await descend(built, registryId, repositoryId);
    assert.deepEqual(labels(nodes.slice(0, 2)), ['1.119.0', '1.118.0']);
    assert.deepEqual(labels(nodes.slice(-3)), ['1.70.0', 'more', 'internalTags']);
    assert.equal((await built.children(nodes.at(-1))).length, 1);
  });

  it('looks up only the tags that are shown', async () => {
    const asked: string[] = [];
    const { tree: built, changed } = makeTree({
      artifact: (_registry, _path, tag) => {
        asked.push(tag);
        return Promise.resolve(bundle);
      },
    });
    const [first] = await descend(built, registryId, repositoryId);
    assert.ok(first?.kind === 'tag');
    await settled();
    assert.equal(asked.length, 50);
    assert.equal(built.artifact(first)?.artifact?.kind, 'bundle');
    assert.equal(changed.filter((id) => id === first.id).length, 1);
    await descend(built, registryId, repositoryId);
    await settled();
    assert.equal(asked.length, 50);
  });

  it('keeps what is known of a tag until it is looked up again, because menus depend on it', async () => {
    let answer: () => Promise<typeof bundle> = () => Promise.resolve(bundle);
    const { tree: built } = makeTree({ artifact: () => answer() });
    const [first] = await descend(built, registryId, repositoryId);
    assert.ok(first?.kind === 'tag');
    await settled();
    const { promise, resolve } = Promise.withResolvers<typeof bundle>();
    answer = () => promise;
    built.refresh(first);
    await settled();
    assert.equal(built.artifact(first)?.artifact?.kind, 'bundle');
    resolve({ ...bundle, size: 2 });
    await settled();
    assert.equal(built.artifact(first)?.artifact?.size, 2);
  });

  it('leaves a tag unchanged if it cannot be looked up', async () => {
    const { tree: built } = makeTree({ artifact: () => Promise.reject(failure('oci.not-found')) });
    const [first] = await descend(built, registryId, repositoryId);
    await settled();
    assert.ok(first?.kind === 'tag');
    assert.ok(built.artifact(first)?.error instanceof AirgapError);
  });

  for (const code of [
    'oci.not-found',
    'oci.credentials-missing',
    'oci.unauthorized',
    'oci.forbidden',
    'oci.status-unexpected',
  ]) {
    it(`shows the repositories that were added if the catalog answers ${code}, with an explanation`, async () => {
      const { tree: built } = makeTree({ repositories: () => Promise.reject(failure(code)) }, undefined, [
        { host, repositories: ['team/mine'] },
      ]);
      assert.deepEqual(labels(await descend(built, registryId)), ['team/mine', 'noCatalog']);
    });
  }

  it('shows an error if the registry does not even answer a ping', async () => {
    const { tree: built } = makeTree({
      repositories: () => Promise.reject(failure('oci.not-found')),
      ping: () => Promise.reject(failure('oci.unreachable')),
    });
    const [node] = await descend(built, registryId);
    assert.ok(node?.kind === 'error' && node.error instanceof AirgapError);
    assert.equal(node.error.code, 'oci.unreachable');
  });

  it('shows an error if the credentials are rejected, not a missing catalog', async () => {
    const refused = () => Promise.reject(failure('oci.unauthorized'));
    const { tree: built } = makeTree({ repositories: refused, authenticate: refused });
    const [node] = await descend(built, registryId);
    assert.ok(node?.kind === 'error' && node.error instanceof AirgapError);
    assert.equal(node.error.code, 'oci.unauthorized');
    assert.equal(node.registry, host);
  });

  it('keeps its content if a refresh fails, with the error above it', async () => {
    const whole = reader();
    let broken = false;
    const { tree: built, changed } = makeTree({
      repositories: (registry, page) =>
        broken ? Promise.reject(failure('oci.unreachable')) : whole.repositories(registry, page),
    });
    await descend(built, registryId);
    broken = true;
    built.refresh(built.find(registryId));
    assert.deepEqual(changed, [registryId]);
    const nodes = await descend(built, registryId);
    assert.deepEqual(labels(nodes.slice(0, 2)), ['error', 'team/app-000']);
    broken = false;
    built.refresh(nodes[0]);
    assert.deepEqual(labels((await descend(built, registryId)).slice(0, 1)), ['team/app-000']);
  });

  it('reloads everything of a registry whose connection changed, and nothing of the others', async () => {
    const asked: string[] = [];
    const whole = reader();
    const overrides: Parameters<typeof makeTree>[0] = {
      repositories: (registry, page) => {
        asked.push(registry);
        return whole.repositories(registry, page);
      },
      tags: (registry, path, ...rest) => {
        asked.push(`${registry}/${path}`);
        return whole.tags(registry, path, ...rest);
      },
      artifact: (registry, path, tag, ...rest) => {
        asked.push(`${registry}/${path}:${tag}`);
        return whole.artifact(registry, path, tag, ...rest);
      },
    };
    const other = `${host}:5000`;
    const { tree: built, changed } = makeTree(overrides, undefined, [{ host }, { host: other }]);
    const look = async (): Promise<string[]> => {
      asked.length = 0;
      await descend(built, registryId, repositoryId);
      await descend(built, `registry:${other}`, `repository:${other}/team/app-000`);
      await settled();
      return asked.filter((each) => !/:1\.\d+\.0$/.test(each) || each.endsWith(':1.119.0'));
    };
    const first = ['', '/team/app-000', '/team/app-000:1.119.0'];
    assert.deepEqual(
      new Set(await look()),
      new Set([...first.map((each) => host + each), ...first.map((each) => other + each)]),
    );
    assert.deepEqual(await look(), []);
    changed.length = 0;
    built.reloadRegistry(host);
    assert.deepEqual(changed, [registryId]);
    assert.deepEqual(new Set(await look()), new Set(first.map((each) => host + each)));
  });

  it('returns the same node for the same thing, with its own id', async () => {
    const { tree: built } = makeTree();
    const [before, after] = [
      await descend(built, registryId, repositoryId),
      await descend(built, registryId, repositoryId),
    ];
    assert.equal(before[0], after[0]);
    const all = [...(await built.children()), ...(await descend(built, registryId)), ...before];
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  });

  it('says so where a registry has no repositories and a repository no tags', async () => {
    const { tree: built } = makeTree({
      repositories: () => Promise.resolve({ repositories: [] }),
      tags: () => Promise.resolve({ tags: [] }),
    });
    assert.deepEqual(
      (await descend(built, registryId)).map(({ id }) => id),
      [`nothing:${registryId}`],
    );
    const added: RegistrySetting[] = [{ host, repositories: ['team/app-000'] }];
    const { tree: other } = makeTree({ tags: () => Promise.resolve({ tags: [] }) }, undefined, added);
    assert.deepEqual(
      (await descend(other, registryId, repositoryId)).map(({ id }) => id),
      [`nothing:${repositoryId}`],
    );
  });

  it('shows why a repository cannot be read, not that it has no tags', async () => {
    const { tree: built } = makeTree({ tags: () => Promise.reject(failure('oci.not-found')) });
    assert.deepEqual(
      (await descend(built, registryId, repositoryId)).map(({ kind }) => kind),
      ['error'],
    );
  });

  it('offers to add a registry above tarballs, which hide the welcome text', async () => {
    const tarballs = {
      find: () => Promise.resolve([{ name: 'a.tar', fsPath: '/a.tar' }]),
      describe: () => Promise.reject(new Error('not read')),
    };
    const { tree: built } = makeTree({}, tarballs, []);
    await built.children();
    await new Promise(setImmediate);
    assert.deepEqual(
      (await built.children()).map(({ kind }) => kind),
      ['noRegistries', 'tarballs'],
    );
  });

  it('forgets a registry that is no longer listed', async () => {
    const listed: RegistrySetting[] = [{ host }];
    const { tree: built, changed } = makeTree({}, undefined, listed);
    await descend(built, registryId, repositoryId);
    listed.pop();
    built.settingsChanged();
    assert.deepEqual(changed.at(-1), undefined);
    assert.deepEqual(await built.children(), []);
    assert.equal(built.find(repositoryId), undefined);
  });
});
