import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { withoutIcons, withoutLinks } from '../../../src/workbench/text/plain.ts';
import { formatBytes, formatSeconds, shortDigest } from '../../../src/workbench/text/quantities.ts';

describe('text that a person reads', () => {
  it('counts bytes in decimal units with three digits', () => {
    const shown = [0, 999, 1000, 12_345, 999_499, 999_500, 1_230_000, 45_678_000_000].map(formatBytes);
    assert.deepEqual(shown, ['0 B', '999 B', '1 kB', '12.3 kB', '999 kB', '1 MB', '1.23 MB', '45.7 GB']);
  });

  it('says how long in the two units that matter', () => {
    const shown = [0.4, 59.4, 60, 125, 659, 3600, 4830].map(formatSeconds);
    assert.deepEqual(shown, ['0 s', '59 s', '1 min', '2 min 5 s', '10 min', '1 h', '1 h 20 min']);
  });

  it('shortens a digest but keeps its algorithm', () => {
    assert.equal(shortDigest(`sha256:${'0123456789abcdef'.repeat(4)}`), 'sha256:0123456789ab');
  });

  it('shows what a server says without making icons or command links of it', () => {
    assert.equal(withoutIcons('no $(error) here'), String.raw`no \$(error) here`);
    assert.equal(withoutLinks('[click](command:workbench.action.quit)'), '[click] (command:workbench.action.quit)');
  });
});
