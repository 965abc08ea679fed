import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formatReport } from '../../../src/relocation/report/report-document.ts';
import type { RelocationReport } from '../../../src/relocation/report/report.ts';
import type { RelocationRecord } from '../../../src/workbench/relocations/list/record.ts';
import { parseRecord } from '../../../src/workbench/relocations/list/record-lines.ts';
import { mergeAttemptReports } from '../../../src/workbench/relocations/list/merge-attempt-reports.ts';

const request = {
  source: { kind: 'any', reference: 'vendor.example/app:1' },
  destination: { kind: 'repository', repository: 'air.example/app' },
} as const;
const agreed = { blobs: 8, skipped: 1, bytes: 90 };
const head = { version: 1, name: 'app:1', request, startedAt: 1000, imagesPresent: 1, agreed };
const figures = { bytesDone: 60, bytesTotal: 100, imagesDone: 1, imagesTotal: 4 };

function read(...lines: readonly object[]): RelocationRecord {
  const record = parseRecord('x', [head, { state: 'waiting', at: 1000 }, ...lines]);
  assert.ok(typeof record !== 'string');
  return record;
}

const nothing = { bytesRead: 0, brought: { copied: 0, mounted: 0, bytes: 0 }, transferSeconds: 0, blobsTotal: 0 };
/** An attempt before it brought four of eight blobs. */
const before = { copied: 4, mounted: 0, bytes: 50 };

/** Of the last attempt: of five images, one was there at the beginning, and two were brought by attempts before. */
const report: RelocationReport = {
  source: 'vendor.example/app:1',
  destination: 'air.example/app',
  images: { total: 5, copied: 2, present: 3 },
  blobs: { copied: 4, mounted: 0, present: 1, skipped: 0 },
  bytes: { total: 100, copied: 30 },
  seconds: 2,
  transferSeconds: 1.5,
  tags: ['1'],
  tagsNotSet: [],
  warnings: [],
  failed: [],
};

