// A plan that the pods of a Job carry out, in the way of the command line and in that of the editor: it is stored at the
// destination, what its shares copy arrives, and the last pod writes the rest.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { anonymous } from '../../src/oci/auth/credentials.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { createRegistries } from '../../src/oci/registries.ts';
import { readJobPlan } from '../../src/relocation/job/job-plan-store.ts';
import { copyShare, finishJob } from '../../src/relocation/job/run-share.ts';
import type { RelocationRequest } from '../../src/relocation/request/request.ts';
import { engines } from '../support/engines.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const { signal } = new AbortController();

describe('a plan for the pods of a Job', () => {
  let source: Registry;
  let destination: Registry;
  let digest = '';
  const sizes = [40_000, 30_000, 20_000, 10_000];

  before(async () => {
    [source, destination] = [await startRegistry(), await startRegistry()];
    const layers = sizes.map((size) => randomBytes(size));
    const image = await new RawRepository(source.host, 'images').pushImage('v1', layers);
    digest = await new RawRepository(source.host, 'apps').pushBundle('v1', [`${source.host}/images@${image}`]);
  });

  after(async () => {
    await source?.stop();
    await destination?.stop();
  });

  for (const [name, make] of engines) {
    test(`is stored in shares, arrives and is finished, ${name}`, async (context) => {
      const path = `apps-${name.replaceAll(' ', '-')}`;
      const request: RelocationRequest = {
        source: { kind: 'any', reference: `${source.host}/apps:v1` },
        destination: { kind: 'repository', repository: `${destination.host}/${path}` },
      };
      const engine = make();
      context.after(() => engine.dispose());
      const planned = await engine.plan(request, { depth: 'show', signal });
      context.after(() => planned.close());
      const { blobsToCopy } = planned.view.totals;
      const { reference, shares, repositories } = await planned.storeJobPlan(3, signal);
      assert.equal(shares.length, 3);
      assert.equal(
        shares.reduce((sum, { blobs }) => sum + blobs, 0),
        blobsToCopy,
      );
      assert.deepEqual(
        repositories.map((repository) => repository.path),
        ['apps', 'images'],
      );
      assert.deepEqual(await planned.arrived(signal), { blobs: 0, bytes: 0 });

      const registries = createRegistries({}, anonymous, 'destination');
      context.after(() => registries.close());
      const { digest: stored, ...place } = parseReference(reference);
      assert.ok(stored);
      const plan = await readJobPlan({ ...place, digest: stored }, registries, signal);
      const environment = { connection: {}, credentials: anonymous };
      await copyShare(plan, 0, environment, { signal });
      assert.deepEqual(await planned.arrived(signal), shares[0]);
      for (const index of [1, 2]) await copyShare(plan, index, environment, { signal });
      assert.equal((await planned.arrived(signal)).blobs, blobsToCopy);
      assert.equal(await new RawRepository(destination.host, path).manifestStatus('v1'), 404);
      const failedOf = () => Promise.resolve(undefined);
      const results = await finishJob(plan, environment, { signal, patience: 60_000, failedOf });
      assert.equal(results?.length, 1);
      assert.equal(await new RawRepository(destination.host, path).digest('v1'), digest);
    });
  }
});
