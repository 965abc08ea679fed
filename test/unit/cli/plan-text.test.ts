import assert from 'node:assert/strict';
import { test } from 'node:test';

import { planText } from '../../../src/cli/copy/plan-text.ts';
import { planDocument } from '../../../src/relocation/plan/plan-document.ts';
import { hasWork } from '../../../src/relocation/plan/plan-summary.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { PlanSummary } from '../../../src/relocation/plan/plan-summary.ts';

const [one, two] = [digestOf(Buffer.from('one')), digestOf(Buffer.from('two'))];
const plan: PlanSummary = {
  source: 'a.example/app:v1',
  destination: 'b.example/app',
  images: [],
  tags: [{ name: 'v1', digest: one, current: two, isIncomplete: true }],
  missing: [{ reference: `a.example/app@${two}`, digest: two, code: 'carvel.image-missing', reason: 'not found' }],
  totals: { images: 3, imagesToCopy: 0, blobs: 9, blobsToCopy: 0, bytes: 500, bytesToCopy: 0 },
  attachments: { images: 0, signed: 0, carried: {}, left: {}, unknown: 0 },
  exact: true,
  warnings: [],
};
const request = {
  source: { kind: 'bundle', reference: plan.source },
  destination: { kind: 'repository', repository: plan.destination },
  options: { keepGoing: true, toTag: 'v1', resume: false },
} as const;

test('a plan with a missing image names it, and says that the tag would not be set', () => {
  const text = planText(plan, {}, []);
  assert.match(text, /^4 images: 0 to copy, 3 already there, 1 missing at the source$/m);
  assert.match(text, new RegExp(`^Missing at the source: a\\.example/app@${two}: not found$`, 'm'));
  assert.match(text, /^The tag v1 would not be set: an image of its bundle is missing at the source$/m);
  assert.doesNotMatch(text, /would move|Options/);
  assert.equal(hasWork(plan), true);
  const document = planDocument(plan, request) as { tags: unknown; missing: unknown };
  assert.deepEqual(document.tags, [{ ...plan.tags[0], moves: false }]);
  assert.deepEqual(document.missing, plan.missing);
});

test('a plan lists the options that were chosen, as flags', () => {
  const options = { ...request.options, repoBasedTags: true, repair: true, since: 'base.tar', volumeSize: 4_000_000 };
  assert.match(
    planText(plan, options, []),
    /^Options: --repo-based-tags --repair --keep-going --to-tag=v1 --since=base\.tar --volume-size=4000000 --resume=false$/m,
  );
  assert.deepEqual((planDocument(plan, request) as { options: unknown }).options, request.options);
});
