import assert from 'node:assert/strict';

import { describe, it } from 'mocha';
import * as vscode from 'vscode';

import { addMark, addTransfer, NO_TRANSFER } from '../../../src/map/transfer-history.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { mapOfRecord } from '../../../src/workbench/map/outcome-maps.ts';
import { pageHtml } from '../../../src/workbench/map/page-html.ts';
import { actionsFor, transferPage, transferState } from '../../../src/workbench/map/transfer-state.ts';
import type { RelocationRecord } from '../../../src/workbench/relocations/list/record.ts';
import type { LiveState, RelocationSnapshot } from '../../../src/workbench/relocations/list/relocation-attempt.ts';

const HOSTILE = '</script><img src=x onerror=alert(1)>\u202egnp.exe<!--';
const digest = digestOf(Buffer.from('blob'));
const totals = {
  bytesSent: 5,
  bytesRead: 9,
  brought: { copied: 0, mounted: 0, bytes: 0 },
  transferSeconds: 1,
  blobsTotal: 9,
};
const record: RelocationRecord = {
  id: 'x',
  name: `app:${HOSTILE}`,
  request: {
    source: { kind: 'any', reference: `vendor.example/app:${HOSTILE}` },
    destination: { kind: 'repository', repository: 'air.example/app' },
  },
  startedAt: 1_000_000,
  state: 'running',
  changedAt: 1_200_000,
  attempts: [
    { ...totals, startedAt: 1_000_000, lastAt: 1_010_000, end: 'paused' },
    { ...totals, startedAt: 1_200_000, lastAt: 1_205_000 },
  ],
  figures: { bytesDone: 55, bytesTotal: 100, imagesDone: 0, imagesTotal: 1 },
  transfer: addMark(addTransfer(NO_TRANSFER, 0, 1000, [9, 5]), { kind: 'retry', at: 500, time: 1, text: HOSTILE }),
};
const live: LiveState = {
  phase: 'copy',
  bytesPerSecond: 1,
  secondsLeft: 3,
  pauses: new Map(),
  retry: undefined,
  images: [],
  results: new Map(),
  current: [],
  transfers: {
    active: [{ digest, image: `vendor.example/${HOSTILE}@${digest}`, size: 10, done: 4 }],
    activeCount: 1,
    waiting: [{ digest, image: `vendor.example/b@${digest}`, size: 20, done: 0 }],
  },
  waiting: { blobs: 3, bytes: 45_000 },
  parts: [],
  problem: undefined,
  stopping: undefined,
};
const running: RelocationSnapshot = { record, live, isElsewhere: false };
const ended: RelocationSnapshot = { ...running, live: undefined, record: { ...record, state: 'paused' } };
const dist = (): string =>
  vscode.Uri.joinPath(
    vscode.extensions.getExtension('carvel-airgap.carvel-airgap')?.extensionUri ?? assert.fail(),
    'dist',
  ).fsPath;

describe('the throughput of a relocation', () => {
  it('leaves out the time between attempts, and says when they ended', () => {
    const state = transferState(running, 1_207_000);
    assert.equal(state.elapsed, 17_000);
    assert.deepEqual(
      state.breaks.map(({ at }) => at),
      [10_000],
    );
    assert.match(state.breaks[0]?.text ?? '', /^paused at .*, continued at /);
    assert.equal(transferState(ended, 9_000_000).elapsed, 15_000);
  });

  it('lists blobs by name and size, without what could reorder or hide text', () => {
    const { active, waiting, waitingText, announced, status } = transferState(running, 1_207_000);
    assert.deepEqual(active, [
      {
        name: 'vendor.example/</script><img src=x onerror=alert(1)>\ufffdgnp.exe<!--',
        digest: digest.slice(7, 19),
        size: 10,
        done: 4,
      },
    ]);
    assert.deepEqual(waiting[0]?.name, 'vendor.example/b');
    assert.equal(waitingText, 'Blobs: 3, 45.0 kB');
    // A screen reader hears of quarters.
    assert.equal(announced, 'running, 50 %');
    assert.match(status, /^running · 55 % · 3 s left/);
    assert.ok(!transferPage(record).summary.includes('\u202e'));
  });

  it('offers what can be done now', () => {
    const titles = (relocation: RelocationSnapshot) => actionsFor(relocation).map(({ title }) => title);
    assert.deepEqual(titles(running), ['Pause', 'Cancel', 'Show Log']);
    assert.deepEqual(titles(ended), ['Resume', 'Discard…', 'Show Log']);
  });

  it('is saved with the report and its map in a page that no text can break out of', async () => {
    const report = {
      source: `vendor.example/${HOSTILE}`,
      destination: 'air.example/app',
      images: { total: 1, copied: 0, present: 0 },
      blobs: { copied: 0, mounted: 0, present: 0, skipped: 0 },
      bytes: { total: 100, copied: 55 },
      seconds: 1,
      transferSeconds: 1,
      tags: [],
      tagsNotSet: [],
      warnings: [HOSTILE],
      failed: [{ reference: `vendor.example/${HOSTILE}@${digest}`, digest, code: 'x', reason: HOSTILE }],
    };
    const nothing = {
      reader: { describeWhole: () => Promise.reject(new Error()) },
      describeFile: () => Promise.reject(new Error()),
    };
    const finished: RelocationRecord = { ...record, state: 'finished' };
    const map = await mapOfRecord(nothing, finished, report);
    const page = { title: 'a', summary: '', map: map.map, findings: [], states: map.states, kinds: {}, texts: {} };
    const text = await pageHtml(dist(), record.name, { map: page as never, ...map.saved?.() });
    // The script and the data, each in its own element, and nothing else.
    assert.equal(text.split('</script>').length - 1, 2);
    assert.ok(!text.includes('<img'));
    assert.ok(!/<a |command:/.test(text.slice(text.indexOf('<body>'), text.indexOf('<script type'))));
    assert.ok(text.includes('&lt;img src=x onerror=alert(1)&gt;\ufffdgnp.exe'));
    const [, nonce = ''] =
      /default-src 'none'; style-src 'nonce-(\w+)'; script-src 'nonce-\1'"/.exec(text.replaceAll('&#39;', "'")) ?? [];
    assert.match(nonce, /^[0-9a-f]{32}$/);
    assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/);
  });
});
