// Two-step prune: what earlier syncs brought and nothing needs any more is listed, reviewed, and deleted by that list.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { stringify } from 'yaml';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { REGISTRIES, type Registry, type RegistryProgram, startRegistry } from '../support/registry.ts';

interface PruneDocument {
  readonly repositories: readonly {
    readonly repository: string;
    readonly tags: readonly { readonly name: string; readonly digest: string }[];
    readonly manifests: readonly { readonly digest: string; readonly kind: string; readonly tags: readonly string[] }[];
    readonly kept: readonly { readonly digest: string; readonly because: string }[];
    readonly bytes: number;
    readonly refusal?: string;
  }[];
  readonly totals: { readonly tags: number; readonly manifests: number; readonly bytes: number };
}

const internal = (digest: string) => `${digest.replace(':', '-')}.imgpkg`;
const locations = (digest: string) => `${digest.replace(':', '-')}.image-locations.imgpkg`;

for (const program of Object.keys(REGISTRIES) as RegistryProgram[]) {
  describe(`prune on ${program}`, () => {
    let vendor: Registry;
    let inside: Registry;
    let fixed: Registry;
    let folder: TemporaryFolder;

    before(async () => {
      vendor = await startRegistry();
      inside = await startRegistry({ program, accessLog: true });
      fixed = await startRegistry({ program, delete: false, accessLog: true });
      folder = await makeTemporaryFolder('prune');
    });
    after(async () => {
      await folder?.remove();
      await fixed?.stop();
      await inside?.stop();
      await vendor?.stop();
    });

    const repository = (path: string) => new RawRepository(vendor.host, path);

    /** Writes the file of an air gap, which a test changes between two syncs. */
    function airGap(name: string, lock = join(folder.path, `${name}.lock.yml`)) {
      const [file, list] = [`${name}.yml`, `${name}.prune.json`].map((each) => join(folder.path, each));
      assert.ok(file !== undefined && list !== undefined);
      return {
        lock,
        list,
        async wants(...entries: readonly object[]) {
          await writeFile(file, stringify({ apiVersion: 'carvel-airgap/v1', kind: 'Sync', entries }));
        },
        async sync() {
          const { code, stdout, stderr } = await carvelAirgap(['sync', file, '--lock', lock]);
          assert.equal(code, 0, stdout + stderr);
        },
        prune: (...flags: string[]) =>
          carvelAirgap(['sync', file, '--lock', lock, '--prune', '--plan', '-o', list, ...flags]),
        apply: () => carvelAirgap(['prune', '--apply', list]),
        /** The list, which is expected to name something. */
        async listed(): Promise<PruneDocument> {
          const { code, stdout, stderr } = await this.prune('--json');
          assert.equal(code, 1, stdout + stderr);
          assert.equal(stdout, await readFile(list, 'utf8'));
          return JSON.parse(stdout) as PruneDocument;
        },
      };
    }

    /** A bundle with one image of its own and these others. */
    async function publish(path: string, tag: string, others: readonly string[] = []) {
      const apps = repository(path);
      const layer = randomBytes(5000);
      const own = await apps.pushImage(`own-${tag}`, [layer]);
      const bundle = await apps.pushBundle(
        tag,
        [own, ...others].map((digest) => `${apps.name}@${digest}`),
      );
      return { own, bundle, layer };
    }

    const entry = (path: string, tag: string, to: RawRepository, more = {}) => ({
      name: `${path}-${tag}`.replaceAll('/', '-'),
      bundle: `${repository(path).name}:${tag}`,
      destinations: [to.name],
      ...more,
    });

    async function isComplete(to: RawRepository, path: string, tag: string) {
      const args = ['copy', '-b', `${repository(path).name}:${tag}`, '--to-repo', to.name, '--plan', '--json'];
      const { code, stdout } = await carvelAirgap(args);
      assert.equal(code, 0, stdout);
    }

    test('old versions are listed and deleted, and what the newest one shares with them stays', async () => {
      const [path, gap] = ['versions/web', airGap('versions')];
      const to = new RawRepository(inside.host, path);
      const shared = await repository(path).pushImage('shared', [randomBytes(9000)]);
      const versions = [];
      for (const tag of ['1.0.0', '1.1.0', '1.2.0']) {
        versions.push(await publish(path, tag, [shared]));
        await gap.wants(entry(path, tag, to));
        await gap.sync();
      }
      const [first, second, third] = versions;
      assert.ok(first && second && third);
      const before = await to.tags();
      const { repositories, totals } = await gap.listed();
      const [only] = repositories;
      assert.ok(only !== undefined && repositories.length === 1);
      const deleted = only.manifests.map(({ digest }) => digest);
      const old = [first, second].flatMap(({ own, bundle }) => [own, bundle]);
      assert.deepEqual(
        old.filter((digest) => !deleted.includes(digest)),
        [],
      );
      const gone = only.manifests.flatMap(({ tags }) => tags);
      for (const { own, bundle } of [first, second])
        for (const tag of [internal(own), internal(bundle), locations(bundle)]) assert.ok(gone.includes(tag), tag);
      assert.ok(gone.includes('1.0.0') && gone.includes('1.1.0') && !gone.includes('1.2.0'));
      assert.deepEqual(
        [shared, third.own, third.bundle].filter((digest) => deleted.includes(digest)),
        [],
      );
      assert.equal(totals.tags, gone.length);
      assert.ok(only.bytes > 2 * 5000 && only.bytes < 2 * 5000 + 9000, 'without the shared layer');
      const named = only.manifests.findIndex(({ tags }) => tags.includes('1.0.0'));
      const part = only.manifests.findIndex(({ digest }) => digest === first.own);
      assert.ok(named < part, 'what is named goes first');
      assert.deepEqual(await to.tags(), before, 'a list deletes nothing');

      const { code, stdout, stderr } = await gap.apply();
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /deleted \d+ tags and \d+ manifests\nSucceeded\n$/);
      const left = await to.tags();
      assert.deepEqual(
        [...before].filter(([tag]) => !gone.includes(tag)),
        [...left],
      );
      for (const digest of old) assert.equal(await to.manifestStatus(digest), 404);
      await isComplete(to, path, '1.2.0');
      const none = await gap.prune();
      assert.deepEqual([none.code, none.stdout.split('\n')[0]], [0, 'Nothing to prune']);
      const again = await gap.apply();
      assert.equal(again.code, 0, 'the list is empty now');
    });

    test('a lock in the repository that it is about names what can be deleted, and stays', async () => {
      const path = 'locked/web';
      const to = new RawRepository(inside.host, path);
      const gap = airGap('locked', `oci://${to.name}:nightly.imgpkg`);
      const versions = [];
      for (const tag of ['1.0.0', '1.1.0']) {
        versions.push(await publish(path, tag));
        await gap.wants(entry(path, tag, to));
        await gap.sync();
      }
      const { repositories } = await gap.listed();
      const deleted = repositories.flatMap(({ manifests }) => manifests.map(({ digest }) => digest));
      const [first, second] = versions;
      assert.ok(first && second && deleted.includes(first.bundle) && !deleted.includes(second.bundle));
      const { code, stdout, stderr } = await gap.apply();
      assert.equal(code, 0, stdout + stderr);
      assert.equal(await to.manifestStatus(first.bundle), 404);
      assert.ok((await to.tags()).has('nightly.imgpkg'), 'the lock');
      const none = await gap.prune();
      assert.deepEqual([none.code, none.stdout.split('\n')[0]], [0, 'Nothing to prune']);
      await isComplete(to, path, '1.1.0');

      // A list is only as good as the lock that it was made from.
      await publish(path, '1.2.0');
      await gap.wants(entry(path, '1.2.0', to));
      await gap.sync();
      await gap.listed();
      await publish(path, '1.3.0');
      await gap.wants(entry(path, '1.2.0', to), entry(path, '1.3.0', to));
      await gap.sync();
      const changed = await gap.apply();
      assert.equal(changed.code, 1, changed.stdout);
      assert.match(changed.stderr, /changed/);
      await isComplete(to, path, '1.1.0');
    });

    test('what another tag, another bundle or a signature of the site needs is kept, with the reason', async () => {
      const [path, gap] = ['needed/web', airGap('needed')];
      const to = new RawRepository(inside.host, path);
      const old = await publish(path, '1.0.0');
      const other = await publish(path, '1.1.0');
      const signed = await publish(path, '1.2.0');
      const next = await publish(path, '2.0.0');
      await gap.wants(...['1.0.0', '1.1.0', '1.2.0', '2.0.0'].map((tag) => entry(path, tag, to)));
      await gap.sync();
      // The site's own tag, its own bundle with an image of 1.1.0, and its own signature.
      const { bytes, mediaType } = await to.manifest('1.0.0');
      await to.pushBytes('production', bytes, mediaType);
      const mine = await to.pushBundle('mine', [`${to.name}@${other.own}`]);
      const signature = `${signed.own.replace(':', '-')}.sig`;
      await to.pushImage(signature, [randomBytes(100)]);
      await gap.wants(entry(path, '2.0.0', to));
      await gap.sync();
      const { repositories } = await gap.listed();
      const [only] = repositories;
      const deleted = only?.manifests.map(({ digest }) => digest) ?? [];
      assert.ok(deleted.includes(other.bundle) && deleted.includes(signed.bundle));
      const kept = [old.own, old.bundle, other.own, signed.own, mine, next.own, next.bundle];
      assert.deepEqual(
        kept.filter((digest) => deleted.includes(digest)),
        [],
      );
      const because = new Map(only?.kept.map((each) => [each.digest, each.because]));
      assert.equal(because.get(old.bundle), 'the tag production points to it');
      assert.equal(because.get(old.own), `the lock of the bundle ${old.bundle} names it`);
      assert.equal(because.get(other.own), `the lock of the bundle ${mine} names it`);
      assert.equal(because.get(signed.own), `no sync brought ${signature}, which belongs to it`);
      assert.deepEqual(
        only?.tags.map(({ name }) => name),
        ['1.0.0'],
        'the tag alone',
      );
      const { code, stdout } = await gap.apply();
      const tags = [...(await to.tags()).keys()];
      if (program === 'Distribution 3') {
        assert.equal(code, 0, stdout);
        assert.ok(!tags.includes('1.0.0'));
      } else {
        assert.equal(code, 1, stdout);
        assert.match(stdout, /cannot delete the tag 1\.0\.0 of .* without sha256:/);
        assert.ok(tags.includes('1.0.0'));
      }
      for (const digest of kept) assert.equal(await to.manifestStatus(digest), 200);
      for (const digest of [other.bundle, signed.bundle]) assert.equal(await to.manifestStatus(digest), 404);
      for (const tag of ['production', 'mine', '2.0.0', signature]) assert.ok(tags.includes(tag), tag);
    });

    test('what was there before the first sync is never deleted', async () => {
      const [path, gap] = ['before/web', airGap('before')];
      const to = new RawRepository(inside.host, path);
      const old = await publish(path, '1.0.0');
      const next = await publish(path, '1.1.0');
      const args = ['copy', '-b', `${repository(path).name}:1.0.0`, '--to-repo', to.name];
      assert.equal((await carvelAirgap(args)).code, 0);
      await gap.wants(entry(path, '1.0.0', to), entry(path, '1.1.0', to));
      await gap.sync();
      await gap.wants(entry(path, '1.1.0', to));
      await gap.sync();
      const { code, stdout } = await gap.prune();
      assert.deepEqual([code, stdout.split('\n')[0]], [0, 'Nothing to prune']);
      await gap.wants(entry(path, '1.0.0', to));
      await gap.sync();
      const { repositories } = await gap.listed();
      const deleted = repositories[0]?.manifests.map(({ digest }) => digest);
      assert.ok(deleted?.includes(next.bundle) && !deleted.includes(old.bundle));
    });

    test('a list is refused if a tag, the file or the lock has changed, or if it was edited', async () => {
      const [path, gap] = ['changed/web', airGap('changed')];
      const to = new RawRepository(inside.host, path);
      const old = await publish(path, '1.0.0');
      await publish(path, '1.1.0');
      await gap.wants(entry(path, '1.0.0', to));
      await gap.sync();
      await gap.wants(entry(path, '1.1.0', to));
      assert.match((await gap.prune()).stderr, /Nothing can be pruned while the entry .* is out of date/);
      await gap.sync();
      const refused = async (reason: RegExp) => {
        const before = (await inside.requests()).filter(({ method }) => method === 'DELETE').length;
        const { code, stdout, stderr } = await gap.apply();
        assert.equal(code, 1, stdout);
        assert.match(stderr, reason);
        const deletions = (await inside.requests()).filter(({ method, status }) => method === 'DELETE' && status < 300);
        assert.ok(before >= 0 && deletions.every(({ path: at }) => !at.includes(path)));
        assert.equal(await to.manifestStatus(old.bundle), 200);
      };
      await gap.listed();
      const { bytes, mediaType } = await to.manifest('1.0.0');
      await to.pushBytes('mine', bytes, mediaType);
      await refused(/The list no longer applies: the tags of .*changed\/web have changed/);
      await gap.prune();
      const text = await readFile(gap.list, 'utf8');
      await writeFile(gap.list, text.replace('"name": "1.0.0"', '"name": "1.1.0"'));
      await refused(/it was changed after it had been written/);
      await writeFile(gap.list, text);
      const lock = await readFile(gap.lock, 'utf8');
      await writeFile(gap.lock, `${lock}# another line\n`);
      await refused(/changed\.lock\.yml has changed: a sync ran/);
      await writeFile(gap.lock, lock);
      await gap.wants(entry(path, '1.1.0', to), entry(path, '1.0.0', to));
      await refused(/changed\.yml has changed/);
    });

    test('an entry that cannot be resolved prevents pruning', async () => {
      const [path, gap] = ['gone/web', airGap('gone')];
      const to = new RawRepository(inside.host, path);
      await publish(path, '1.0.0');
      await gap.wants(entry(path, '1.0.0', to));
      await gap.sync();
      await gap.wants(entry(path, '9.9.9', to));
      const { code, stderr } = await gap.prune();
      assert.equal(code, 1);
      assert.match(stderr, /Nothing can be pruned while the entry gone-web-9\.9\.9 is not up to date/);
    });

    test('a registry without deletion is named in the list, and nothing of it is forgotten', async () => {
      const [path, gap] = ['fixed/web', airGap('fixed')];
      const to = new RawRepository(fixed.host, path);
      const second = new RawRepository(inside.host, path);
      await publish(path, '1.0.0');
      await publish(path, '1.1.0');
      for (const tag of ['1.0.0', '1.1.0']) {
        await gap.wants(entry(path, tag, to, { destinations: [to.name, second.name] }));
        await gap.sync();
      }
      const before = await to.tags();
      const { repositories } = await gap.listed();
      const refusals = new Map(repositories.map((each) => [each.repository, each.refusal]));
      assert.match(refusals.get(to.name) ?? '', /does not allow deletion in fixed\/web: .*UNSUPPORTED/);
      assert.equal(refusals.get(second.name), undefined);
      assert.match((await gap.prune()).stdout, /Warning: the registry will not delete this: /);
      const { code, stdout } = await gap.apply();
      assert.equal(code, 1, stdout);
      assert.match(stdout, /fixed\/web: deleted 0 tags and 0 manifests, then failed:\n.*does not allow deletion/);
      assert.match(stdout, /What to do: Enable deletion at the registry/);
      assert.deepEqual(await to.tags(), before);
      assert.ok(!(await second.tags()).has('1.0.0'), 'the other registry is pruned');
      const { repositories: still } = await gap.listed();
      assert.deepEqual(
        still.filter(({ manifests }) => manifests.length > 0).map(({ repository: name }) => name),
        [to.name],
      );
    });

    test('signatures go with what they sign, but one of the site keeps it', async () => {
      const [path, gap] = ['signed/web', airGap('signed')];
      const to = new RawRepository(inside.host, path);
      const apps = repository(path);
      const wanted = (tag: string) => ({
        name: tag,
        image: `${apps.name}:${tag}`,
        destinations: [to.name],
        referrers: true,
      });
      const images = [];
      for (const tag of ['1', '2', '3']) {
        const digest = await apps.pushImage(tag, [randomBytes(200)]);
        const signature = `${digest.replace(':', '-')}.sig`;
        images.push({ digest, signature, signed: await apps.pushImage(signature, [randomBytes(50)]) });
        const { mediaType, bytes } = await apps.manifest(digest);
        const empty = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await apps.pushBlob(Buffer.from('{}'))) };
        const type = 'application/vnd.oci.image.manifest.v1+json';
        const subject = { mediaType, digest, size: bytes.byteLength };
        const artifactType = 'application/spdx+json';
        const sbom = { schemaVersion: 2, mediaType: type, artifactType, config: empty, layers: [empty], subject };
        const body = Buffer.from(JSON.stringify(sbom));
        const referrer = await apps.pushBytes(sha256(body), body, type);
        const entries = [{ mediaType: type, digest: referrer, size: body.byteLength, artifactType }];
        const index = 'application/vnd.oci.image.index.v1+json';
        const list = { schemaVersion: 2, mediaType: index, manifests: entries };
        await apps.pushManifest(digest.replace(':', '-'), list, index);
      }
      const [first, second, third] = images;
      assert.ok(first && second && third);
      await gap.wants(...['1', '2', '3'].map(wanted));
      await gap.sync();
      await to.pushImage(`${second.digest.replace(':', '-')}.att`, [randomBytes(50)]);
      await gap.wants(wanted('3'));
      await gap.sync();
      const { repositories } = await gap.listed();
      assert.deepEqual(
        repositories[0]?.tags.map(({ name }) => name),
        ['2'],
      );
      const { code, stdout } = await gap.apply();
      assert.ok(code === 0 || program === 'Distribution 2.8', stdout);
      const tags = [...(await to.tags()).keys()];
      const left = (hex: string) => tags.filter((tag) => tag.includes(hex));
      assert.deepEqual(left(first.digest.slice(7)), [], 'the image, its signature and its list of referrers');
      assert.equal(await to.manifestStatus(first.signed), 404);
      for (const { digest, signature } of [second, third]) {
        assert.ok(tags.includes(signature) && tags.includes(digest.replace(':', '-')));
        assert.equal(await to.manifestStatus(digest), 200);
      }
    });

    test('an index goes with its manifests, unless another index has them', async () => {
      const [path, gap] = ['indexes/web', airGap('indexes')];
      const to = new RawRepository(inside.host, path);
      const apps = repository(path);
      const type = 'application/vnd.oci.image.index.v1+json';
      const children = [];
      for (const name of ['amd64', 'arm64', 's390x']) children.push(await apps.pushImage(name, [randomBytes(300)]));
      const index = async (tag: string, digests: readonly (string | undefined)[]) => {
        const manifests = [];
        for (const digest of digests) {
          const { bytes, mediaType } = await apps.manifest(digest ?? '');
          manifests.push({ mediaType, digest, size: bytes.byteLength });
        }
        return apps.pushManifest(tag, { schemaVersion: 2, mediaType: type, manifests }, type);
      };
      const [old, next] = [await index('1', children.slice(0, 2)), await index('2', children.slice(1))];
      const image = (tag: string) => ({ name: tag, image: `${apps.name}:${tag}`, destinations: [to.name] });
      await gap.wants(image('1'), image('2'));
      await gap.sync();
      await gap.wants(image('2'));
      await gap.sync();
      await gap.listed();
      assert.equal((await gap.apply()).code, 0);
      const status = async (digest: string | undefined) => to.manifestStatus(digest ?? '');
      assert.deepEqual(await Promise.all([old, children[0]].map(status)), [404, 404]);
      assert.deepEqual(await Promise.all([next, children[1], children[2]].map(status)), [200, 200, 200]);
    });
  });
}

test('flags that do not fit together are refused', async () => {
  const cases = [
    [['sync', 'a.yml', '--prune'], /Cannot use --prune without --plan/],
    [['sync', 'a.yml', '--prune', '--plan'], /Cannot use --prune without --lock/],
    [['sync', 'a.yml', '--context', 'x'], /Cannot use --context without --prune/],
    [['prune'], /needs --apply LIST/],
    [['prune', '--apply', '/nonexistent'], /Cannot read \/nonexistent/],
  ] as const;
  for (const [args, problem] of cases) {
    const { code, stderr } = await carvelAirgap(args);
    assert.equal(code, 1);
    assert.match(stderr, problem);
  }
});
