import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import type { RepositoryObservation } from '../../../src/cluster/api.ts';
import {
  ScriptedServer,
  ScriptedWatch,
  inTurn,
  json,
  listOf,
  listOrWatch,
  silence,
  status,
} from './scripted-server.ts';
import type { Answer, SeenRequest } from './scripted-server.ts';
import { REPOSITORIES, StillTime, failureOf, repositoryJson, sessionWith } from './sessions.ts';

const PATH = '/apis/packaging.carvel.dev/v1alpha1/namespaces/demo/packagerepositories';
const watches = (request: SeenRequest): boolean => request.query.has('watch');
const lists = (request: SeenRequest): boolean => !watches(request);
const one = (resourceVersion: string, more?: object): object => repositoryJson('repo', resourceVersion, more);
const READY = { status: { observedGeneration: 1, conditions: [{ type: 'ReconcileSucceeded', status: 'True' }] } };

let server: ScriptedServer;
let time: StillTime;
let controller: AbortController;
beforeEach(async () => {
  server = await ScriptedServer.start();
  time = new StillTime();
  controller = new AbortController();
});
afterEach(async () => {
  controller.abort();
  await server.close();
});

/** The events that a user of the session receives, in short, and when they are enough. */
function observe(enough: number): { seen: string[]; reported: Promise<void>; ended: Promise<void> } {
  const seen: string[] = [];
  let tell: () => void = () => undefined;
  const reported = new Promise<void>((resolve) => (tell = resolve));
  const ended = sessionWith(server.url, { timing: time, settings: { timeout: 5000 } }).watchPackageRepository(
    'demo',
    'repo',
    (observation) => {
      seen.push(inShort(observation));
      if (seen.length >= enough) tell();
    },
    controller.signal,
  );
  ended.catch(() => undefined);
  return { seen, reported, ended };
}

function inShort(observation: RepositoryObservation): string {
  if (observation.kind === 'absent') return 'absent';
  if (observation.kind === 'unreachable') return observation.problem.error.code;
  return `${observation.repository.resourceVersion} ${observation.state.kind}`;
}

test('the state is reported initially, after each change, and when the repository is gone', async () => {
  const watch = new ScriptedWatch();
  server.on(PATH, listOrWatch(listOf([one('5')], '5'), watch.answer));
  const { seen, reported } = observe(3);
  await watch.send({ type: 'MODIFIED', object: one('6', READY) }, { type: 'DELETED', object: one('7', READY) });
  await reported;
  assert.deepEqual(seen, ['5 pending', '6 ready', 'absent']);
  const [list, watched] = server.seen;
  assert.equal(list?.query.get('fieldSelector'), 'metadata.name=repo');
  assert.equal(watched?.query.get('resourceVersion'), '5');
  assert.equal(watched.query.get('fieldSelector'), 'metadata.name=repo');
});

test('a repository that does not exist yet is absent, and reported when it is created', async () => {
  const watch = new ScriptedWatch();
  server.on(PATH, listOrWatch(listOf([], '5'), watch.answer));
  const { seen, reported } = observe(2);
  await watch.send({ type: 'ADDED', object: one('6') });
  await reported;
  assert.deepEqual(seen, ['absent', '6 pending']);
});

test('a repository that no controller picks up is reported as late after 30 s without any event', async () => {
  const created = new Date(time.time - 10_000).toISOString();
  const young = one('5', {
    metadata: { name: 'repo', namespace: 'demo', resourceVersion: '5', creationTimestamp: created },
  });
  server.on(PATH, listOrWatch(listOf([young], '5'), new ScriptedWatch().answer));
  const late: boolean[] = [];
  await sessionWith(server.url, { timing: time }).watchPackageRepository(
    'demo',
    'repo',
    (observation) => {
      late.push(observation.kind === 'present' && observation.state.kind === 'pending' && observation.state.late);
      if (late.length === 2) controller.abort();
    },
    controller.signal,
  );
  assert.deepEqual(late, [false, true]);
  assert.deepEqual(time.delays, [20_000]);
});

