import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

import { AirgapError } from '../../../src/base/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { skippedLayersWarning } from '../../../src/relocation/plan/skipped-layers.ts';
import type { PlanSummary } from '../../../src/relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../../../src/relocation/report/report.ts';
import type { RelocationRequest } from '../../../src/relocation/request/request.ts';
import { errorSentences } from '../../../src/workbench/errors/error-text.ts';
import {
  isUpToDate,
  isVerified,
  movingTags,
  plansText,
  planText,
} from '../../../src/workbench/relocations/plan/plan-text.ts';
import { Batch, batchText } from '../../../src/workbench/relocations/report/batch.ts';
import { progressText } from '../../../src/workbench/relocations/progress-text.ts';
import { reportText } from '../../../src/workbench/relocations/report/report-text.ts';
import { withAccessibleLabel } from '../../../src/workbench/start/deferred-tree.ts';

const [one, two] = [digestOf(Buffer.from('one')), digestOf(Buffer.from('two'))];
const plan: PlanSummary = {
  source: 'a.example/team/app:1.0.0',
  destination: 'b.example/team/app',
  images: [],
  tags: [{ name: '1.0.0', digest: one }],
  totals: { images: 5, imagesToCopy: 3, blobs: 9, blobsToCopy: 4, bytes: 5_000_000, bytesToCopy: 1_200_000 },
  missing: [],
  attachments: { images: 0, signed: 0, carried: {}, left: {}, unknown: 0 },
  exact: true,
  warnings: [],
};
const lines = (view: PlanSummary): string[] => planText(view).split('\n').slice(3);

describe('the text of a plan', () => {
  it('shows how many images and bytes are copied, how many are present, and which tags are new', () => {
    assert.deepEqual(lines(plan), [
      'Images: 3 to copy, 2 already present',
      'Data: 1.2 MB to copy of 5.0 MB',
      'Tag 1.0.0: new',
    ]);
    assert.deepEqual(movingTags(plan), []);
  });

  it('warns that a tag points elsewhere and would move', () => {
    const moving: PlanSummary = { ...plan, tags: [{ name: '1.0.0', digest: one, current: two }] };
    const [from, to] = [two, one].map((digest) => digest.slice(7, 19));
    assert.equal(lines(moving).at(-1), `Tag 1.0.0 will move: ${from} → ${to}`);
    assert.deepEqual(movingTags(moving), moving.tags);
  });

  it('shows that there is nothing to do', () => {
    const totals = { ...plan.totals, imagesToCopy: 0, bytesToCopy: 0 };
    const done: PlanSummary = { ...plan, totals, tags: [{ name: '1.0.0', digest: one, current: one }] };
    assert.deepEqual(lines(done), ['Images: all 5 already present', 'Data: nothing to copy', 'Tag 1.0.0: unchanged']);
  });

  it('shows the estimated time, if there was a measurement', () => {
    const totals = { ...plan.totals, secondsExpected: 125.4 };
    assert.equal(lines({ ...plan, totals })[2], 'Estimated time: 2 min 5 s');
    const short = { ...totals, bytesOnDisk: 5_000_000, secondsExpected: 0.2 };
    assert.deepEqual(lines({ ...plan, totals: short }).slice(-2), ['On disk: 5.0 MB', 'Estimated time: 1 s']);
  });

  it('lists the options that were chosen', () => {
    const options = {
      toTag: 'v2',
      cosignSignatures: true,
      referrers: true,
      includeNonDistributable: true,
      repoBasedTags: true,
      repair: true,
      keepGoing: true,
      since: '/media/base.tar',
      volumeSize: 4_000_000_000,
      packages: ['web.example', 'api.example@1.0.0'],
      resume: false,
    };
    assert.equal(
      planText(plan, options).split('\n')[2],
      'Options: tag v2, cosign signatures, signatures, attestations, SBOMs and other referrers, ' +
        'non-distributable layers, repo-based tags, verify the destination, continue after failures, ' +
        'Packages: 2, delta since /media/base.tar, volumes below 4.0 GB, start over',
    );
    assert.doesNotMatch(planText(plan, { keepGoing: false }), /Options/);
  });

  it('says that the bundle is a subset, of what, and what is left out', () => {
    const packages = [{ name: 'web.example', version: '1.1.0', bytes: 5, ownBytes: 3 }];
    const leftOut = Array.from({ length: 12 }, (_, index) => ({ name: 'api.example', version: `1.0.${index}` }));
    const subset = { of: `a.example/b@${two}`, packages, leftOut, imagesLeftOut: 2, unattributed: ['a.example/c'] };
    const shown = planText({ ...plan, subset })
      .split('\n')
      .slice(2, 6);
    assert.deepEqual(shown, [
      `Subset of: a.example/b@${two}`,
      'Packages: web.example@1.1.0',
      `Left out: ${leftOut
        .slice(0, 10)
        .map(({ version }) => `api.example@${version}`)
        .join(', ')} and 2 more`,
      'Kept, because no Package names them: a.example/c',
    ]);
  });

  it('names images that are missing at the source, and says that the tag is not set', () => {
    const image = { digest: two, code: 'carvel.image-missing', reason: 'not found' };
    const missing = Array.from({ length: 7 }, (_, index) => ({ ...image, reference: `a.example/gone-${index}` }));
    const incomplete: PlanSummary = {
      ...plan,
      missing,
      tags: [{ name: '1.0.0', digest: one, current: two, isIncomplete: true }],
    };
    assert.deepEqual(lines(incomplete), [
      'Images: 3 to copy, 2 already present, 7 missing',
      ...[0, 1, 2, 3, 4].map((index) => `Missing at the source: a.example/gone-${index}`),
      'Missing at the source: 2 more',
      'Data: 1.2 MB to copy of 5.0 MB',
      'Tag 1.0.0: will not be set, because an image is missing',
    ]);
    assert.deepEqual(movingTags(incomplete), []);
  });

  it('shows what is skipped', () => {
    assert.equal(
      lines({ ...plan, exact: false, warnings: ['2 layers are skipped'] }).at(-1),
      'Warning: 2 layers are skipped',
    );
  });
});

