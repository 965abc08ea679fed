import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isAirgapError } from '../../../../src/base/errors.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import { ociError } from '../../../../src/oci/errors.ts';
import { findJobResult, formatJobResults } from '../../../../src/relocation/job/job-results.ts';
import type { FinishedReport } from '../../../../src/relocation/job/job-results.ts';
import type { RelocationRequest } from '../../../../src/relocation/request/request.ts';

const digest = digestOf(Buffer.from('image'));
const requestFor = (path: string): RelocationRequest => ({
  source: { kind: 'image', reference: `vendor.example/app@${digest}` },
  destination: { kind: 'repository', repository: `registry.inside/${path}` },
});
const report: FinishedReport = {
  images: { total: 3, copied: 2, present: 1 },
  blobs: { copied: 4, mounted: 1, present: 2, skipped: 0 },
  bytes: { total: 100, copied: 90 },
  seconds: 1.5,
  transferSeconds: 0.5,
  tags: ['v1'],
  tagsNotSet: [],
  warnings: ['one'],
  failed: [{ reference: `vendor.example/app@${digest}`, digest, code: 'oci.not-found', reason: 'gone' }],
};
const error = ociError.of('forbidden', { host: 'registry.inside', step: 'PUT', reason: 'no', status: 403 });
const parsed = (content: object) => JSON.parse(JSON.stringify(content)) as Record<string, unknown>;

describe('the results of a Job', () => {
  const results = parsed(
    formatJobResults([
      [requestFor('good'), { report }],
      [requestFor('bad'), { error }],
    ]),
  );

  test('are found by their requests, with the same report', () => {
    assert.deepEqual(findJobResult(results, requestFor('good')), { report });
    assert.equal(findJobResult(results, requestFor('other')), undefined);
    assert.equal(findJobResult({}, requestFor('good')), undefined);
  });

  test('may be errors, which have the same code and remedy', () => {
    const found = findJobResult(results, requestFor('bad'));
    assert.ok(found !== undefined && 'error' in found && isAirgapError(found.error));
    assert.deepEqual(
      [found.error.code, found.error.message, found.error.remedy],
      [error.code, error.message, error.remedy],
    );
  });

  test('come from a registry: what is not as expected counts as nothing', () => {
    const [first] = results['results'] as object[];
    const broken = { results: [{ ...first, report: { images: 'many', failed: [{ digest: '../x' }], tags: [1] } }] };
    const found = findJobResult(broken, requestFor('good'));
    assert.ok(found !== undefined && 'report' in found);
    assert.deepEqual(found.report.images, { total: 0, copied: 0, present: 0 });
    assert.deepEqual([found.report.failed, found.report.tags], [[], []]);
  });
});
