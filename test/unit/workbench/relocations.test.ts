import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { abortError } from '../../../src/base/errors.ts';
import { ProcessLock } from '../../../src/base/process-lock.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { ociError } from '../../../src/oci/errors.ts';
import type { ClusterEngine, ClusterPlace } from '../../../src/jobs/cluster-engine.ts';
import { jobError } from '../../../src/jobs/errors.ts';
import { jobName, podRequest } from '../../../src/relocation/job/job-plan.ts';
import type { EngineOptions, PlannedRelocation, RelocationEngine } from '../../../src/relocation/engine.ts';
import { relocationError } from '../../../src/relocation/errors.ts';
import { transferred } from '../../../src/map/transfer-history.ts';
import { retryEvent } from '../../../src/relocation/events.ts';
import type { RelocationListener } from '../../../src/relocation/events.ts';
import type { RelocationReport } from '../../../src/relocation/report/report.ts';
import type { RelocationDestinationSpec, RelocationRequest } from '../../../src/relocation/request/request.ts';
import { newId } from '../../../src/workbench/relocations/list/record-changes.ts';
import type { Outcome, RelocationSnapshot } from '../../../src/workbench/relocations/list/relocation-attempt.ts';
import { RelocationStore } from '../../../src/workbench/relocations/list/relocation-store.ts';
import { Relocations } from '../../../src/workbench/relocations/list/relocations.ts';
import { Limiter } from '../../../src/base/limiter.ts';
import type { RelocationJob } from '../../../src/workbench/relocations/relocation-job.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import type { TemporaryFolder } from '../../support/lifetime.ts';

const digest = digestOf(Buffer.from('root'));

const report: RelocationReport = {
  source: 'vendor.example/a:1',
  destination: 'air.example/a',
  root: { reference: `air.example/a@${digest}`, digest, tag: '1', isBundle: true },
  images: { total: 2, copied: 2, present: 0 },
  blobs: { copied: 3, mounted: 0, present: 0, skipped: 0 },
  bytes: { total: 100, copied: 100 },
  seconds: 1,
  transferSeconds: 1,
  tags: ['1'],
  tagsNotSet: [],
  warnings: ['the server said s3cret'],
  failed: [],
};

function job(name: string): RelocationJob {
  return {
    name: `${name}:1`,
    request: {
      source: { kind: 'any', reference: `vendor.example/apps/${name}:1` },
      destination: { kind: 'repository', repository: `air.example/${name}` },
    },
  };
}

/** One relocation of the engine, which does what the test says. */
interface Run {
  readonly request: RelocationRequest;
  readonly onEvent: RelocationListener;
  finish(changed?: Partial<RelocationReport>): void;
  fail(error: Error): void;
}

class FakeEngine implements Pick<RelocationEngine, 'plan' | 'discard'> {
  readonly runs: Run[] = [];
  readonly discarded: RelocationDestinationSpec[] = [];
  /** The signals of each run. */
  readonly signals: Pick<EngineOptions, 'signal' | 'pause'>[] = [];
  /** Whether something is in transit when a run is paused. */
  isSlowToPause = false;
  closed = 0;

  plan(request: RelocationRequest): Promise<PlannedRelocation> {
    return Promise.resolve(this.planned(request));
  }

  discard(destination: RelocationDestinationSpec): Promise<void> {
    this.discarded.push(destination);
    return Promise.resolve();
  }

  planned(request: RelocationRequest): PlannedRelocation {
    return {
      view: {
        root: { digest, isBundle: true },
        images: [{ digest, reference: `a.example/b@${digest}`, kind: 'bundle', bytes: 1, action: 'copy' }],
        totals: { images: 2, imagesToCopy: 2 },
      } as unknown as PlannedRelocation['view'],
      close: () => {
        this.closed++;
        return Promise.resolve();
      },
      storeJobPlan: () => Promise.reject(new Error('not in a cluster')),
      arrived: () => Promise.reject(new Error('not in a cluster')),
      run: ({ signal, pause, onEvent = () => undefined }) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) reject(abortError());
          signal.addEventListener('abort', () => reject(abortError()));
          pause?.addEventListener('abort', () => {
            if (!this.isSlowToPause) reject(abortError());
          });
          this.signals.push({ signal, pause });
          this.runs.push({
            request,
            onEvent,
            finish: (changed = {}) => resolve({ ...report, ...changed }),
            fail: reject,
          });
        }),
    };
  }
}

