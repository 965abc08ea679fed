import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formatReport } from '../../../src/relocation/report-document.ts';
import type { RelocationReport } from '../../../src/relocation/report.ts';
import type { RelocationRecord } from '../../../src/workbench/relocations/list/record.ts';
import { recordOf } from '../../../src/workbench/relocations/list/record-lines.ts';
import { wholeReport } from '../../../src/workbench/relocations/list/whole-report.ts';

const request = {
  source: { kind: 'any', reference: 'vendor.example/app:1' },
  destination: { kind: 'repository', repository: 'air.example/app' },
} as const;
const head = { version: 1, name: 'app:1', request, startedAt: 1000, imagesPresent: 1 };
const figures = { bytesDone: 60, bytesTotal: 100, imagesDone: 1, imagesTotal: 4 };

function read(...lines: readonly object[]): RelocationRecord {
  const record = recordOf('x', [head, { state: 'waiting', at: 1000 }, ...lines]);
  assert.ok(typeof record !== 'string');
  return record;
}

/** Of the last attempt: of five images, one was there at the beginning, and two were brought by attempts before. */
const report: RelocationReport = {
  source: 'vendor.example/app:1',
  destination: 'air.example/app',
  images: { total: 5, copied: 2, present: 3 },
  blobs: { copied: 4, mounted: 0, present: 1, skipped: 0 },
  bytes: { total: 100, copied: 30 },
  seconds: 2,
  tags: ['1'],
  warnings: [],
  failed: [],
};

describe('the attempts at a relocation', () => {
  it('are in its journal with their times, ends, and what each has sent', () => {
    const { attempts, imagesPresent } = read(
      { state: 'running', at: 2000 },
      { figures, sent: 30, at: 3000 },
      { figures, sent: 40, at: 5000 },
      { state: 'paused', at: 5500 },
      { state: 'waiting', at: 9000 },
      { state: 'running', at: 9100 },
      { figures, sent: 20, at: 9900 },
      { state: 'finished', at: 9999 },
    );
    assert.deepEqual(attempts, [
      { startedAt: 2000, lastAt: 5500, end: 'paused', bytesSent: 40 },
      { startedAt: 9100, lastAt: 9999, end: 'finished', bytesSent: 20 },
    ]);
    assert.equal(imagesPresent, 1);
  });

  it('that were interrupted end with what was last known of them, also where the next never had its turn', () => {
    const { attempts } = read(
      { state: 'running', at: 2000 },
      { figures, sent: 30, at: 3000 },
      { state: 'waiting', at: 90_000 },
      { state: 'cancelled', at: 91_000 },
    );
    assert.deepEqual(attempts, [{ startedAt: 2000, lastAt: 3000, end: 'interrupted', bytesSent: 30 }]);
  });

  it('32 are read from a journal that says what can not be as if it said nothing', () => {
    const { attempts } = read(
      { figures, sent: 5, at: 2000 },
      { state: 'running', at: 2000 },
      { figures, sent: -1, at: 'x' },
      { figures: 1, sent: 50, at: 2500 },
      { state: 'paused', at: 3000 },
      { figures, sent: 90, at: 4000 },
    );
    assert.deepEqual(attempts, [{ startedAt: 2000, lastAt: 3000, end: 'paused', bytesSent: 0 }]);
  });

  it('are one report: what an earlier one brought was not there already', () => {
    const record = read(
      { state: 'running', at: 2000 },
      { figures, sent: 40, at: 5000 },
      { state: 'paused', at: 6000 },
      { state: 'running', at: 9000 },
    );
    const whole = wholeReport(report, record);
    assert.deepEqual(whole.images, { total: 5, copied: 4, present: 1 });
    assert.deepEqual([whole.bytes.copied, whole.seconds], [70, 6]);
    assert.deepEqual(whole.blobs, report.blobs);
    const twice = { ...record.attempts[0], startedAt: 0, lastAt: 0, bytesSent: 95 };
    assert.equal(wholeReport(report, { ...record, attempts: [twice, ...record.attempts] }).bytes.copied, 100);
  });

  it('leave the report of a single one, or of one without a count of what was there, as it is', () => {
    const single = read({ state: 'running', at: 2000 });
    assert.deepEqual(wholeReport(report, single), report);
    assert.deepEqual(wholeReport(report, { attempts: [...single.attempts, ...single.attempts] }).images, report.images);
  });

  it('stand in the report as JSON', () => {
    const attempt = { started: '2026-01-01T00:00:00.000Z', ended: '2026-01-01T00:01:00.000Z', bytesSent: 5 };
    const written = (attempts?: Parameters<typeof formatReport>[2]) =>
      JSON.parse(formatReport(request, report, attempts)) as { attempts?: unknown };
    assert.deepEqual(written([{ ...attempt, end: 'paused' }]).attempts, [{ ...attempt, end: 'paused' }]);
    assert.equal('attempts' in written(), false);
  });
});