test('a success becomes overdue without any event; one that is far off sets no timer', async () => {
  const synced = (syncPeriod: string): object => {
    const updatedAt = new Date(time.time).toISOString();
    const conditions = [{ type: 'ReconcileSucceeded', status: 'True' }];
    const status = { observedGeneration: 1, conditions, fetch: { exitCode: 0, startedAt: updatedAt, updatedAt } };
    const metadata = { name: 'repo', namespace: 'demo', generation: 1, resourceVersion: '5' };
    return one('5', { metadata, spec: { syncPeriod }, status });
  };
  server.on(PATH, listOrWatch(inTurn(listOf([synced('10m')], '5'), listOf([synced('1000h')], '5')), silence));
  const severities: string[] = [];
  const watch = (enough: number): Promise<void> => {
    const stop = new AbortController();
    return sessionWith(server.url, { timing: time }).watchPackageRepository(
      'demo',
      'repo',
      (observation) => {
        severities.push(observation.kind === 'present' ? observation.state.severity : observation.kind);
        if (severities.length === enough) stop.abort();
      },
      AbortSignal.any([controller.signal, stop.signal]),
    );
  };
  await watch(2);
  assert.deepEqual(severities, ['ok', 'warning']);
  assert.deepEqual(time.delays, [40 * 60_000]);
  await watch(3);
  assert.deepEqual(time.delays, [40 * 60_000]);
});

test("an error while handling a state is the caller's, at any time", async () => {
  const created = new Date(time.time - 10_000).toISOString();
  const young = one('5', {
    metadata: { name: 'repo', namespace: 'demo', resourceVersion: '5', creationTimestamp: created },
  });
  server.on(PATH, listOrWatch(listOf([young], '5'), new ScriptedWatch().answer));
  for (const faulty of [1, 2]) {
    let reported = 0;
    const watching = sessionWith(server.url, { timing: time }).watchPackageRepository(
      'demo',
      'repo',
      () => {
        if (++reported === faulty) throw new TypeError('fault in the lens');
      },
      controller.signal,
    );
    await assert.rejects(watching, new TypeError('fault in the lens'));
  }
});

test('what blocks kapp-controller is searched among all repositories when nothing happens', async () => {
  const culprit = repositoryJson('day', '7', { spec: { syncPeriod: '1d', fetch: {} } });
  const changed = one('5', {
    metadata: { name: 'repo', namespace: 'demo', generation: 2, resourceVersion: '5' },
    ...READY,
  });
  server.on(PATH, listOrWatch(listOf([changed], '5'), new ScriptedWatch().answer));
  server.on(REPOSITORIES, listOf([changed, culprit], '7'));
  const { seen, reported } = observe(2);
  await reported;
  assert.deepEqual(seen, ['5 waiting', '5 blocked']);
});

test(
  'an object that was corrected or deleted is no longer named as what blocks kapp-controller',
  { timeout: 30_000 },
  async () => {
    const culprit = (name: string): object => repositoryJson(name, '7', { spec: { syncPeriod: '1d', fetch: {} } });
    const created = new Date(time.time - 10_000).toISOString();
    const young = one('5', {
      metadata: { name: 'repo', namespace: 'demo', resourceVersion: '5', creationTimestamp: created },
    });
    server.on(PATH, listOrWatch(listOf([young], '5'), new ScriptedWatch().answer));
    const failure = status(500, 'InternalError', 'etcd is gone');
    const without = listOf([young], '8');
    server.on(
      REPOSITORIES,
      inTurn(failure, listOf([young, culprit('day')], '7'), failure, without, listOf([young, culprit('week')], '9')),
    );
    const seen: string[] = [];
    await sessionWith(server.url, { timing: time }).watchPackageRepository(
      'demo',
      'repo',
      (observation) => {
        const state = observation.kind === 'present' ? observation.state : assert.fail(observation.kind);
        seen.push(state.kind === 'blocked' ? `blocked by ${state.by.name}` : `${state.kind}, ${state.severity}`);
        if (seen.length === 5) controller.abort();
      },
      controller.signal,
    );
    assert.deepEqual(seen, [
      'pending, busy',
      'pending, warning',
      'blocked by day',
      'pending, warning',
      'blocked by week',
    ]);
    // Every half minute, on a clock that stands still.
    assert.deepEqual(time.delays, [20_000, 50_000, 80_000, 110_000, 140_000]);
  },
);

