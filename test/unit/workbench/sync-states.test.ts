import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import type { SyncEntry } from '../../../src/sync/sync-file.ts';
import { EMPTY_LOCK, withEntry } from '../../../src/sync/sync-lock.ts';
import type { SyncLock } from '../../../src/sync/sync-lock.ts';
import type { SyncResult } from '../../../src/sync/sync-result.ts';
import { statesOf } from '../../../src/workbench/sync/entry-state.ts';
import type { SyncOutcome } from '../../../src/workbench/sync/entry-state.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}` as Digest;
const source = (tag: string) => `vendor.example/web:${tag}`;
const to = (site: string) => `${site}.example/web`;

const entry: SyncEntry = {
  name: 'web',
  kind: 'bundle',
  source: { registry: 'vendor.example', path: 'web' },
  selection: { isSemver: true, constraints: '' },
  destinations: [to('one')],
  options: {},
  line: 4,
};
const locked = (tag: string, letter: string, lock: SyncLock = EMPTY_LOCK): SyncLock =>
  withEntry(lock, {
    name: 'web',
    destination: to('one'),
    source: source(tag),
    digest: digest(letter),
    request: digest('f'),
  });
const result = (
  state: SyncResult['state'],
  tag: string,
  letter: string,
  more: Partial<SyncResult> = {},
): SyncResult => ({
  entry: 'web',
  line: 4,
  destination: to('one'),
  state,
  source: source(tag),
  digest: digest(letter),
  ...more,
});
const outcome = (lock: SyncLock, ...results: readonly SyncResult[]): SyncOutcome => ({
  kind: 'plan',
  at: 0,
  results,
  entries: new Map([['web', entry]]),
  plan: {
    totals: { images: 0, imagesToCopy: 0, blobs: 0, blobsToCopy: 0, bytes: 0, bytesToCopy: 0 },
    exact: true,
    missing: [],
  },
  lock,
});
const [v1, v2] = [locked('1.0.0', 'a'), locked('1.1.0', 'b')];

describe('the state of an entry', () => {
  test('is that of the lock, until a plan says more', () => {
    assert.deepEqual(statesOf(entry, EMPTY_LOCK, undefined), [{ kind: 'never' }]);
    assert.deepEqual(statesOf(entry, v1, undefined), [{ kind: 'copied', version: '1.0.0' }]);
    assert.deepEqual(statesOf(entry, v1, outcome(v1, result('current', '1.0.0', 'a'))), [
      { kind: 'current', version: '1.0.0' },
    ]);
  });

  test('names the new version, and the last one that was copied', () => {
    const outdated = result('outdated', '1.1.0', 'b');
    assert.deepEqual(statesOf(entry, v1, outcome(v1, outdated)), [
      { kind: 'outdated', version: '1.1.0', before: '1.0.0', images: 0, bytes: 0 },
    ]);
    assert.deepEqual(statesOf(entry, EMPTY_LOCK, outcome(EMPTY_LOCK, outdated)), [
      { kind: 'outdated', version: '1.1.0', images: 0, bytes: 0 },
    ]);
    // The tag has moved.
    assert.deepEqual(statesOf(entry, v1, outcome(v1, result('outdated', '1.0.0', 'b'))), [
      { kind: 'outdated', version: '1.0.0 (bbbbbbbbbbbb)', before: '1.0.0 (aaaaaaaaaaaa)', images: 0, bytes: 0 },
    ]);
  });

  test('is that of the lock again when another process has synced it', () => {
    const outdated = outcome(v1, result('outdated', '1.1.0', 'b'));
    assert.deepEqual(statesOf(entry, v2, outdated), [{ kind: 'copied', version: '1.1.0' }]);
    assert.deepEqual(statesOf(entry, v1, outcome(v2, result('synced', '1.1.0', 'b'))), [
      { kind: 'copied', version: '1.0.0' },
    ]);
  });

  test('is unknown again when the entry is edited, but not when it moves in the file', () => {
    const current = outcome(v1, result('current', '1.0.0', 'a'));
    assert.deepEqual(statesOf({ ...entry, line: 9 }, v1, current), [{ kind: 'current', version: '1.0.0' }]);
    assert.deepEqual(statesOf({ ...entry, options: { referrers: true } }, v1, current), [
      { kind: 'copied', version: '1.0.0' },
    ]);
  });

  test('is one for each destination', () => {
    const error = new AirgapError('oci.unreachable', { text: 'Could not reach {host}' }, { host: 'two.example' });
    const both = { ...entry, destinations: [to('one'), to('two')] };
    const states = statesOf(both, v1, {
      ...outcome(
        v1,
        result('current', '1.0.0', 'a'),
        result('failed', '1.0.0', 'a', { destination: to('two'), error }),
      ),
      entries: new Map([['web', both]]),
    });
    assert.deepEqual(states, [
      { kind: 'current', version: '1.0.0' },
      { kind: 'failed', error, images: 0 },
    ]);
  });
});
