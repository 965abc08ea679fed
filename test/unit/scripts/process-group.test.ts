import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';

import { endGroup } from '../../../scripts/lib/process-group.mjs';

describe('a stage that hangs', () => {
  test('is ended together with its child processes', async () => {
    const child = spawn('sh', ['-c', 'sleep 600 & echo started; wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    // The end of the pipe comes only when nobody holds its other side: neither the child nor what it started.
    const ended = once(child.stdout, 'end');
    endGroup(child);
    await ended;
    assert.equal(child.signalCode ?? (await once(child, 'exit'))[1], 'SIGTERM');
  });

  test('can be ended twice', async () => {
    const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    const closed = once(child, 'close');
    endGroup(child);
    await closed;
    endGroup(child);
  });
});
