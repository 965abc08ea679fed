import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parsePackageRepository } from '../../../src/packaging/package-repository.ts';
import { knownState } from '../../../src/workbench/packaging/known-repositories.ts';

test('after a reload, a lens has the state of a failed PackageRepository that the Clusters view shows', async () => {
  const repository = parsePackageRepository({
    metadata: { name: 'apps', namespace: 'default', generation: 1 },
    spec: { fetch: { imgpkgBundle: { image: 'air.example/apps:1.0.0' } } },
    status: {
      observedGeneration: 1,
      friendlyDescription: 'Reconcile failed: Fetching resources',
      usefulErrorMessage: 'vendir: Error: not found',
      conditions: [{ type: 'ReconcileFailed', status: 'True', message: 'Fetching resources' }],
    },
  });
  assert.ok(repository !== undefined);
  const onDidChange = () => ({ dispose: () => undefined });
  const known = { of: (context: string) => (context === 'inside' ? [repository] : []), onDidChange };
  const address = { context: 'inside', namespace: 'default', name: 'apps' };
  assert.equal((await knownState(known, address))?.state?.severity, 'error');
  assert.equal(await knownState(known, { ...address, context: 'other' }), undefined);
  assert.equal(await knownState(known, { ...address, namespace: 'other' }), undefined);
});
