import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { AirgapError } from '../../../../src/base/errors.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import { ociError } from '../../../../src/oci/errors.ts';
import { blobsOf, formatJobPlan, jobName, parseJobPlan, shareOut } from '../../../../src/relocation/job/job-plan.ts';
import type { JobBlob } from '../../../../src/relocation/job/job-plan.ts';
import { mayPass } from '../../../../src/relocation/job/run-share.ts';
import type { RelocationRequest } from '../../../../src/relocation/request/request.ts';

const MEDIA_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const request: RelocationRequest = {
  source: { kind: 'bundle', reference: `vendor.example/app@${digestOf(Buffer.from('bundle'))}` },
  destination: { kind: 'repository', repository: 'registry.inside/app' },
  options: { toTag: 'v1' },
};

function blob(size: number, label = String(size)): JobBlob {
  const descriptor = { mediaType: MEDIA_TYPE, digest: digestOf(Buffer.from(label)), size };
  return {
    descriptor,
    place: { registry: 'vendor.example', path: 'app' },
    to: { registry: 'registry.inside', path: 'app' },
  };
}

const bytesOf = (share: readonly JobBlob[]): number => share.reduce((sum, { descriptor }) => sum + descriptor.size, 0);

describe('the shares of a Job', () => {
  const MiB = 1024 * 1024;
  const blobs = [900, 500, 400, 300, 200, 100, 50, 3, 2, 1].map((size) => blob(size * MiB));

  test('every blob is in exactly one share', () => {
    const digests = shareOut(blobs, 3)
      .flat()
      .map(({ descriptor }) => descriptor.digest);
    assert.deepEqual(digests.sort(), blobs.map(({ descriptor }) => descriptor.digest).sort());
  });

  test('shares have about the same weight', () => {
    const weights = shareOut(blobs, 3).map(bytesOf);
    assert.equal(Math.max(...weights), 900 * MiB, 'the largest blob has a share of its own');
    assert.ok(Math.min(...weights) >= 700 * MiB, weights.join(' '));
  });

  test('many small blobs are divided by their number', () => {
    const small = Array.from({ length: 300 }, (_, index) => blob(10, `small ${index}`));
    assert.deepEqual(
      shareOut(small, 3).map(({ length }) => length),
      [100, 100, 100],
    );
  });

  test('the order of the blobs does not matter', () => {
    assert.deepEqual(shareOut(blobs.toReversed(), 4), shareOut(blobs, 4));
  });

  test('what several requests need is in them once for each registry', () => {
    const [a, b] = [
      { registry: 'registry.inside', path: 'a' },
      { registry: 'registry.inside', path: 'b' },
    ];
    const other = { registry: 'other.inside', path: 'a' };
    const needed = blobsOf([
      { destination: a, blobs: [blob(1), blob(2)] },
      { destination: b, blobs: [blob(2), blob(3)] },
      { destination: other, blobs: [blob(2)] },
    ]);
    assert.deepEqual(
      needed.map(({ descriptor, to }) => [descriptor.size, to]),
      [
        [1, a],
        [2, a],
        [3, b],
        [2, other],
      ],
    );
  });

  test('there are no more shares than blobs', () => {
    assert.equal(shareOut(blobs.slice(0, 2), 6).length, 2);
    assert.deepEqual(shareOut([], 6), []);
  });
});

describe('the name of a Job', () => {
  test('is the same for the same request, and valid for Kubernetes', () => {
    const sorted = { ...request, options: { toTag: 'v1', repoBasedTags: true } };
    const other = { ...request, options: { repoBasedTags: true, toTag: 'v1' } };
    assert.equal(jobName(sorted), jobName(other));
    assert.match(jobName(request), /^carvel-airgap-[0-9a-f]{16}$/);
  });

  test('is another one for another tag', () => {
    assert.notEqual(jobName(request), jobName({ ...request, options: { toTag: 'v2' } }));
  });
});

describe('the plan of a Job', () => {
  const foreign = { ...blob(7), descriptor: { ...blob(7).descriptor, urls: ['https://vendor.example/layer'] } };
  const plan = { requests: [request], keepGoing: true, shares: [[blob(1), foreign], [blob(2)]] };
  const packed = (content: unknown) => gzipSync(JSON.stringify(content));
  const valid = { apiVersion: 'carvel-airgap/v1', kind: 'JobPlan', requests: [request], shares: [] };

  test('is read as it was written', () => {
    assert.deepEqual(parseJobPlan(formatJobPlan(plan), 'the plan'), plan);
  });

  for (const [what, bytes] of Object.entries({
    'bytes that are not gzip': Buffer.from('{}'),
    'another kind': packed({ ...valid, kind: 'Report' }),
    'another version': packed({ ...valid, apiVersion: 'carvel-airgap/v2' }),
    'a file as source': packed({
      ...valid,
      requests: [{ ...request, source: { kind: 'archive', path: '/etc/passwd' } }],
    }),
    'a lock as source': packed({ ...valid, requests: [{ ...request, source: { kind: 'lock', path: '/etc/passwd' } }] }),
    'a tar as destination': packed({
      ...valid,
      requests: [{ ...request, destination: { kind: 'archive', path: '/tmp/x' } }],
    }),
    'a digest that is none': packed({
      ...valid,
      shares: [[{ digest: '../../x', size: 1, mediaType: 'a/b', from: 'r.example/x', to: 'r.example/y' }]],
    }),
    'a size below zero': packed({
      ...valid,
      shares: [
        [{ digest: blob(1).descriptor.digest, size: -1, mediaType: 'a/b', from: 'r.example/x', to: 'r.example/y' }],
      ],
    }),
    'a blob without a place': packed({ ...valid, shares: [[{ digest: blob(1).descriptor.digest, size: 1 }]] }),
  })) {
    test(`${what} is refused`, () => {
      assert.throws(
        () => parseJobPlan(bytes, 'the plan'),
        (error) => error instanceof AirgapError && error.code === 'relocation.job-plan-invalid',
      );
    });
  }
});

describe('another attempt of a pod', () => {
  const place = { host: 'registry.inside', step: 'GET', reason: '', status: 403 };

  test('cannot help against refused credentials', () => {
    assert.equal(mayPass(ociError.of('unauthorized', place)), false);
    assert.equal(mayPass(ociError.of('forbidden', place)), false);
    assert.equal(mayPass(ociError.of('certificate-unknown', place)), false);
  });

  test('can help against a network that does not work yet, overload, and what was not foreseen', () => {
    for (const code of ['host-not-found', 'connection-refused', 'timeout', 'connection-lost'] as const) {
      assert.equal(mayPass(ociError.of(code, place)), true, code);
    }
    assert.equal(mayPass(ociError.of('status-unexpected', { ...place, status: 502 })), true);
    assert.equal(mayPass(new TypeError('x is not a function')), true);
  });
});
