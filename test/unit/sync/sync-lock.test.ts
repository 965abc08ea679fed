import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Digest } from '../../../src/oci/digest.ts';
import { EMPTY_LOCK, formatSyncLock, parseSyncLock, withBrought, withEntry } from '../../../src/sync/sync-lock.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;

test('a lock is read as it was written, and the same content has the same bytes', () => {
  const entry = { name: 'web', source: 'v.example/web:1.0.0', digest: digest('a'), request: digest('b') };
  const one = withEntry(withEntry(EMPTY_LOCK, { ...entry, destination: 'in.example/web', tag: '1.0.0' }), {
    ...entry,
    destination: 'other.example/web',
    subset: digest('c'),
  });
  const full = withBrought(
    withBrought(one, 'in.example/web', [digest('e'), digest('d')], [['1.0.0', digest('d')]]),
    'in.example/web',
    [digest('d')],
    [['null', digest('e')]],
  );
  const text = formatSyncLock(full);
  const read = parseSyncLock(text, 'lock.yml');
  assert.equal(formatSyncLock(read), text);
  assert.deepEqual(read.brought.get('in.example/web'), {
    images: new Set([digest('d'), digest('e')]),
    tags: new Map([
      ['1.0.0', digest('d')],
      ['null', digest('e')],
    ]),
  });
  assert.deepEqual(
    read.entries.map(({ destination, subset, tag }) => [destination, subset, tag]),
    [
      ['in.example/web', undefined, '1.0.0'],
      ['other.example/web', digest('c'), undefined],
    ],
  );
});

test('a lock that was damaged is refused with the position', () => {
  const text = formatSyncLock(withBrought(EMPTY_LOCK, 'in.example/web', [digest('a')], []));
  assert.throws(() => parseSyncLock(text.replace(digest('a'), 'sha256:a'), 'lock.yml'), {
    code: 'sync.lock-invalid',
    message: 'lock.yml:9:9: brought[0].images[0]: expected a digest',
  });
  assert.throws(() => parseSyncLock(text.slice(0, text.indexOf('brought')), 'lock.yml'), {
    message: /lock\.yml:\d+:\d+: the field brought is missing/,
  });
});

test('nothing brought leaves the lock unchanged', () => {
  assert.equal(withBrought(EMPTY_LOCK, 'in.example/web', [], []), EMPTY_LOCK);
});
