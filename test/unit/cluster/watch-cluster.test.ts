import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { ClusterSnapshot } from '../../../src/cluster/api.ts';
import { REAL_TIME } from '../../../src/base/timing.ts';
import type { Timing } from '../../../src/base/timing.ts';
import { ScriptedServer, ScriptedWatch, inTurn, listOf, listOrWatch, silence, status } from './scripted-server.ts';
import { PACKAGES, REPOSITORIES, StillTime, packageJson, repositoryJson, sessionWith } from './sessions.ts';

let server: ScriptedServer;
let controller: AbortController;
beforeEach(async () => {
  server = await ScriptedServer.start();
  controller = new AbortController();
});
afterEach(async () => {
  controller.abort();
  await server.close();
});

/** The snapshots so far, and a wait for one that fits. */
class Snapshots {
  readonly all: ClusterSnapshot[] = [];
  readonly ended: Promise<void>;
  #wake: () => void = () => undefined;

  constructor(timing: Timing = new StillTime(), namespace?: string) {
    const onChange = (snapshot: ClusterSnapshot): void => {
      this.all.push(snapshot);
      this.#wake();
    };
    this.ended = sessionWith(server.url, { timing }).watch(onChange, controller.signal, namespace);
  }

  async first(fits: (snapshot: ClusterSnapshot) => boolean = isSettled): Promise<ClusterSnapshot> {
    for (;;) {
      const found = this.all.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** Each list was made, or failed. */
const isSettled = ({ repositories, packages, installs }: ClusterSnapshot): boolean =>
  [repositories, packages, installs].every(({ complete, problem }) => complete || problem !== undefined);

const names = ({ repositories }: ClusterSnapshot): string[] => repositories.items.map(({ name }) => name);

test('the first snapshot contains repositories and Packages of all namespaces, sorted', async () => {
  server
    .on(
      REPOSITORIES,
      listOrWatch(listOf([repositoryJson('b', '2'), repositoryJson('a', '1')], '5'), new ScriptedWatch().answer),
    )
    .on(PACKAGES, listOrWatch(listOf([packageJson('web.example.com', '1.0.0', '3')], '5'), new ScriptedWatch().answer));
  const snapshot = await new Snapshots().first();
  assert.deepEqual(names(snapshot), ['a', 'b']);
  assert.deepEqual(
    snapshot.packages.items.map(({ refName, version }) => `${refName} ${version}`),
    ['web.example.com 1.0.0'],
  );
  assert.equal(snapshot.repositories.complete && snapshot.packages.complete, true);
  assert.equal(snapshot.repositories.namespace, undefined);
});

test('PackageRepositories are shown before the other lists if the API for Packages hangs', async () => {
  server
    .on(REPOSITORIES, listOrWatch(listOf([repositoryJson('a', '1')], '5'), new ScriptedWatch().answer))
    .on(PACKAGES, silence);
  const snapshot = await new Snapshots().first(() => true);
  assert.deepEqual(names(snapshot), ['a']);
  assert.deepEqual([snapshot.packages.complete, snapshot.packages.problem], [false, undefined]);
});

test('a long list is read page by page', async () => {
  server
    .on(
      REPOSITORIES,
      listOrWatch(
        inTurn(listOf([repositoryJson('a', '1')], '5', 'next/=page'), listOf([repositoryJson('b', '2')], '5')),
        new ScriptedWatch().answer,
      ),
    )
    .on(PACKAGES, listOrWatch(listOf([], '5'), new ScriptedWatch().answer));
  assert.deepEqual(names(await new Snapshots().first()), ['a', 'b']);
  const lists = server.seen.filter(({ path, query }) => path === REPOSITORIES && !query.has('watch'));
  assert.deepEqual(
    lists.map(({ query }) => [query.get('limit'), query.get('continue')]),
    [
      ['500', null],
      ['500', 'next/=page'],
    ],
  );
});

test('an unchanged object is the same object in the next snapshot, also after a new list', async () => {
  const watch = new ScriptedWatch();
  const a = repositoryJson('a', '1');
  server
    .on(
      REPOSITORIES,
      listOrWatch(
        inTurn(listOf([a, repositoryJson('b', '2')], '5'), listOf([a, repositoryJson('b', '9')], '9')),
        inTurn(watch.answer, new ScriptedWatch().answer),
      ),
    )
    .on(PACKAGES, listOrWatch(listOf([packageJson('web.example.com', '1.0.0', '3')], '5'), new ScriptedWatch().answer));
  const snapshots = new Snapshots();
  const before = await snapshots.first();
  await watch.send({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  const after = await snapshots.first(({ repositories }) => repositories.items[1]?.resourceVersion === '9');
  assert.equal(after.repositories.items[0], before.repositories.items[0]);
  assert.notEqual(after.repositories.items[1], before.repositories.items[1]);
  assert.equal(after.packages, before.packages);
});

test("if all namespaces are forbidden, only the context's is shown, and marked as the only one", async () => {
  const within = (path: string): string => path.replace('v1alpha1/', 'v1alpha1/namespaces/demo/');
  server
    .on(REPOSITORIES, status(403, 'Forbidden'))
    .on(within(REPOSITORIES), listOrWatch(listOf([repositoryJson('a', '1')], '5'), new ScriptedWatch().answer))
    .on(PACKAGES, listOrWatch(listOf([], '5'), new ScriptedWatch().answer));
  const snapshot = await new Snapshots().first();
  assert.deepEqual(names(snapshot), ['a']);
  assert.equal(snapshot.repositories.namespace, 'demo');
  assert.equal(snapshot.packages.namespace, undefined);
});

test('in a view of one namespace, global Packages are listed again when they change, although its watch does not report them', async () => {
  const within = (path: string, namespace = 'demo'): string =>
    path.replace('v1alpha1/', `v1alpha1/namespaces/${namespace}/`);
  const quiet = new ScriptedWatch();
  const globalWatch = new ScriptedWatch();
  const old = packageJson('old.example.com', '1.0.0', '3');
  const added = packageJson('new.example.com', '1.0.0', '7');
  server
    .on(within(REPOSITORIES), listOrWatch(listOf([], '5'), new ScriptedWatch().answer))
    .on(within(PACKAGES), listOrWatch(inTurn(listOf([old], '5'), listOf([old, added], '8')), quiet.answer))
    .on(within(PACKAGES, 'kapp-controller-packaging-global'), listOrWatch(listOf([old], '5'), globalWatch.answer));
  const snapshots = new Snapshots(new StillTime(), 'demo');
  const count = ({ packages }: ClusterSnapshot): number => packages.items.length;
  assert.equal(count(await snapshots.first()), 1);
  await globalWatch.send({ type: 'ADDED', object: added });
  const after = await snapshots.first((snapshot) => count(snapshot) === 2);
  assert.equal(after.packages.namespace, 'demo');
  assert.equal(after.packages.problem, undefined);
  const lists = server.seen.filter(({ path, query }) => path === within(PACKAGES) && !query.has('watch'));
  assert.equal(lists.length, 2, 'it was not listed again without need');
});

test('Packages removed from the global namespace before it could be watched are removed from the list', async () => {
  const within = (path: string, namespace = 'demo'): string =>
    path.replace('v1alpha1/', `v1alpha1/namespaces/${namespace}/`);
  const went = packageJson('went.example.com', '1.0.0', '3');
  const changed = (version: string): object => packageJson('changed.example.com', '1.0.0', version);
  const own = packageJson('own.example.com', '1.0.0', '1');
  for (const [before, globals, after] of [
    [[own, went], [], [own]],
    [[own, changed('3')], [changed('4')], [own, changed('4')]],
  ] as const) {
    const lists = inTurn(listOf(before, '5'), listOf(after, '8'));
    server
      .on(within(REPOSITORIES), listOrWatch(listOf([], '5'), new ScriptedWatch().answer))
      .on(within(PACKAGES), listOrWatch(lists, new ScriptedWatch().answer))
      .on(
        within(PACKAGES, 'kapp-controller-packaging-global'),
        listOrWatch(listOf(globals, '6'), new ScriptedWatch().answer),
      );
    const versionsIn = ({ packages }: ClusterSnapshot) => packages.items.map((each) => each.resourceVersion);
    const wanted = globals.length === 0 ? ['1'] : ['4', '1'];
    const { all } = new Snapshots(new StillTime(), 'demo');
    await server.requests(2, ({ path, query }) => path === within(PACKAGES) && !query.has('watch'));
    while (versionsIn(all.at(-1) as ClusterSnapshot).join() !== wanted.join()) await new Promise(setImmediate);
    server.seen.length = 0;
  }
});

test('a user who may not watch the global Packages gets those of the list', async () => {
  const within = (path: string, namespace = 'demo'): string =>
    path.replace('v1alpha1/', `v1alpha1/namespaces/${namespace}/`);
  const watch = new ScriptedWatch();
  const globals = within(PACKAGES, 'kapp-controller-packaging-global');
  server
    .on(within(REPOSITORIES), listOrWatch(listOf([], '5'), new ScriptedWatch().answer))
    .on(within(PACKAGES), listOrWatch(listOf([packageJson('a.example.com', '1.0.0', '3')], '5'), watch.answer))
    .on(globals, status(403, 'Forbidden'));
  const snapshots = new Snapshots(new StillTime(), 'demo');
  await server.requests(1, ({ path }) => path === globals);
  await watch.send({ type: 'ADDED', object: packageJson('b.example.com', '1.0.0', '9') });
  const { packages } = await snapshots.first((snapshot) => snapshot.packages.items.length === 2);
  assert.equal(packages.problem, undefined);
});

test('if Packages may not be read, repositories are still shown, with the reason for the Packages', async () => {
  server
    .on(REPOSITORIES, listOrWatch(listOf([repositoryJson('a', '1')], '5'), new ScriptedWatch().answer))
    .on(PACKAGES, status(403, 'Forbidden'))
    .on(PACKAGES.replace('v1alpha1/', 'v1alpha1/namespaces/demo/'), status(403, 'Forbidden', 'you may not'));
  const { repositories, packages } = await new Snapshots().first();
  assert.equal(repositories.items.length, 1);
  assert.equal(packages.complete, false);
  assert.equal(packages.problem?.error.code, 'cluster.forbidden');
  assert.equal(packages.problem.retryAt, undefined);
});

test('known objects stay while the server is unreachable, marked with the reason, until it is back', async () => {
  const first = new ScriptedWatch();
  const second = new ScriptedWatch();
  const down = status(500, 'InternalError', 'etcd is gone');
  server
    .on(REPOSITORIES, listOrWatch(listOf([repositoryJson('a', '1')], '5'), inTurn(first.answer, down, second.answer)))
    .on(PACKAGES, listOrWatch(listOf([], '5'), new ScriptedWatch().answer));
  const snapshots = new Snapshots();
  await snapshots.first();
  await first.end();
  const away = await snapshots.first(({ repositories }) => repositories.problem !== undefined);
  assert.deepEqual(names(away), ['a']);
  assert.equal(typeof away.repositories.problem?.retryAt, 'number');
  await second.send({ type: 'ADDED', object: repositoryJson('b', '9') });
  const back = await snapshots.first((snapshot) => names(snapshot).length === 2);
  assert.equal(back.repositories.problem, undefined);
});

test('watching ends when it is stopped, even if nothing was left to watch', async () => {
  const snapshots = new Snapshots();
  const snapshot = await snapshots.first();
  assert.equal(snapshot.repositories.problem?.error.code, 'cluster.api-missing');
  let over = false;
  void snapshots.ended.then(() => (over = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(over, false, 'the watch is the caller’s to end');
  controller.abort();
  await snapshots.ended;
});

test("an error while handling a snapshot is the caller's, and is not swallowed", async () => {
  server
    .on(REPOSITORIES, listOrWatch(listOf([], '5'), new ScriptedWatch().answer))
    .on(PACKAGES, listOrWatch(listOf([], '5'), new ScriptedWatch().answer));
  const watching = sessionWith(server.url, { timing: new StillTime() }).watch(() => {
    throw new TypeError('fault in the view');
  }, controller.signal);
  await assert.rejects(watching, new TypeError('fault in the view'));
});

test('with the real clock, a snapshot comes at once, and one for many changes a quarter of a second later', async () => {
  const watch = new ScriptedWatch();
  server
    .on(REPOSITORIES, listOrWatch(listOf([], '5'), watch.answer))
    .on(PACKAGES, listOrWatch(listOf([], '5'), new ScriptedWatch().answer));
  const snapshots = new Snapshots(REAL_TIME);
  await snapshots.first();
  const started = performance.now();
  await watch.send(
    ...Array.from({ length: 50 }, (_, i) => ({ type: 'ADDED', object: repositoryJson(`r${i}`, `${i + 6}`) })),
  );
  await snapshots.first((snapshot) => names(snapshot).length === 50);
  const waited = performance.now() - started;
  assert.ok(waited > 150, `${waited} ms`);
  assert.ok(snapshots.all.length <= 3, `${snapshots.all.length} snapshots`);
});
