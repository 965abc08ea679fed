import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import type { ClusterSession, ClusterSnapshot, Kubeconfig, Listing } from '../../../src/cluster/api.ts';
import type { Package } from '../../../src/packaging/package.ts';
import type { PackageInstall } from '../../../src/packaging/package-install.ts';
import type { PackageRepository } from '../../../src/packaging/package-repository.ts';
import type { ClusterTreeNode } from '../../../src/workbench/clusters/cluster-nodes.ts';
import { ClusterTree } from '../../../src/workbench/clusters/cluster-tree.ts';

const health = { kappController: 'v0.60.0', secretgen: false, globalNamespace: 'global' };
const down = new AirgapError('cluster.unreachable', { text: 'down' });
const forbidden = new AirgapError('cluster.forbidden', { text: 'no' });

function repository(name: string): PackageRepository {
  return { namespace: 'team', name, annotations: {}, paused: false, source: { kind: 'none' } };
}

function pack(refName: string, version: string, owner: string): Package {
  const repository = { namespace: 'team', name: owner };
  return {
    namespace: 'team',
    name: `${refName}.${version}`,
    refName,
    version,
    images: [],
    template: { fetches: [], steps: [] },
    repository,
  };
}

function listing<Item>(items: readonly Item[], problem?: Listing<Item>['problem']): Listing<Item> {
  return { items, complete: true, ...(problem === undefined ? {} : { problem }) };
}

/** One cluster with scripted events. */
class Cluster {
  readonly sessionOf = (): Promise<ClusterSession> => Promise.resolve(this.#session);
  problem: AirgapError | undefined;
  packagesProblem: AirgapError | undefined;
  watched = 0;
  #tell: ((snapshot: ClusterSnapshot) => void) | undefined;
  #snapshot: ClusterSnapshot;
  readonly #session: ClusterSession;

  constructor(snapshot: ClusterSnapshot) {
    this.#snapshot = snapshot;
    this.#session = {
      health: () => Promise.resolve(health),
      check: () =>
        this.problem === undefined
          ? Promise.resolve({ kind: 'ready', ...(this.packagesProblem && { packagesProblem: this.packagesProblem }) })
          : Promise.reject(this.problem),
      watch: (onChange: (snapshot: ClusterSnapshot) => void, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          this.watched++;
          this.#tell = onChange;
          signal.addEventListener('abort', () => {
            this.watched--;
            resolve();
          });
          onChange(this.#snapshot);
        }),
    } as unknown as ClusterSession;
  }

  tell(snapshot: ClusterSnapshot): void {
    this.#snapshot = snapshot;
    this.#tell?.(snapshot);
  }
}

const good = repository('good');
const other = repository('other');
const packages = [pack('web.example.com', '1.0.0', 'good'), pack('web.example.com', '1.10.0', 'good')];
const api = pack('api.example.com', '1.0.0', 'good');
const snapshot: ClusterSnapshot = {
  repositories: listing([good, other]),
  packages: listing([...packages, api]),
  installs: listing<PackageInstall>([]),
};

function view(cluster: Cluster, problems: readonly AirgapError[] = []) {
  const changed: (string | undefined)[] = [];
  const kubeconfig = { contexts: [{ name: 'kind' }], files: [], problems } as unknown as Kubeconfig;
  const tree = new ClusterTree({
    kubeconfig: () => Promise.resolve(kubeconfig),
    session: cluster.sessionOf,
    namespace: () => undefined,
    changed: (node) => changed.push(nameOf(node)),
  });
  const open = async (...names: readonly string[]): Promise<ClusterTreeNode[]> => {
    let nodes = await tree.children();
    for (const name of names) nodes = await tree.children(nodes.find((node) => nameOf(node) === name));
    return nodes;
  };
  return { tree, changed, open };
}