/** Pods of a cluster, in which the engine runs relocations. */
class FakeCluster {
  readonly places: ClusterPlace[] = [];
  readonly discarded: string[] = [];
  /** Of the last run. */
  isFollowing = false;
  readonly #engine: () => FakeEngine;

  constructor(engine: () => FakeEngine) {
    this.#engine = engine;
  }

  at(place: ClusterPlace, isFollowing = false): Pick<ClusterEngine, 'plan' | 'discard'> {
    this.places.push(place);
    this.isFollowing = isFollowing;
    return {
      plan: (request) => this.#engine().plan(request),
      discard: (job) => {
        this.discarded.push(job);
        return Promise.resolve();
      },
    };
  }
}

const place: ClusterPlace = { context: 'admin@air', namespace: 'copies', image: 'air.example/carvel:1', pods: 3 };

function progress(bytesDone: number, bytesTotal: number, images = 0, bytesSent = 0, bytesKept = bytesDone) {
  return {
    type: 'progress',
    progress: {
      phase: 'copy',
      imagesDone: images,
      imagesTotal: 2,
      blobsDone: 0,
      blobsTotal: 3,
      bytesDone,
      bytesKept,
      bytesTotal,
      bytesSent,
      transferSeconds: 1,
      brought: { copied: images, mounted: 0, bytes: bytesSent },
      bytesPerSecond: 1,
      bytesRead: 2 * bytesSent,
      current: ['vendor.example/apps/a@sha256:1'],
      transfers: { active: [], activeCount: 0, waiting: [] },
    },
  } as const;
}

