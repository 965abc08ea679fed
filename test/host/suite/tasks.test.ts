import assert from 'node:assert/strict';

import { describe, it } from 'mocha';

import { abortError, isAbort } from '../../../src/base/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { PlannedRelocation, RelocationEngine } from '../../../src/relocation/engine.ts';
import type { PlanSummary } from '../../../src/relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../../../src/relocation/report/report.ts';
import type { RelocationObserver } from '../../../src/workbench/relocations/list/relocation-attempt.ts';
import type { RelocationJob } from '../../../src/workbench/relocations/relocation-job.ts';
import { refusePrograms } from '../../../src/workbench/relocations/signing.ts';
import { RelocationTerminal, type TaskRelocations } from '../../../src/workbench/tasks/relocation-terminal.ts';
import { requestOfTask } from '../../../src/workbench/tasks/task-request.ts';

const digest = digestOf(Buffer.from('one'));
const view: PlanSummary = {
  source: 'a.example/team/app:1.0.0',
  destination: 'b.example/team/app',
  images: [],
  tags: [{ name: '1.0.0', digest }],
  totals: { images: 5, imagesToCopy: 5, blobs: 9, blobsToCopy: 9, bytes: 5_000_000, bytesToCopy: 5_000_000 },
  missing: [],
  attachments: { images: 0, signed: 0, carried: {}, left: {}, unknown: 0 },
  exact: true,
  warnings: [],
};
const report: RelocationReport = {
  source: view.source,
  destination: view.destination,
  images: { total: 5, copied: 5, present: 0 },
  blobs: { copied: 9, mounted: 0, present: 0, skipped: 0 },
  bytes: { total: 5_000_000, copied: 5_000_000 },
  seconds: 2,
  transferSeconds: 2,
  tags: ['1.0.0'],
  tagsNotSet: [],
  failed: [],
  warnings: ['one layer\u001b]0;was skipped'],
};
const task = { type: 'carvel-airgap', source: 'a.example/team/app:1.0.0', toRepository: 'b.example/team/app' };

function engine(run: PlannedRelocation['run']): Pick<RelocationEngine, 'plan'> {
  const inCluster = () => Promise.reject(new Error('not in a cluster'));
  const others = { storeJobPlan: inCluster, arrived: inCluster, close: () => Promise.resolve() };
  return { plan: () => Promise.resolve({ view, run, ...others }) };
}

/** What is started there is stopped by `stop`, as a button of the view does. */
class List implements TaskRelocations {
  hasRoom = true;
  underWay = false;
  readonly jobs: RelocationJob[] = [];
  #stop: ((as: 'paused' | 'cancelled') => void) | undefined;

  isUnderWay(): boolean {
    return this.underWay;
  }

  start(job: RelocationJob, planned: PlannedRelocation, follower: RelocationObserver): Promise<string> {
    this.jobs.push(job);
    const abort = new AbortController();
    let stopped: 'paused' | 'cancelled' = 'cancelled';
    this.#stop = (as) => {
      stopped = as;
      abort.abort();
    };
    planned.run({ signal: abort.signal, onEvent: follower.onEvent }).then(
      (report) => follower.ended({ kind: 'finished', report }),
      (error: unknown) => follower.ended(isAbort(error) ? { kind: 'stopped', as: stopped } : { kind: 'failed', error }),
    );
    return Promise.resolve('1');
  }

  stop(_: string, as: 'paused' | 'cancelled'): void {
    this.#stop?.(as);
  }
}

async function output(
  run: PlannedRelocation['run'],
  definition: Record<string, string>,
  { list = new List(), cancel = false } = {},
) {
  const terminal = new RelocationTerminal({
    engine: engine(run),
    hide: (text) => text.replaceAll('secret', '***'),
    request: () => requestOfTask(definition, '/work'),
    relocations: list,
  });
  let text = '';
  terminal.onDidWrite((written) => (text += written));
  const ended = new Promise<number>((resolve) => terminal.onDidClose(resolve));
  terminal.open();
  if (cancel) terminal.handleInput('\u0003');
  return { code: await ended, text, jobs: list.jobs };
}

/** Runs until it is stopped. */
const endless: PlannedRelocation['run'] = ({ signal }) => {
  if (signal.aborted) return Promise.reject(abortError());
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(abortError())));
};

