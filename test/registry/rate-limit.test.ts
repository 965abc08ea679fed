// A registry that takes only so many requests per second: the copy learns how many, and is not refused again and again.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { inProcess, relocate } from '../support/engines.ts';
import { startRateLimit } from '../support/rate-limit.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const IMAGES = 110;

describe('a registry that refuses more than 20 requests per second', () => {
  let vendor: Registry;
  let inside: Registry;
  let apps: RawRepository;

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    apps = new RawRepository(vendor.host, 'apps');
    const images: string[] = [];
    for (let index = 0; index < IMAGES; index++)
      images.push(await apps.pushImage(`image-${index}`, [randomBytes(100)]));
    await apps.pushBundle(
      'v1',
      images.map((digest) => `${apps.name}@${digest}`),
    );
  });
  after(async () => {
    await vendor?.stop();
    await inside?.stop();
  });

  test('gets a copy in full, and has refused less than 5 % of its requests', async () => {
    const limited = await startRateLimit(inside.host, { perSecond: 20, retryAfter: '1' });
    try {
      const source = { kind: 'bundle', reference: `${apps.name}:v1` } as const;
      const report = await relocate(inProcess(), source, `${limited.host}/app`);
      assert.equal(report.images.copied, IMAGES + 1);
      const { accepted, refused } = limited;
      assert.ok(refused > 0, 'it refused some at first');
      assert.ok(refused < 0.05 * (accepted + refused), `${refused} refused, ${accepted} accepted`);
    } finally {
      await limited.stop();
    }
    assert.equal(await new RawRepository(inside.host, 'app').digest('v1'), await apps.digest('v1'));
  });
});
