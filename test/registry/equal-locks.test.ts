// What several tasks or processes would write at once: bundles with equal locks have one locations image, and two relocations
// may fill one repository. Distribution 2.8 forgets a blob for a moment while somebody else writes it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, REGISTRIES, type RegistryProgram, startRegistry } from '../support/registry.ts';

const NESTED = 20;
/** Races show now and then: more with `ROUNDS=100`. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 2);
const REFUSAL = JSON.stringify({
  errors: [{ code: 'DIGEST_INVALID', message: 'provided digest did not match' }, { code: 'MANIFEST_BLOB_UNKNOWN' }],
});

for (const program of Object.keys(REGISTRIES) as RegistryProgram[]) {
  describe(`bundles with equal locks, to ${program}:`, () => {
    let vendor: Registry;
    let inside: Registry;
    let front: FaultProxy;
    let folder: TemporaryFolder;
    let apps: RawRepository;
    let image = '';
    const nested: string[] = [];
    let states = 0;

    before(async () => {
      vendor = await startRegistry();
      inside = await startRegistry({ program });
      front = await startFaultProxy(inside);
      folder = await makeTemporaryFolder('equal-locks');
      apps = new RawRepository(vendor.host, 'packages');
      image = await apps.pushImage('app', [Buffer.from('a layer')]);
      await makeRoot('app', [`${apps.name}@${image}`], nested);
      for (const root of ['empty', 'other-empty']) await makeRoot(root, []);
    });
    after(async () => {
      for (const part of [front, inside, vendor]) await part?.stop();
      await folder?.remove();
    });

    /** A bundle of bundles, all of which have the same lock. */
    async function makeRoot(tag: string, lock: readonly string[], digests: string[] = []): Promise<void> {
      for (let index = 0; index < NESTED; index++) digests.push(await apps.pushBundle(`${tag}-${index}`, lock));
      await apps.pushBundle(
        tag,
        digests.map((digest) => `${apps.name}@${digest}`),
      );
    }

    async function copy(tag: string, to: string, host = inside.host): Promise<void> {
      const env = { XDG_STATE_HOME: join(folder.path, `state-${states++}`) };
      const { code, stderr } = await carvelAirgap(['copy', '-b', `${apps.name}:${tag}`, '--to-repo', `${host}/${to}`], {
        env,
      });
      assert.equal(code, 0, stderr);
    }

    const internal = (digest: string) => `${digest.replace(':', '-')}.imgpkg`;
    const locations = (digest: string) => `${digest.replace(':', '-')}.image-locations.imgpkg`;

    /** Every bundle has its locations, and they are one image. */
    async function assertLocated(path: string): Promise<string> {
      const tags = await new RawRepository(inside.host, path).tags();
      const [shared = '', ...others] = new Set(nested.map((digest) => tags.get(locations(digest))));
      assert.deepEqual(others, []);
      assert.equal(tags.get(internal(shared)), shared);
      return shared;
    }

    test('their locations image is written once and tagged for each, run after run', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        front.arm([]);
        await copy('app', `once-${round}`, front.host);
        const shared = await assertLocated(`once-${round}`);
        const { json } = await new RawRepository(inside.host, `once-${round}`).manifest(shared);
        const parts = [json['config'], ...(json['layers'] as unknown[])] as { digest: string }[];
        const puts = (part: string) =>
          front.passed.filter(({ method, path }) => method === 'PUT' && path.includes(part));
        for (const { digest } of parts) assert.equal(puts(encodeURIComponent(digest)).length, 1);
        assert.equal(puts(`/manifests/${internal(shared)}`).length, 1);
        assert.equal(puts('.image-locations.imgpkg').length, NESTED + 1);
      }
    });

    test('a registry that briefly forgets their locations image is retried', async () => {
      const refused = { do: 'answer', status: 400, body: REFUSAL } as const;
      front.arm([
        { method: 'PUT', path: /\.image-locations\.imgpkg/, times: 40, action: refused },
        { method: 'PUT', path: /\/manifests\/app$/, times: 3, action: refused },
      ]);
      await copy('app', 'forgotten', front.host);
      await assertLocated('forgotten');
      assert.equal(front.passed.filter(({ isHit }) => isHit).length, 43);
      assert.ok((await new RawRepository(inside.host, 'forgotten').tags()).has('app'));
    });

    test('a registry that lost part of their locations image is sent it again', async () => {
      await copy('app', 'known');
      const { json } = await new RawRepository(inside.host, 'known').manifest(await assertLocated('known'));
      const [{ digest }] = json['layers'] as [{ digest: string }];
      // It says that it has the layer, and has not.
      front.arm([
        { method: 'POST', path: new RegExp(encodeURIComponent(digest)), action: { do: 'answer', status: 201 } },
      ]);
      await copy('app', 'lost', front.host);
      await assertLocated('lost');
      assert.equal((await new RawRepository(inside.host, 'lost').blob(digest)).byteLength > 0, true);
    });

    test('two processes fill one repository at the same time', { timeout: 600_000 }, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all(['app', 'app'].map((tag) => copy(tag, `two/same-${round}`)));
        await assertLocated(`two/same-${round}`);
        await Promise.all(['empty', 'other-empty'].map((tag) => copy(tag, `two/empty-${round}`)));
        const tags = await new RawRepository(inside.host, `two/empty-${round}`).tags();
        for (const tag of ['empty', 'other-empty']) assert.equal(tags.get(tag), await apps.digest(tag));
      }
    });
  });
}