test('a watch that the server ends resumes where it ended, without listing again', async () => {
  const first = new ScriptedWatch();
  const second = new ScriptedWatch();
  server.on(PATH, listOrWatch(listOf([one('5')], '5'), inTurn(first.answer, second.answer)));
  const { reported } = observe(2);
  await first.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '40' } } });
  await first.end();
  await second.send({ type: 'MODIFIED', object: one('41', READY) });
  await reported;
  const asked = await server.requests(2, watches);
  assert.deepEqual(
    asked.map(({ query }) => query.get('resourceVersion')),
    ['5', '40'],
  );
  assert.equal(server.seen.filter(lists).length, 1);
});

for (const [how, refuse] of [
  ['as an answer', status(410, 'Expired', 'too old resource version')],
  [
    'as an event',
    json({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' },
    }),
  ],
] satisfies [string, Answer][]) {
  test(`a resource version that is too old (410 ${how}) causes a new list`, async () => {
    const watch = new ScriptedWatch();
    server.on(
      PATH,
      listOrWatch(inTurn(listOf([one('5')], '5'), listOf([one('90', READY)], '91')), inTurn(refuse, watch.answer)),
    );
    const { seen, reported } = observe(2);
    await reported;
    assert.deepEqual(seen, ['5 pending', '90 ready']);
    const asked = await server.requests(2, watches);
    assert.equal(asked[1]?.query.get('resourceVersion'), '91');
  });
}

test('a server that is down is retried with growing pauses, and reported until it responds', async () => {
  const watch = new ScriptedWatch();
  const down = status(500, 'InternalError', 'etcd is gone');
  server.on(PATH, listOrWatch(inTurn(down, down, down, listOf([one('5')], '5')), watch.answer));
  const { seen, reported } = observe(4);
  await reported;
  assert.deepEqual(seen, [...Array<string>(3).fill('cluster.status-unexpected'), '5 pending']);
  assert.deepEqual(time.delays, [800, 1600, 3200]);
});

test('a server that ends every watch at once is asked less and less often, without an alarm', async () => {
  server.on(
    PATH,
    listOrWatch(listOf([one('5')], '5'), (_request, response) => response.writeHead(200).end()),
  );
  const { seen } = observe(99);
  await server.requests(4, watches);
  assert.deepEqual(seen, ['5 pending']);
  assert.deepEqual(time.delays.slice(0, 3), [800, 1600, 3200]);
});

test('pauses grow to at most half a minute', async () => {
  server.on(PATH, status(500, 'InternalError'));
  const { reported } = observe(10);
  await reported;
  assert.deepEqual(time.delays.slice(5, 9), [25_600, 30_000, 30_000, 30_000]);
});

test('after a lost connection, the state is reported again once the watch is established, from its last position', async () => {
  const first = new ScriptedWatch();
  const second = new ScriptedWatch();
  server.on(PATH, listOrWatch(listOf([one('5', READY)], '5'), inTurn(first.answer, second.answer)));
  const { seen, reported } = observe(3);
  await first.cut();
  await reported;
  assert.deepEqual(seen, ['5 ready', 'cluster.connection-lost', '5 ready']);
  assert.equal(server.seen.filter(lists).length, 1);
});