describe('what the plan of several relocations says', () => {
  const moving: PlanSummary = { ...plan, tags: [{ name: '1.0.0', digest: one, current: two }] };
  const named = (count: number, view: PlanSummary): { name: string; view: PlanSummary }[] =>
    Array.from({ length: count }, (_, number) => ({ name: `app-${number}`, view }));

  it('the totals first, then the tags that move, then each in one line', () => {
    const [from, to] = [two, one].map((digest) => digest.slice(7, 19));
    assert.deepEqual(plansText([...named(1, plan), ...named(1, moving)]).split('\n'), [
      'Images: 6 to copy, 4 already present',
      'Data: 2.4 MB to copy of 10.0 MB',
      'New tags: 1',
      '',
      'Tags that will move: 1',
      `• Tag 1.0.0 of b.example/team/app: ${from} → ${to}`,
      '',
      '• app-0 → b.example/team/app: 3 to copy, 1.2 MB',
      '• app-0 → b.example/team/app: 3 to copy, 1.2 MB',
    ]);
  });

  it('as much as fits a dialog, however many there are', () => {
    const all = plansText(named(500, moving)).split('\n');
    assert.ok(all.length < 20, all.join('\n'));
    assert.deepEqual(
      all.filter((line) => line.startsWith('…')),
      ['… and 495 more: see Show Plan', '… and 495 more: see Show Plan'],
    );
  });

  it('that one is up to date only if its tags point to what is there', () => {
    const totals = { ...plan.totals, imagesToCopy: 0, bytesToCopy: 0 };
    const done: PlanSummary = { ...plan, totals, tags: [{ name: '1.0.0', digest: one, current: one }] };
    assert.ok(isUpToDate(done));
    assert.ok(!isUpToDate({ ...done, tags: plan.tags }));
    assert.ok(!isUpToDate({ ...done, tags: moving.tags }));
    assert.ok(!isUpToDate({ ...done, totals: { ...totals, bytesToCopy: 1 } }));
    // Without a tag, the locations image may be missing.
    assert.ok(!isUpToDate({ ...done, tags: [] }));
  });

  it('that everything is there, if no layer is missing and no tag moves', () => {
    const totals = { ...plan.totals, blobsToCopy: 0 };
    const checked: PlanSummary = { ...plan, totals, tags: [{ name: '1.0.0', digest: one, current: one }] };
    assert.ok(isVerified(checked));
    assert.ok(!isVerified({ ...checked, totals: plan.totals }));
    assert.ok(!isVerified({ ...checked, tags: moving.tags }));
  });

  it('a warning in one sentence, without its list of digests', () => {
    const warnings = [
      skippedLayersWarning([{ reference: 'b.example/team/app@sha256:1', layers: ['sha256:2', 'sha256:3'] }]),
    ];
    assert.equal(lines({ ...plan, warnings }).at(-1), 'Warning: Non-distributable layers that are not copied: 2');
  });
});