function nameOf(node: ClusterTreeNode | undefined): string | undefined {
  if (node?.kind === 'packageRepository') return node.name;
  if (node?.kind === 'package') return `${node.package.refName} ${node.package.version}`;
  if (node?.kind === 'group') return node.of;
  if (node?.kind === 'install') return node.install.name;
  if (node?.kind === 'more') return `${node.left} more`;
  return node?.kind === 'context' ? node.context : node?.kind;
}

describe('the Clusters view', () => {
  it('requests nothing from a cluster before its context is opened', async () => {
    const cluster = new Cluster(snapshot);
    const { open } = view(cluster);
    assert.deepEqual((await open()).map(nameOf), ['kind']);
    assert.equal(cluster.watched, 0);
  });

  it('shows what is wrong with a kubeconfig below the contexts that could be read, with its file', async () => {
    const problem = new AirgapError(
      'cluster.kubeconfig-invalid',
      { text: '{file} is broken' },
      { file: '/home/me/config' },
    );
    const { open } = view(new Cluster(snapshot), [problem]);
    const [, node] = await open();
    assert.ok(node?.kind === 'error');
    assert.deepEqual([node.error, node.file], [problem, '/home/me/config']);
  });

  it('shows PackageRepositories, and below them their Packages with the newest version first', async () => {
    const { open } = view(new Cluster(snapshot));
    assert.deepEqual((await open('kind')).map(nameOf), ['health', 'good', 'other', 'packages', 'installs']);
    assert.deepEqual((await open('kind', 'good')).map(nameOf), [
      'api.example.com 1.0.0',
      'web.example.com 1.10.0',
      'web.example.com 1.0.0',
    ]);
    assert.deepEqual((await open('kind', 'other')).map(nameOf), ['empty']);
  });

  it('redraws only what changed', async () => {
    const cluster = new Cluster(snapshot);
    const { changed, open } = view(cluster);
    await open('kind');
    changed.length = 0;
    cluster.tell({ ...snapshot, repositories: listing([good, { ...other, paused: true }]) });
    assert.deepEqual(changed.splice(0), ['other']);
    const withOther = { ...snapshot, repositories: listing([good, other]), packages: listing([...packages, api]) };
    cluster.tell(withOther);
    changed.length = 0;
    cluster.tell({ ...withOther, packages: listing([...packages, api, pack('db.example.com', '1.0.0', 'other')]) });
    assert.deepEqual(changed.splice(0), ['other', 'packages']);
    cluster.tell({ ...withOther, repositories: listing([good, { ...other, syncPeriod: '1d' }]) });
    assert.deepEqual(changed.splice(0, 2), ['good', 'other'], 'all are stopped by one that cannot be decoded');
    changed.length = 0;
    cluster.tell({ ...snapshot, repositories: listing([good]) });
    assert.deepEqual(changed, ['kind']);
  });

  it('does not request a redraw of what it is just returning', async () => {
    const { changed, open } = view(new Cluster(snapshot));
    await open('kind');
    // VS Code that asks for the same children twice at once loses nodes.
    assert.deepEqual(changed, []);
  });

  it('watches only while the context is expanded and the view visible', async () => {
    const cluster = new Cluster(snapshot);
    const { tree, open } = view(cluster);
    await open('kind');
    assert.equal(cluster.watched, 1);
    tree.setVisible(false);
    assert.equal(cluster.watched, 0);
    tree.setVisible(true);
    await open('kind');
    assert.equal(cluster.watched, 1);
    tree.closed('kind');
    assert.equal(cluster.watched, 0);
    tree.setVisible(true);
    assert.equal(cluster.watched, 0);
    tree.opened('kind');
    await open('kind');
    assert.equal(cluster.watched, 1);
    tree.dispose();
    assert.equal(cluster.watched, 0);
  });

  it('shows an unreachable cluster as an error that can be retried, above the last known objects', async () => {
    const cluster = new Cluster(snapshot);
    cluster.problem = down;
    const { tree, changed, open } = view(cluster);
    assert.deepEqual((await open('kind')).map(nameOf), ['error']);
    cluster.problem = undefined;
    tree.retry('kind');
    assert.equal(changed.at(-1), 'kind');
    assert.deepEqual((await open('kind')).map(nameOf), ['health', 'good', 'other', 'packages', 'installs']);
    cluster.problem = down;
    tree.retry('kind');
    assert.deepEqual((await open('kind')).map(nameOf), ['error', 'health', 'good', 'other', 'packages', 'installs']);
  });

  it('keeps its content when the connection is lost, with the reason above it', async () => {
    const cluster = new Cluster(snapshot);
    const { open } = view(cluster);
    await open('kind');
    cluster.tell({ ...snapshot, repositories: listing([good, other], { error: down }) });
    assert.deepEqual((await open('kind')).map(nameOf), ['error', 'health', 'good', 'other', 'packages', 'installs']);
  });

  it('says why there are no Packages if their API is down', async () => {
    const { open } = view(new Cluster({ ...snapshot, packages: listing<Package>([], { error: down }) }));
    assert.deepEqual((await open('kind', 'good')).map(nameOf), ['error']);
  });

  it('shows Packages without a repository, and PackageInstalls, below the context', async () => {
    const { repository: _, ...byHand } = pack('hand.example.com', '1.0.0', '');
    const install = { namespace: 'team', name: 'web', paused: false, canceled: false };
    const { open } = view(
      new Cluster({ ...snapshot, packages: listing([...packages, api, byHand]), installs: listing([install]) }),
    );
    const all = (await open('kind', 'packages')).map(nameOf);
    assert.deepEqual(all, [
      'api.example.com 1.0.0',
      'hand.example.com 1.0.0',
      'web.example.com 1.10.0',
      'web.example.com 1.0.0',
    ]);
    assert.deepEqual((await open('kind', 'installs')).map(nameOf), ['web']);
  });

  it('shows a long list page by page', async () => {
    const many = Array.from({ length: 450 }, (_, index) => pack('web.example.com', `1.${index}.0`, 'good'));
    const { tree, changed, open } = view(new Cluster({ ...snapshot, packages: listing(many) }));
    const first = await open('kind', 'packages');
    assert.deepEqual([first.length, nameOf(first.at(-1))], [201, '250 more']);
    tree.showMore(first.at(-1)?.id ?? '');
    assert.equal(changed.at(-1), 'packages');
    assert.equal(nameOf((await open('kind', 'packages')).at(-1)), '50 more');
    assert.equal((await open('kind', 'good')).length, 201, 'another node keeps its own page');
  });

  it('shows the health of kapp-controller in one line as soon as it is known', async () => {
    const { tree, open } = view(new Cluster(snapshot));
    await open('kind');
    const [line] = await open('kind');
    assert.equal(nameOf(line), 'health');
    assert.deepEqual(tree.view('kind').health, health);
  });

  it('does not call the Packages API up next to a list that fails, whatever the cluster has noticed', async () => {
    const cluster = new Cluster({ ...snapshot, packages: listing<Package>([], { error: down }) });
    const { tree, open } = view(cluster);
    await open('kind');
    await open('kind');
    assert.equal(tree.view('kind').health?.packagesProblem, down);
    cluster.tell(snapshot);
    assert.equal(tree.view('kind').health?.packagesProblem, undefined, 'and up as soon as the list is there');
    cluster.tell({ ...snapshot, packages: listing<Package>([], { error: forbidden }) });
    assert.equal(tree.view('kind').health?.packagesProblem, undefined, 'who may not list them does not know');
  });

  it('trusts the check of the API itself more than the health', async () => {
    const cluster = new Cluster({ ...snapshot, packages: { items: [], complete: false } });
    cluster.packagesProblem = down;
    const { tree, open } = view(cluster);
    await open('kind');
    await open('kind');
    assert.equal(tree.view('kind').health?.packagesProblem, down);
  });
});