test('a connection that breaks after a while is restored before it is reported', async () => {
  const first = new ScriptedWatch();
  const second = new ScriptedWatch();
  server.on(PATH, listOrWatch(listOf([one('5', READY)], '5'), inTurn(first.answer, second.answer)));
  const { seen, reported } = observe(2);
  await first.opened;
  time.time += 5000;
  await first.cut();
  await second.send({ type: 'MODIFIED', object: one('6', READY) });
  await reported;
  assert.deepEqual(seen, ['5 ready', '6 ready']);
});

for (const [what, line] of [
  ['a line that is not JSON', '<html>\n'],
  ['an event of an unknown type', '{"type":"SURPRISE"}\n'],
] as const) {
  test(`${what} in a watch is a connection error, not a reason to stop`, async () => {
    const second = new ScriptedWatch();
    const broken: Answer = (_request, response) => response.writeHead(200).end(line);
    server.on(PATH, listOrWatch(listOf([one('5')], '5'), inTurn(broken, second.answer)));
    const { seen, reported } = observe(3);
    await reported;
    assert.deepEqual(seen, ['5 pending', 'cluster.response-invalid', '5 pending']);
  });
}

test('an event that is split within a character is read completely', async () => {
  const watch = new ScriptedWatch();
  server.on(PATH, listOrWatch(listOf([one('5')], '5'), watch.answer));
  const event = (resourceVersion: string): Buffer =>
    Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object: one(resourceVersion) })}\n`);
  const cut = event('7ä');
  const split = cut.indexOf('ä') + 1;
  const first = observe(2);
  const response = await watch.opened;
  response.write(Buffer.concat([event('6'), cut.subarray(0, split)]));
  // The first event was read, and with it the first piece of the second.
  await first.reported;
  first.seen.length = 0;
  response.end(cut.subarray(split));
  await server.requests(2, watches);
  assert.deepEqual(first.seen, ['7ä pending']);
});

test('a missing permission ends the watch with the reason, because asking again would not help', async () => {
  server.on(PATH, status(403, 'Forbidden', 'User "dev" cannot list packagerepositories'));
  const { ended } = observe(1);
  assert.equal((await failureOf(ended)).code, 'cluster.forbidden');
  assert.equal(server.seen.length, 1);
});

for (const [where, answer] of [
  ['before the list is answered', silence],
  ['in the middle of the list', (_request, response) => void response.writeHead(200).write('{"items":[')],
  ['in the watch', listOrWatch(listOf([one('5')], '5'), new ScriptedWatch().answer)],
] satisfies [string, Answer][]) {
  test(`a watch that is stopped ${where} ends at once, without an error`, async () => {
    server.on(PATH, answer);
    const { ended } = observe(99);
    await server.requests(1, where === 'in the watch' ? watches : lists);
    controller.abort();
    await ended;
  });
}

test('a watch that is stopped before the server has responded ends at once, but its connection only then', async () => {
  // kapp-controller crashes otherwise.
  const asked = Promise.withResolvers<ServerResponse>();
  server.on(
    PATH,
    listOrWatch(listOf([one('5')], '5'), (_request, response) => asked.resolve(response)),
  );
  const { ended } = observe(99);
  const response = await asked.promise;
  const closed = once(response, 'close');
  let isClosed = false;
  void closed.then(() => (isClosed = true));
  controller.abort();
  await ended;
  // Another request on a connection of its own shows that the abort has been processed.
  await sessionWith(server.url, { timing: time }).packageRepositories('demo', new AbortController().signal);
  assert.equal(isClosed, false);
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  await closed;
});

test('a watch that is stopped in its own callback reports nothing more', async () => {
  server.on(PATH, listOrWatch(listOf([one('5')], '5'), json({ type: 'MODIFIED', object: one('6') })));
  const seen: string[] = [];
  await sessionWith(server.url, { timing: time }).watchPackageRepository(
    'demo',
    'repo',
    (observation) => {
      seen.push(inShort(observation));
      controller.abort();
    },
    controller.signal,
  );
  assert.deepEqual(seen, ['5 pending']);
});