describe('what a relocation says', () => {
  const progress = { imagesDone: 0, imagesTotal: 5, blobsDone: 0, blobsTotal: 9, bytesDone: 0, bytesTotal: 5_000_000 };

  it('shows bytes, rate and time left while it runs, as soon as they are known', () => {
    const copying = { ...progress, phase: 'copy' as const, bytesDone: 1_000_000, bytesPerSecond: 0 };
    assert.equal(progressText(copying), '1.0 MB of 5.0 MB');
    assert.equal(
      progressText({ ...copying, bytesPerSecond: 2_000_000, secondsLeft: 2 }),
      '1.0 MB of 5.0 MB, 2.0 MB/s, 2 s left',
    );
    assert.equal(progressText({ ...copying, phase: 'finish' }), 'Finishing…');
  });

  const report: RelocationReport = {
    source: plan.source,
    destination: plan.destination,
    images: { total: 5, copied: 3, present: 2 },
    blobs: { copied: 4, mounted: 0, present: 5, skipped: 0 },
    bytes: { total: 5_000_000, copied: 1_200_000 },
    seconds: 19,
    transferSeconds: 3.4,
    tags: ['1.0.0'],
    tagsNotSet: [],
    warnings: ['one'],
    failed: [],
    lock: { kind: 'BundleLock', text: '' },
  };
  const [from, to, tar] = [
    { kind: 'bundle', reference: plan.source } as const,
    { kind: 'repository', repository: plan.destination } as const,
    { kind: 'archive', path: '/media/app.tar' } as const,
  ];
  const textOf = (request: RelocationRequest, other?: Partial<RelocationReport>): string =>
    reportText('app:1.0.0', request, { ...report, ...other });

  it('shows what was copied at the end, and that warnings are in the log', () => {
    assert.equal(
      textOf({ source: from, destination: to }),
      'Relocated app:1.0.0 to b.example/team/app: 3 of 5 images copied, 1.2 MB in 3 s. The log has warnings.',
    );
  });

  it('names exports and imports as such, even if they end partially', () => {
    const failed = [{ reference: 'a.example/gone', digest: one, code: 'oci.not-found', reason: 'no' }];
    assert.match(textOf({ source: from, destination: tar }), /^Exported app:1\.0\.0 to .*: 5 images, 1\.2 MB in 3 s\./);
    assert.match(
      textOf({ source: tar, destination: to }),
      /^Imported app:1\.0\.0 to .*: 3 of 5 images copied, 1\.2 MB/,
    );
    assert.match(
      textOf({ source: from, destination: to }, { failed }),
      /^Partially relocated .*: 1 of 5 images failed/,
    );
    assert.match(
      textOf({ source: from, destination: tar }, { failed }),
      /^Partially exported .*: 1 of 5 images failed/,
    );
    assert.match(textOf({ source: tar, destination: to }, { failed }), /^Partially imported .*: 1 of 5 images failed/);
  });
});

describe('the end of several relocations', () => {
  const request: RelocationRequest = {
    source: { kind: 'bundle', reference: plan.source },
    destination: { kind: 'repository', repository: plan.destination },
  };
  const job = { name: 'app:1.0.0', request };
  const report: RelocationReport = {
    source: plan.source,
    destination: plan.destination,
    images: { total: 5, copied: 3, present: 2 },
    blobs: { copied: 4, mounted: 0, present: 5, skipped: 0 },
    bytes: { total: 5_000_000, copied: 1_200_000 },
    seconds: 3.4,
    transferSeconds: 3.4,
    tags: ['1.0.0'],
    tagsNotSet: [],
    warnings: [],
    failed: [],
  };

  it('is reported once, when the last one has ended', () => {
    const reported: string[] = [];
    const batch = new Batch(3, (ended) => reported.push(batchText(ended)));
    batch.observer(job).ended({ kind: 'finished', report });
    batch.observer(job).ended({ kind: 'stopped', as: 'paused' });
    assert.deepEqual(reported, []);
    const failed = [{ reference: 'a.example/gone', digest: one, code: 'oci.not-found', reason: 'no' }];
    batch.observer(job).ended({ kind: 'finished', report: { ...report, failed } });
    assert.deepEqual(reported, [
      '1 of 3 relocations complete: 6 of 10 images copied, 2.4 MB. Relocations with failed images: 1. Stopped: 1.',
    ]);
  });
});

describe('an error', () => {
  const template = { text: '{host} said {reason}', remedy: 'Ask {host}.' };

  it('is followed by its remedy', () => {
    const error = new AirgapError('oci.test', template, { host: 'a.example', reason: 'no' });
    assert.equal(errorSentences(error), 'a.example said no. Ask a.example.');
  });

  it("shows a server's text literally, in one line, without placeholders", () => {
    const error = new AirgapError('oci.test', template, { host: '{reason}', reason: 'a\nb\u001b[31m' });
    assert.equal(errorSentences(error), '{reason} said a\ufffdb\ufffd[31m. Ask {reason}.');
  });

  it('of an unknown kind is shown with its causes', () => {
    assert.equal(errorSentences(new Error('outer', { cause: new Error('inner') })), 'outer: inner');
  });
});

describe('a row of a view, for a screen reader', () => {
  it('is its label and description, not its tooltip', () => {
    const { accessibilityInformation } = withAccessibleLabel({ label: 'dev', description: 'current', tooltip: 'long' });
    assert.deepEqual(accessibilityInformation, { label: 'dev, current' });
    assert.deepEqual(withAccessibleLabel({ label: 'dev', description: '' }).accessibilityInformation, { label: 'dev' });
  });

  it('is what the row says itself, if it does', () => {
    const own = { label: 'failed, dev' };
    assert.equal(withAccessibleLabel({ label: 'dev', accessibilityInformation: own }).accessibilityInformation, own);
  });
});