describe('the terminal of a task', () => {
  it('names the images that could not be copied, and ends with 1', async () => {
    const digest = digestOf(Buffer.from('bad'));
    const failed = [{ reference: `a.example/bad@${digest}`, digest, code: 'oci.not-found', reason: 'gone' }];
    const { code, text } = await output(() => Promise.resolve({ ...report, failed }), task);
    assert.equal(code, 1);
    assert.match(text, /Partially relocated .*: 1 of 5 images failed/);
    assert.match(text, /Failed: a\.example\/bad@sha256:[0-9a-f]+: gone/);
  });

  it('shows the plan, the progress in one line and the end, and ends with 0', async () => {
    const progress = {
      imagesDone: 1,
      imagesTotal: 5,
      blobsDone: 1,
      blobsTotal: 9,
      bytesDone: 1_000_000,
      bytesSent: 0,
      bytesRead: 0,
      transfers: { active: [], activeCount: 0, waiting: [] },
      bytesKept: 0,
      transferSeconds: 0,
    };
    const { code, text, jobs } = await output(({ onEvent }) => {
      const brought = { copied: 1, mounted: 0, bytes: 1_000_000 };
      const figures = { phase: 'copy' as const, bytesTotal: 5_000_000, bytesPerSecond: 0, current: [], brought };
      onEvent?.({ type: 'progress', progress: { ...progress, ...figures } });
      return Promise.resolve(report);
    }, task);
    assert.equal(code, 0);
    assert.match(text, /Images: 5 to copy\r\n/);
    assert.ok(text.includes('\r\u001b[K1.0 MB of 5.0 MB\r\n'), text);
    assert.match(text, /Relocated a\.example\/team\/app:1\.0\.0 to b\.example\/team\/app: 5 of 5 images copied/);
    assert.deepEqual(
      jobs.map(({ name, origin }) => [name, origin]),
      [['app:1.0.0', 'task']],
    );
  });

  it('shows what a scanner says about an image that it refuses', async () => {
    const { text } = await output(({ onEvent }) => {
      onEvent?.({ type: 'scan', image: 'a.example/app@sha256:1', exitCode: 0, output: 'nothing found' });
      onEvent?.({ type: 'scan', image: 'a.example/web@sha256:2', exitCode: 3, output: 'CVE-1\nHIGH: 1\u001b[2J' });
      return Promise.reject(new Error('refused'));
    }, task);
    assert.match(text, /Accepted by the scanner: a\.example\/app@sha256:1\r\n/);
    assert.doesNotMatch(text, /nothing found/);
    assert.ok(
      text.includes('Refused by the scanner: a.example/web@sha256:2, exit code 3\r\nCVE-1\r\nHIGH: 1\ufffd[2J\r\n'),
    );
  });

  it('runs no program that it names in a workspace that is not trusted', () => {
    const request = (more: object) => requestOfTask({ ...task, ...more }, '/work');
    refusePrograms(request({}), false);
    assert.throws(() => refusePrograms(request({ beforeTag: 'scan' }), false), { code: 'workbench.scan-untrusted' });
    assert.throws(() => refusePrograms(request({ sign: 'a.key' }), false), { code: 'workbench.sign-untrusted' });
    refusePrograms(request({ beforeTag: 'scan' }), true);
  });

  it("does not let a registry's text move the cursor or change the title", async () => {
    const { text } = await output(() => Promise.resolve(report), task);
    assert.match(text, /Warning: one layer\ufffd\]0;was skipped\r\n/);
  });

  it('shows what is wrong, without secrets, and ends with 1', async () => {
    const { code, text } = await output(() => Promise.reject(new Error('refused: secret')), task);
    assert.equal(code, 1);
    assert.match(text, /Error: refused: \*\*\*\r\n$/);
    const incomplete = await output(() => Promise.resolve(report), { type: 'carvel-airgap', source: 'a.example/b' });
    assert.equal(incomplete.code, 1);
    assert.match(incomplete.text, /exactly one of toRepository, toTar/);
  });

  it('ends with 1 when it is canceled', async () => {
    const { code, text } = await output(endless, task, { cancel: true });
    assert.equal(code, 1);
    assert.match(text, /Canceled\.\r\n$/);
  });

  it('ends with 1, and shows where to resume, when it is paused in the view', async () => {
    const list = new List();
    const run: PlannedRelocation['run'] = (options) => {
      setImmediate(() => list.stop('1', 'paused'));
      return endless(options);
    };
    const { code, text } = await output(run, task, { list });
    assert.equal(code, 1);
    assert.match(text, /Paused\. It can be resumed in the Relocations view\.\r\n$/);
  });

  it('shows that it is queued, and rejects a relocation that is already running', async () => {
    const list = new List();
    list.hasRoom = false;
    assert.match((await output(() => Promise.resolve(report), task, { list })).text, /Queued behind other relocations/);
    list.underWay = true;
    const { code, text, jobs } = await output(() => Promise.resolve(report), task, { list });
    assert.deepEqual([code, jobs.length], [1, 1]);
    assert.match(text, /Error: app:1\.0\.0 is already being relocated to b\.example\/team\/app/);
  });
});
