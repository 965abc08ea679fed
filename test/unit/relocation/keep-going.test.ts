import assert from 'node:assert/strict';
import { test } from 'node:test';

import { carvelError } from '../../../src/carvel/errors.ts';
import { ociError } from '../../../src/oci/errors.ts';
import { isFatal } from '../../../src/relocation/keep-going.ts';

const destination = { registry: 'harbor.example', description: 'harbor.example/inside/app' };
const at = (host: string, repository?: string) => ({ host, step: 'PUT', ...(repository ? { repository } : {}) });

for (const [what, error, expected] of [
  ['a layer that is gone', ociError.of('not-found', at('vendor.example', 'apps/app')), false],
  ['a repository of the source that is forbidden', ociError.of('forbidden', at('vendor.example', 'apps/app')), false],
  ['the destination that is forbidden', ociError.of('forbidden', at('harbor.example', 'inside/app')), true],
  [
    'another repository of the destination’s registry',
    ociError.of('forbidden', at('harbor.example', 'apps/app')),
    false,
  ],
  ['a source that is away', ociError.of('connection-refused', at('vendor.example')), false],
  ['a destination that is away', ociError.of('connection-refused', at('harbor.example')), true],
  ['a source that asks to wait an hour', ociError.of('pause-too-long', at('vendor.example')), false],
  ['a destination that asks to wait an hour', ociError.of('pause-too-long', at('harbor.example')), true],
  ['a manifest that the destination does not take', ociError.of('status-unexpected', at('harbor.example')), false],
  ['a disk that is full', carvelError('disk-full-now', { path: 'x.tar', partial: 'x.tar.partial', needed: 1 }), true],
] as const) {
  test(`${what} ${expected ? 'ends a copy with --keep-going' : 'does not end the others'}`, () =>
    assert.equal(isFatal(error, destination), expected));
}
