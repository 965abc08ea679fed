import assert from 'node:assert/strict';
import { test } from 'node:test';

import { planDigest } from '../../../src/agents/plan-digest.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { PlanSummary } from '../../../src/relocation/plan/plan-summary.ts';
import type { RelocationRequest } from '../../../src/relocation/request/request.ts';

const [one, two] = [digestOf(Buffer.from('one')), digestOf(Buffer.from('two'))];
const image = (digest: typeof one): PlanSummary['images'][number] => ({
  reference: `a.example/app@${digest}`,
  digest,
  kind: 'image',
  bytes: 10,
  action: 'copy',
});
const view: PlanSummary = {
  source: 'a.example/app:1',
  destination: 'b.example/app',
  images: [image(one), image(two)],
  tags: [{ name: '1', digest: one }],
  totals: { images: 2, imagesToCopy: 2, blobs: 0, blobsToCopy: 0, bytes: 20, bytesToCopy: 20, secondsExpected: 3 },
  missing: [],
  attachments: { images: 2, signed: 0, carried: {}, left: {}, unknown: 0 },
  exact: true,
  warnings: [],
};
const request: RelocationRequest = {
  source: { kind: 'bundle', reference: 'a.example/app:1' },
  destination: { kind: 'repository', repository: 'b.example/app' },
};

test('the digest of a plan covers what will happen', () => {
  const digest = planDigest(view, request);
  const others: [PlanSummary, RelocationRequest][] = [
    [{ ...view, images: [image(one)] }, request],
    [{ ...view, images: [image(one), { ...image(two), action: 'present' }] }, request],
    [{ ...view, tags: [{ name: '1', digest: one, current: two }] }, request],
    [{ ...view, tags: [{ name: '2', digest: one }] }, request],
    [{ ...view, destination: 'c.example/app' }, request],
    [view, { ...request, destination: { kind: 'archive', path: 'b.example/app' } }],
    [view, { ...request, options: { repair: true } }],
  ];
  for (const [index, other] of others.entries()) assert.notEqual(planDigest(...other), digest, String(index));
});

test('the digest of a plan does not depend on estimates or on the order in which answers arrive', () => {
  const totals = { ...view.totals, secondsExpected: 4 };
  const same = { ...view, totals, images: view.images.toReversed() };
  assert.equal(planDigest(same, request), planDigest(view, request));
});