describe('the list of relocations', () => {
  let folder: TemporaryFolder;
  let engine: FakeEngine;
  const cluster = new FakeCluster(() => engine);
  let limit = 2;
  const problems: string[] = [];

  beforeEach(async () => {
    folder = await makeTemporaryFolder('list');
    engine = new FakeEngine();
    limit = 2;
    problems.length = 0;
  });
  const lists: Relocations[] = [];
  afterEach(async () => {
    for (const list of lists) {
      for (const { record, live } of list.all()) if (live !== undefined) list.stop(record.id, 'cancelled');
      while (list.all().some(({ live }) => live !== undefined)) await new Promise(setImmediate);
    }
    lists.length = 0;
    await folder.remove();
  });

  /** The list of one window. */
  function open() {
    const store = new RelocationStore({
      folder: folder.path,
      hide: (text) => text.replaceAll('s3cret', '***'),
      problem: (text) => problems.push(text),
    });
    const slots = new Limiter(() => limit);
    const ends: [RelocationSnapshot, Outcome][] = [];
    const lost: string[] = [];
    const list = new Relocations({
      engine,
      inCluster: (place, isFollowing) => cluster.at(place, isFollowing),
      store,
      slots,
      onEvent: () => undefined,
      describe: ({ type }) => `s3cret ${type}`,
      ended: (relocation, outcome) => void ends.push([relocation, outcome]),
      interrupted: (relocations) => void lost.push(...relocations.map(({ record }) => record.name)),
      problem: (error) => void problems.push(String(error)),
    });
    lists.push(list);
    const start = (name: string) => list.start(job(name), engine.planned(job(name).request));
    /** Starts, and waits until the engine has it. */
    const begin = async (name: string): Promise<string> => {
      const before = engine.runs.length;
      const id = await start(name);
      await runs(before + 1);
      return id;
    };
    const states = () => Object.fromEntries(list.all().map(({ record }) => [record.name, record.state]));
    const until = (isSo: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        if (isSo()) return resolve();
        const subscription = list.onDidChange(() => {
          if (!isSo()) return;
          subscription.dispose();
          resolve();
        });
      });
    const state = (id: string, wanted: string, isLive = false) =>
      until(() => {
        const relocation = list.get(id);
        return relocation?.record.state === wanted && (relocation.live !== undefined) === isLive;
      });
    return { list, slots, store, ends, lost, start, begin, states, until, state };
  }

  /** Waits until the engine was asked to run so many. */
  async function runs(count: number): Promise<void> {
    while (engine.runs.length < count) await new Promise(setImmediate);
  }

  /** A window that was killed: its lock is that of a process that is not there. */
  async function kill(id: string): Promise<void> {
    const own = JSON.parse(await readFile(join(folder.path, `${id}.lock`), 'utf8')) as object;
    await writeFile(join(folder.path, `${id}.lock`), JSON.stringify({ ...own, startedAt: 1 }));
  }

  it('shows a stopped relocation with what it kept, not with what was in transit', async () => {
    const { list, begin, state } = open();
    const id = await begin('a');
    engine.runs[0]?.onEvent(progress(60, 100, 0, 60, 20));
    assert.equal(list.get(id)?.record.figures?.bytesDone, 60);
    list.stop(id, 'paused');
    await state(id, 'paused');
    assert.equal(list.get(id)?.record.figures?.bytesDone, 20);
    // The next attempt has to send 80 bytes; what it has not asked for yet is not lost.
    await list.resume(id);
    await runs(2);
    engine.runs[1]?.onEvent(progress(0, 100, 0, 0, 0));
    assert.equal(list.get(id)?.record.figures?.bytesDone, 20);
    engine.runs[1]?.onEvent(progress(50, 100, 0, 30, 45));
    list.stop(id, 'paused');
    await state(id, 'paused');
    assert.equal(list.get(id)?.record.figures?.bytesDone, 45);
  });

  it('shows a relocation whose window was killed with what it kept', async () => {
    const { list, begin } = open();
    const id = await begin('a');
    engine.runs[0]?.onEvent(progress(60, 100, 0, 60, 20));
    list.dispose();
    list.stop(id, 'cancelled');
    while (list.get(id)?.live !== undefined) await new Promise(setImmediate);
    await kill(id);
    const other = open();
    await other.list.refresh();
    const { state, figures } = other.list.get(id)?.record ?? {};
    assert.deepEqual([state, figures?.bytesDone], ['interrupted', 20]);
  });

  it('pauses after what is in transit has arrived, and at once when asked again', async () => {
    const { list, begin, state } = open();
    const id = await begin('a');
    const { signal, pause } = engine.signals.at(-1) ?? {};
    engine.isSlowToPause = true;
    list.stop(id, 'paused');
    assert.deepEqual([pause?.aborted, signal?.aborted], [true, false]);
    assert.equal(list.get(id)?.live?.stopping, 'paused');
    list.stop(id, 'paused');
    assert.equal(signal?.aborted, true);
    await state(id, 'paused');
  });

  it('runs as many at once as the limit allows, and the others in order', async () => {
    const { list, slots, start, states, state } = open();
    const [a, b, c, d] = [await start('a'), await start('b'), await start('c'), await start('d')];
    assert.deepEqual(states(), { 'a:1': 'running', 'b:1': 'running', 'c:1': 'waiting', 'd:1': 'waiting' });
    engine.runs[0]?.finish();
    await state(c, 'running', true);
    assert.deepEqual(states(), { 'b:1': 'running', 'c:1': 'running', 'd:1': 'waiting', 'a:1': 'finished' });
    limit = 3;
    slots.limitChanged();
    await state(d, 'running', true);
    assert.deepEqual(
      list.all().map(({ record }) => record.id),
      [b, c, d, a],
    );
  });

  it('notifies observers of events and the end of one, and remembers that a task started it', async () => {
    const { list, ends } = open();
    const events: string[] = [];
    const outcome = new Promise<Outcome>((ended) => {
      const follower = { onEvent: ({ type }: { type: string }) => void events.push(type), ended };
      void list.start({ ...job('a'), origin: 'task' }, engine.planned(job('a').request), follower);
    });
    await runs(1);
    engine.runs[0]?.onEvent(progress(10, 100));
    engine.runs[0]?.finish();
    assert.equal((await outcome).kind, 'finished');
    assert.deepEqual(events, ['progress']);
    assert.deepEqual(
      ends.map(([, { kind }]) => kind),
      ['finished'],
    );
    const { list: next } = open();
    await next.refresh();
    assert.equal(next.all()[0]?.record.origin, 'task');
  });

  it('releases the plan of one that is canceled while queued', async () => {
    const { list, start, state } = open();
    limit = 1;
    await start('a');
    const b = await start('b');
    list.stop(b, 'cancelled');
    await state(b, 'cancelled');
    assert.equal(engine.closed, 1);
    assert.equal(engine.runs.length, 1);
  });

  it('pauses, resumes with the digest that was confirmed, and never shows less progress than before', async () => {
    const { list, begin, state } = open();
    const id = await begin('a');
    engine.runs[0]?.onEvent(progress(60, 100, 1, 55));
    list.stop(id, 'paused');
    await state(id, 'paused');
    const shown: number[] = [];
    await list.resume(id);
    await runs(2);
    assert.deepEqual(engine.runs[1]?.request.source, { kind: 'any', reference: `vendor.example/apps/a@${digest}` });
    assert.equal(engine.runs[1]?.request.options?.toTag, '1');
    for (const event of [progress(0, 50), progress(5, 50), progress(20, 50, 1), progress(50, 50, 2)]) {
      engine.runs[1]?.onEvent(event);
      const { bytesDone = 0, bytesTotal } = list.get(id)?.record.figures ?? {};
      assert.equal(bytesTotal, 100);
      shown.push(bytesDone);
    }
    assert.deepEqual(shown, [60, 60, 70, 100]);
    // One of two images is there by now, since the first attempt brought it.
    engine.runs[1]?.onEvent(progress(50, 50, 2, 45));
    engine.runs[1]?.finish({ images: { total: 2, copied: 1, present: 1 }, bytes: { total: 100, copied: 40 } });
    await state(id, 'finished');
    const { record } = list.get(id) ?? {};
    assert.deepEqual(record?.report?.images, { total: 2, copied: 2, present: 0 });
    assert.equal(record.report.bytes.copied, 100);
    assert.deepEqual(
      record.attempts.map(({ end, bytesSent }) => [end, bytesSent]),
      [
        ['paused', 55],
        ['finished', 45],
      ],
    );
    const { list: next } = open();
    await next.refresh();
    const read = next.all()[0]?.record;
    assert.deepEqual([read?.attempts, read?.imagesPresent], [record.attempts, 0]);
  });

  it('shows pauses of registries and reasons of retries until bytes move', async () => {
    const { list, begin } = open();
    const id = await begin('a');
    engine.runs[0]?.onEvent({ type: 'pause', host: 'vendor.example', seconds: 60 });
    const before = Date.now();
    engine.runs[0]?.onEvent({ type: 'retry', what: 'blob', reason: 'reset', attempt: 12, seconds: 8 });
    const live = () => list.get(id)?.live;
    assert.ok((live()?.pauses.get('vendor.example') ?? 0) > Date.now());
    const { attempt, until = 0, error } = live()?.retry ?? {};
    assert.deepEqual([attempt, error?.message], [12, 'reset']);
    assert.ok(until >= before + 8000 && until <= Date.now() + 8000);
    engine.runs[0]?.onEvent(progress(1, 100));
    assert.equal(live()?.retry, undefined);
  });

  it('is paused if a registry asks to wait for too long, and resumes by itself on request', async () => {
    const { list, ends, begin, state } = open();
    const id = await begin('a');
    const args = { host: 'vendor.example', reason: '', step: '', seconds: 3600, minutes: 60 };
    engine.runs[0]?.fail(ociError('pause-too-long', args));
    await state(id, 'paused');
    const { until = 0 } = list.get(id)?.record ?? {};
    assert.ok(Math.abs(until - Date.now() - 3_600_000) < 60_000);
    assert.equal(ends.length, 1);
    await list.resume(id, until);
    assert.equal(list.get(id)?.record.state, 'delayed');
    list.stop(id, 'paused');
    await state(id, 'paused');
    await list.resume(id, Date.now() + 1);
    await state(id, 'running', true);
  });

  it('keeps its state for the next window, without secrets', async () => {
    const first = open();
    const id = await first.begin('a');
    engine.runs[0]?.onEvent(progress(100, 100, 2));
    engine.runs[0]?.finish();
    await first.state(id, 'finished');
    const b = await first.begin('b');
    engine.runs[1]?.fail(ociError.of('unauthorized', { registry: 'vendor.example', reason: 's3cret', step: '' }));
    await first.state(b, 'failed');
    const second = open();
    await second.list.refresh();
    const known = second.list.get(id)?.record;
    assert.deepEqual(known?.report, { ...report, warnings: ['the server said ***'] });
    assert.deepEqual(known?.request, { ...job('a').request, options: {} });
    assert.deepEqual(known?.figures, {
      bytesDone: 100,
      bytesKept: 100,
      bytesTotal: 100,
      imagesDone: 2,
      imagesTotal: 2,
    });
    assert.match(String(second.list.get(b)?.record.error), /\*\*\*/);
    for (const name of await readdir(folder.path)) {
      assert.equal((await stat(join(folder.path, name))).mode & 0o077, 0, name);
      assert.doesNotMatch(await readFile(join(folder.path, name), 'utf8'), /s3cret/);
    }
    assert.deepEqual(problems, []);
  });

  it('keeps what was transferred, retried and waited for, over all attempts and windows', async () => {
    const first = open();
    const id = await first.begin('a');
    const error = ociError.of('unauthorized', { registry: 'vendor.example', reason: 's3cret', step: '' });
    engine.runs[0]?.onEvent(progress(10, 100, 0, 10));
    engine.runs[0]?.onEvent(retryEvent('blob', error, 1));
    engine.runs[0]?.onEvent(retryEvent('blob', error, 2));
    engine.runs[0]?.onEvent({ type: 'pause', host: 'vendor.example', seconds: 3 });
    engine.runs[0]?.onEvent(progress(50, 100, 1, 50));
    first.list.stop(id, 'paused');
    await first.state(id, 'paused');
    await first.list.resume(id);
    await runs(2);
    engine.runs[1]?.onEvent(progress(50, 50, 2, 45));
    engine.runs[1]?.finish();
    await first.state(id, 'finished');
    const { transfer } = first.list.get(id)?.record ?? {};
    // The second attempt counts from zero again.
    assert.deepEqual(transfer && transferred(transfer), { read: 190, sent: 95 });
    assert.deepEqual(
      transfer?.marks.map(({ kind, text, count, seconds }) => [kind, text, count, seconds]),
      [
        ['retry', 's3cret retry', 2, undefined],
        ['wait', 's3cret pause', 1, 3],
      ],
    );
    const second = open();
    await second.list.refresh();
    const hidden = transfer?.marks.map((mark) => ({ ...mark, text: mark.text.replace('s3cret', '***') }));
    assert.deepEqual(second.list.get(id)?.record.transfer, { ...transfer, marks: hidden });
    assert.doesNotMatch(await readFile(join(folder.path, `${id}.journal`), 'utf8'), /s3cret/);
  });

  it('knows what a killed window had transferred by its last stored progress', async () => {
    const first = open();
    const id = await first.begin('a');
    engine.runs[0]?.onEvent({ type: 'pause', host: 'vendor.example', seconds: 3 });
    engine.runs[0]?.onEvent(progress(40, 100, 0, 30));
    await flushed(id, '"bytesDone":40');
    const second = open();
    await second.list.refresh();
    const { transfer } = second.list.get(id)?.record ?? {};
    assert.deepEqual(transfer && transferred(transfer), { read: 60, sent: 30 });
    assert.deepEqual(
      transfer?.marks.map(({ kind }) => kind),
      ['wait'],
    );
  });

  it('shows what another window does, and leaves it alone', async () => {
    const first = open();
    const id = await first.begin('a');
    engine.runs[0]?.onEvent(progress(40, 100));
    const second = open();
    await flushed(id, '"bytesDone":40');
    await second.list.refresh();
    const seen = second.list.get(id);
    assert.equal(seen?.isElsewhere, true);
    assert.equal(seen?.record.figures?.bytesDone, 40);
    assert.ok(second.list.isUnderWay(job('a')));
    second.list.stop(id, 'cancelled');
    await second.list.resume(id);
    await second.list.remove(id);
    assert.equal(second.list.get(id)?.isElsewhere, true);
    assert.deepEqual(second.lost, []);
    assert.equal(first.list.get(id)?.record.state, 'running');
    assert.equal(engine.runs.length, 1);
  });

  it('is not taken for work of another window while it starts', async () => {
    for (const moment of ['before', 'after']) {
      const { list, store, begin, state } = open();
      const claim = store.claim.bind(store);
      store.claim = async (record) => {
        if (moment === 'before') await list.refresh();
        const journal = await claim(record);
        while ((await store.get(record.id)) === undefined) await new Promise(setImmediate);
        if (moment === 'after') await list.refresh();
        return journal;
      };
      const id = await begin(moment);
      assert.equal(list.get(id)?.isElsewhere, false, moment);
      list.stop(id, 'paused');
      await state(id, 'paused');
    }
  });

  it('finds an interrupted one whose window is gone, reports it once, and resumes it', async () => {
    const first = open();
    const id = await first.begin('a');
    engine.runs[0]?.onEvent(progress(40, 100));
    await flushed(id, '"bytesDone":40');
    const second = open();
    await second.list.refresh();
    first.list.dispose();
    await kill(id);
    await second.list.refresh();
    assert.deepEqual(second.states(), { 'a:1': 'interrupted' });
    await second.list.refresh();
    assert.deepEqual(second.lost, ['a:1']);
    await second.list.resume(id);
    await runs(2);
    engine.runs[1]?.onEvent(progress(0, 60));
    assert.equal(second.list.get(id)?.record.figures?.bytesDone, 40);
    engine.runs[1]?.finish();
    await second.state(id, 'finished');
  });

  describe('in a cluster', () => {
    /** Starts one there, and waits until the engine has it. */
    async function beginThere({ list }: ReturnType<typeof open>, name: string): Promise<string> {
      const before = engine.runs.length;
      const inPods = { ...job(name), cluster: place };
      const id = await list.start(inPods, engine.planned(inPods.request));
      await runs(before + 1);
      return id;
    }

    it('follows a Job without a question after its window is gone, and another window leaves it alone', async () => {
      const id = await beginThere(open(), 'a');
      engine.runs[0]?.onEvent(progress(60, 100, 0, 60, 20));
      await kill(id);
      const second = open();
      await second.list.refresh();
      await runs(2);
      assert.deepEqual(second.lost, []);
      assert.equal(cluster.isFollowing, true, 'nobody has asked for a new Job');
      assert.deepEqual(cluster.places.at(-1), {
        ...place,
        job: jobName(podRequest(job('a').request, { digest, isBundle: true })),
      });
      assert.match(JSON.stringify(engine.runs[1]?.request.source), new RegExp(digest));
      const third = open();
      await third.list.refresh();
      assert.equal(third.list.get(id)?.isElsewhere, true);
      engine.runs[1]?.finish();
      await second.state(id, 'finished');
      assert.equal(engine.runs.length, 2);
    });

    it('needs none of the slots of this machine', async () => {
      limit = 1;
      const window = open();
      await window.begin('a');
      const id = await beginThere(window, 'b');
      assert.equal(window.list.get(id)?.record.state, 'running');
      assert.equal(window.list.hasRoom, false);
    });

    it('is paused if somebody suspends the Job in the cluster, and resumed there', async () => {
      const window = open();
      const id = await beginThere(window, 'a');
      engine.runs[0]?.fail(jobError('suspended', { job: 'copies/a' }));
      await window.state(id, 'paused');
      await window.list.resume(id);
      await runs(2);
      assert.equal(cluster.isFollowing, false);
      assert.equal(window.list.get(id)?.record.state, 'running');
      assert.equal(cluster.places.at(-1)?.context, 'admin@air');
    });

    it('is discarded with its Job, and a second Pause does not cancel it', async () => {
      const window = open();
      const id = await beginThere(window, 'a');
      engine.isSlowToPause = true;
      window.list.stop(id, 'paused');
      window.list.stop(id, 'paused');
      assert.equal(engine.signals[0]?.signal.aborted, false);
      engine.runs[0]?.fail(abortError());
      await window.state(id, 'paused');
      await window.list.discard(id, new AbortController().signal);
      assert.deepEqual(cluster.discarded, [jobName(podRequest(job('a').request, { digest, isBundle: true }))]);
      assert.deepEqual(engine.discarded, []);
      assert.equal(window.list.get(id), undefined);
    });

    it('shows what its parts do', async () => {
      const window = open();
      const id = await beginThere(window, 'a');
      const parts = [{ index: 0, state: 'waiting', pod: 'a-0', problem: 'ErrImagePull' }] as const;
      engine.runs[0]?.onEvent({ type: 'parts', parts });
      assert.deepEqual(window.list.get(id)?.live?.parts, parts);
      engine.runs[0]?.onEvent({ type: 'parts', parts: [], problem: 'exceeded quota' });
      assert.equal(window.list.get(id)?.live?.problem, 'exceeded quota');
    });
  });

  it('treats one whose engine is gone as interrupted, asks, and resumes it', async () => {
    const { list, lost, begin, state, ends } = open();
    const id = await begin('a');
    engine.runs[0]?.onEvent(progress(40, 100));
    engine.runs[0]?.fail(relocationError('engine-ended', { reason: 'SIGKILL' }));
    await state(id, 'interrupted');
    assert.deepEqual(lost, ['a:1']);
    assert.deepEqual(
      ends.map(([, { kind }]) => kind),
      ['interrupted'],
    );
    const other = open();
    await other.list.refresh();
    assert.deepEqual([other.states(), other.lost], [{ 'a:1': 'interrupted' }, ['a:1']]);
    await list.resume(id);
    await runs(2);
    engine.runs[1]?.finish();
    await state(id, 'finished');
  });

  it('does not ask again about one that was answered, until it is interrupted once more', async () => {
    const first = open();
    const id = await first.begin('a');
    first.list.dispose();
    await flushed(id, 'running');
    await kill(id);
    const second = open();
    await second.list.refresh();
    await second.list.answered([id]);
    const third = open();
    await third.list.refresh();
    assert.deepEqual([second.lost, third.lost], [['a:1'], []]);
    await third.list.resume(id);
    await third.state(id, 'running', true);
    third.list.dispose();
    await flushed(id, 'running', 2);
    await kill(id);
    const fourth = open();
    await fourth.list.refresh();
    assert.deepEqual(fourth.lost, ['a:1']);
  });

  it('if two windows resume the same, the second one refuses', async () => {
    const first = open();
    const id = await first.begin('a');
    first.list.stop(id, 'paused');
    await first.state(id, 'paused');
    const second = open();
    await second.list.refresh();
    await second.list.resume(id);
    await assert.rejects(first.list.resume(id), { code: 'workbench.relocation-elsewhere' });
    await assert.rejects(first.list.discard(id, new AbortController().signal), {
      code: 'workbench.relocation-elsewhere',
    });
    assert.deepEqual(engine.discarded, []);
  });

  it("is not mistaken for another window's work while this one takes it over", async () => {
    const { list, begin, state } = open();
    const id = await begin('a');
    list.stop(id, 'paused');
    await state(id, 'paused');
    engine.discard = async () => {
      await list.refresh();
      assert.equal(list.get(id)?.isElsewhere, false);
      await list.resume(id);
      engine.discarded.push({ kind: 'archive', path: '' });
    };
    await list.discard(id, new AbortController().signal);
    assert.equal(engine.discarded.length, 1);
    const again = await begin('a');
    list.stop(again, 'paused');
    await state(again, 'paused');
    await Promise.all([list.resume(again), list.refresh(), list.refresh()]);
    await runs(3);
    engine.runs[2]?.finish();
    await state(again, 'finished');
    assert.equal(list.all().length, 1);
  });

  it('discards what was started, and forgets the relocation', async () => {
    const { list, begin, state } = open();
    const id = await begin('a');
    list.stop(id, 'cancelled');
    await state(id, 'cancelled');
    await list.discard(id, new AbortController().signal);
    assert.deepEqual(engine.discarded, [job('a').request.destination]);
    assert.deepEqual(await readdir(folder.path), []);
    assert.deepEqual(list.all(), []);
  });

  it('replaces a stopped one when the same is started again', async () => {
    const { list, begin, state, states } = open();
    const id = await begin('a');
    list.stop(id, 'cancelled');
    await state(id, 'cancelled');
    await begin('a');
    assert.deepEqual(states(), { 'a:1': 'running' });
    assert.equal(list.all().length, 1);
  });

  it('keeps the last twenty that ended, and every one that can be resumed', async () => {
    const { list, begin, state, until } = open();
    const paused = await begin('paused');
    list.stop(paused, 'paused');
    await state(paused, 'paused');
    for (let index = 0; index < 22; index++) {
      const id = await begin(`r${index}`);
      engine.runs.at(-1)?.finish();
      await state(id, 'finished');
    }
    await until(() => list.all().length === 21);
    const again = open();
    await again.list.refresh();
    const names = again.list.all().map(({ record }) => record.name);
    assert.equal(names[0], 'paused:1');
    assert.equal(names.length, 21);
    assert.ok(!names.includes('r0:1'));
  });

  it('runs even if nothing can be stored', async () => {
    const { begin, state, list } = open();
    await rm(folder.path, { recursive: true });
    await writeFile(folder.path, 'no folder');
    const id = await begin('a');
    engine.runs[0]?.finish();
    await state(id, 'finished');
    assert.equal(problems.length, 1);
    assert.equal(list.all().length, 1);
  });

  it('32 validates everything that a journal contains', async () => {
    const first = open();
    const id = await first.begin('a');
    first.list.stop(id, 'paused');
    await first.state(id, 'paused');
    const file = join(folder.path, `${id}.journal`);
    await appendFile(
      file,
      [
        '{"figures":{"bytesDone":9,"bytesTotal":1,"imagesDone":0,"imagesTotal":0}}',
        '{"figures":{"bytesDone":"1"}}',
        '{"state":"interrupted","at":5}',
        '{"state":"finished","at":-1}',
        '{"state":"failed","at":7,"error":{"code":"x"},"until":"never","report":{"source":1}}',
        '[]',
        'null',
        '{"state":"fin',
      ].join('\n'),
    );
    for (const text of ['', 'x', '{"version":2}', '{"version":1,"name":"x","startedAt":1,"request":{"source":{}}}']) {
      await writeFile(join(folder.path, `${newId(Date.now())}.journal`), text);
    }
    await writeFile(join(folder.path, 'other.journal'), '{}');
    const second = open();
    await second.list.refresh();
    assert.deepEqual(second.states(), { 'a:1': 'failed' });
    const { record } = second.list.all()[0] ?? {};
    assert.deepEqual(
      [record?.error, record?.until, record?.report, record?.figures],
      [undefined, undefined, undefined, undefined],
    );
    assert.equal(problems.length, 3);
    // What is written after a line that was cut off is read.
    await second.list.answered([id]);
    assert.match(await readFile(file, 'utf8'), /"state":"fin\n\{"answered":true\}\n$/);
    await second.list.resume(id);
    second.list.stop(id, 'cancelled');
    await second.state(id, 'cancelled');
    const third = open();
    await third.list.refresh();
    assert.deepEqual(third.states(), { 'a:1': 'cancelled' });
  });

  it('lets one window ask about interrupted relocations', async () => {
    const [first, second] = [open(), open()];
    await first.begin('a');
    const lock = await first.store.claimOffer();
    assert.ok(lock instanceof ProcessLock);
    assert.equal(await second.store.claimOffer(), undefined);
    await lock.release();
    assert.ok((await second.store.claimOffer()) instanceof ProcessLock);
  });

  /** Waits until a journal says something, so many times. */
  async function flushed(id: string, text: string, times = 1): Promise<void> {
    const file = join(folder.path, `${id}.journal`);
    while ((await readFile(file, 'utf8')).split(text).length <= times) await new Promise(setImmediate);
  }
});
