import assert from 'node:assert/strict';
import { test } from 'node:test';

import { combinePlans } from '../../../src/relocation/plan/combined-plan.ts';
import type { Digest } from '../../../src/oci/digest.ts';
import type { PlanSummary } from '../../../src/relocation/plan/plan-summary.ts';

const digest = (name: string) => `sha256:${name.repeat(64).slice(0, 64)}` as Digest;

/** A plan for one image of 100 bytes with one blob of its own (10 bytes) and one that all plans share (80 bytes). */
function planFor(destination: string, name: string): PlanSummary {
  const [image, own, shared] = [digest(name), digest(`${name}0`), digest('f')];
  return {
    source: 'vendor.example/app',
    destination,
    images: [{ reference: `vendor.example/app@${image}`, digest: image, kind: 'image', bytes: 100, action: 'copy' }],
    blobs: [
      { digest: own, bytes: 10, action: 'copy' },
      { digest: shared, bytes: 80, action: 'copy' },
    ],
    tags: [],
    missing: [],
    totals: { images: 1, imagesToCopy: 1, blobs: 2, blobsToCopy: 2, bytes: 100, bytesToCopy: 100 },
    attachments: { images: 1, signed: 0, carried: {}, left: {}, unknown: 0 },
    exact: true,
    warnings: [],
  };
}

test('a blob that several plans send to one repository counts once', () => {
  const { totals } = combinePlans([planFor('inside.example/app', 'a'), planFor('inside.example/app', 'b')]);
  assert.deepEqual(totals, { images: 2, imagesToCopy: 2, blobs: 3, blobsToCopy: 3, bytes: 120, bytesToCopy: 120 });
});

test('a blob that several repositories of a registry get is sent once, and part of each', () => {
  const { totals } = combinePlans([planFor('inside.example/app', 'a'), planFor('inside.example/other', 'b')]);
  assert.deepEqual(totals, { images: 2, imagesToCopy: 2, blobs: 4, blobsToCopy: 3, bytes: 200, bytesToCopy: 120 });
});

test('a blob for several registries is sent to each', () => {
  const { totals } = combinePlans([planFor('inside.example/app', 'a'), planFor('second.example/app', 'b')]);
  assert.deepEqual([totals.blobsToCopy, totals.bytesToCopy], [4, 200]);
});

test('an image that two plans bring to one repository counts once', () => {
  const same = planFor('inside.example/app', 'a');
  const { totals } = combinePlans([
    same,
    { ...same, images: same.images.map((each) => ({ ...each, action: 'present' })) },
  ]);
  assert.deepEqual([totals.images, combinePlans([same, same]).totals.imagesToCopy], [1, 1]);
});