describe('the attempts of a relocation', () => {
  it('are in its journal with their times, ends, and the bytes that each sent', () => {
    const {
      attempts,
      imagesPresent,
      agreed: kept,
    } = read(
      { state: 'running', at: 2000 },
      { figures, sent: 30, at: 3000 },
      { figures, sent: 40, at: 5000, brought: before, seconds: 2.5, blobs: 12 },
      { state: 'paused', at: 5500 },
      { state: 'waiting', at: 9000 },
      { state: 'running', at: 9100 },
      { figures, sent: 20, at: 9900 },
      { state: 'finished', at: 9999 },
    );
    assert.deepEqual(attempts, [
      {
        startedAt: 2000,
        lastAt: 5500,
        end: 'paused',
        bytesSent: 40,
        bytesRead: 0,
        brought: before,
        transferSeconds: 2.5,
        blobsTotal: 12,
      },
      { startedAt: 9100, lastAt: 9999, end: 'finished', bytesSent: 20, ...nothing },
    ]);
    assert.deepEqual([imagesPresent, kept], [1, agreed]);
  });

  it('that were interrupted end with their last known progress, even if the next one never got a slot', () => {
    const { attempts } = read(
      { state: 'running', at: 2000 },
      { figures, sent: 30, at: 3000 },
      { state: 'waiting', at: 90_000 },
      { state: 'cancelled', at: 91_000 },
    );
    assert.deepEqual(attempts, [{ startedAt: 2000, lastAt: 3000, end: 'interrupted', bytesSent: 30, ...nothing }]);
  });

  it('32 are read from a journal without its impossible values', () => {
    const { attempts } = read(
      { figures, sent: 5, at: 2000 },
      { state: 'running', at: 2000 },
      { figures, sent: -1, at: 'x' },
      { figures: 1, sent: 50, at: 2500 },
      { figures, brought: { copied: 1, mounted: -1, bytes: 5 }, seconds: -1, blobs: 'all', at: 2500 },
      { state: 'paused', at: 3000 },
      { figures, sent: 90, at: 4000 },
    );
    assert.deepEqual(attempts, [{ startedAt: 2000, lastAt: 3000, end: 'paused', bytesSent: 0, ...nothing }]);
  });

  /** The record of two attempts, the second one running. */
  const two = (end: 'paused' | 'interrupted', brought: object = before): RelocationRecord =>
    read(
      { state: 'running', at: 2000 },
      { figures, sent: 60, at: 5000, brought, seconds: 2, blobs: 12 },
      ...(end === 'interrupted' ? [{ state: 'waiting', at: 8000 }] : [{ state: end, at: 6000 }]),
      { state: 'running', at: 9000 },
      { figures, sent: 35, at: 9500, brought: { copied: 4, mounted: 0, bytes: 40 }, blobs: 7 },
    );

  it('are one report: content from an earlier attempt was not already present, and nothing counts twice', () => {
    const whole = mergeAttemptReports(report, two('paused'));
    assert.deepEqual(whole.images, { total: 5, copied: 4, present: 1 });
    // Of twelve blobs, eight were to be brought, one is skipped, and three were there.
    assert.deepEqual(whole.blobs, { copied: 8, mounted: 0, present: 3, skipped: 1 });
    // Of the 95 bytes that were sent, five were lost in transit and sent again.
    assert.deepEqual([whole.bytes.copied, whole.seconds, whole.transferSeconds], [90, 6, 3.5]);
  });

  it('are one report even if the last seconds of an interrupted one were not recorded', () => {
    const whole = mergeAttemptReports(report, two('interrupted', { copied: 2, mounted: 0, bytes: 20 }));
    assert.deepEqual(whole.blobs, { copied: 8, mounted: 0, present: 3, skipped: 1 });
    assert.equal(whole.bytes.copied, 90);
    const paused = mergeAttemptReports(report, two('paused', { copied: 2, mounted: 0, bytes: 20 }));
    assert.deepEqual(paused.blobs, { copied: 6, mounted: 0, present: 5, skipped: 1 }, 'somebody else brought two');
    assert.equal(paused.bytes.copied, 60);
  });

  it('are one report even if complete content was sent again, mounted, or could not be copied', () => {
    const next = mergeAttemptReports(report, two('paused', { copied: 7, mounted: 0, bytes: 80 }));
    assert.deepEqual(next.blobs, { copied: 8, mounted: 0, present: 3, skipped: 1 });
    assert.equal(next.bytes.copied, 90);
    const mounts = { ...report, blobs: { copied: 0, mounted: 4, present: 1, skipped: 0 } };
    const mounted = mergeAttemptReports(mounts, two('interrupted', { copied: 0, mounted: 3, bytes: 10 }));
    assert.deepEqual(mounted.blobs, { copied: 0, mounted: 8, present: 3, skipped: 1 });
    const failed = [{ reference: 'vendor.example/bad', digest: `sha256:${'0'.repeat(64)}`, code: 'x', reason: 'y' }];
    const part = { ...report, failed: failed as unknown as RelocationReport['failed'] };
    // Two of the seven blobs of the last attempt were not come to.
    assert.deepEqual(mergeAttemptReports(part, two('interrupted')).blobs, {
      copied: 6,
      mounted: 0,
      present: 3,
      skipped: 1,
    });
  });

  it('leave the report of a single one, or of one without a count of present images, unchanged', () => {
    const single = read({ state: 'running', at: 2000 });
    assert.deepEqual(mergeAttemptReports(report, single), report);
    const { images, blobs } = mergeAttemptReports(report, { attempts: [...single.attempts, ...single.attempts] });
    assert.deepEqual([images, blobs], [report.images, report.blobs]);
  });

  it('are in the report as JSON', () => {
    const attempt = { started: '2026-01-01T00:00:00.000Z', ended: '2026-01-01T00:01:00.000Z', bytesSent: 5 };
    const written = (attempts?: Parameters<typeof formatReport>[2]) =>
      JSON.parse(formatReport(request, report, attempts)) as { attempts?: unknown };
    assert.deepEqual(written([{ ...attempt, end: 'paused' }]).attempts, [{ ...attempt, end: 'paused' }]);
    assert.equal('attempts' in written(), false);
  });
});
