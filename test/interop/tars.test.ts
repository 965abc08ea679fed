// Tars that were packed again or added to by other programs: what imgpkg copies from is copied from, and reported as valid.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry, type Registry } from '../support/registry.ts';
import { outputOf } from '../support/run-program.ts';
import { assertSameDestination, readDestination } from './destination.ts';
import { Differences } from './differences.ts';

/** How a tar is made in an empty folder, next to one with the files of the fixture. */
const WAYS: Readonly<Record<string, string>> = {
  'packed by GNU tar': 'tar -cf ../made.tar *',
  'with a PAX header for each entry': 'tar --format=pax -cf ../made.tar *',
  'in the oldest format': 'tar --format=v7 -cf ../made.tar *',
  'with a global PAX header': 'tar --format=pax --pax-option=globexthdr.name=g,comment=hello -cf ../made.tar *',
  'with companions of macOS': 'for f in *; do echo x > "._$f"; done; tar -cf ../made.tar ._* *',
  'with a file that is not for it': 'echo hello > README; tar -cf ../made.tar *',
  'with a folder': 'mkdir empty; tar -cf ../made.tar *',
  'with a name that is too long for a header': 'touch $(printf "%0150d" 1); tar --format=gnu -cf ../made.tar *',
  'with manifest.json at its end': 'tar -cf ../made.tar sha256-* manifest.json',
  'to which the same was appended': 'tar -cf ../made.tar *; tar -rf ../made.tar *',
  'to which another layer of the same name was appended':
    'tar -cf ../made.tar *; for f in sha256-*; do echo x > $f; done; tar -rf ../made.tar sha256-*',
  'that holds two of them': 'tar -cf ../made.tar *; cp ../made.tar ../copy.tar; tar -Af ../made.tar ../copy.tar',
  'without the two blocks at its end': 'tar -b 1 -cf - * | head -c -1024 > ../made.tar',
  'with folders in its names': 'tar -cf ../made.tar .',
  'that is compressed': 'tar -czf ../made.tar *',
  'of which a layer is missing': 'rm $(ls sha256-* | head -1); tar -cf ../made.tar *',
  'whose first layer of a name is not the one':
    'f=$(ls sha256-* | head -1); echo x > ../x; tar -cf ../made.tar --transform "s/x/$f/" ../x 2>/dev/null; tar -rf ../made.tar *',
  'that is empty': ': > ../made.tar',
};

describe('a tar', () => {
  let registry: Registry;
  let folder: TemporaryFolder;
  before(async () => {
    registry = await startRegistry();
    folder = await makeTemporaryFolder('tars');
  });
  after(async () => {
    await folder?.remove();
    await registry?.stop();
  });

  for (const [index, [name, commands]] of Object.entries(WAYS).entries()) {
    test(`${name} is judged by verify as by copy, and copied as by imgpkg`, async () => {
      const work = join(folder.path, String(index));
      const files = join(work, 'files');
      await outputOf('sh', ['-ec', `mkdir -p ${files}; tar -xf ${fixtureTar} -C ${files}`]);
      await outputOf('sh', ['-ec', commands], { cwd: files });
      const tar = join(work, 'made.tar');
      const [theirs, ours] = ['theirs', 'ours'].map((to) => new RawRepository(registry.host, `${to}/tar${index}`));
      assert.ok(theirs && ours);
      const expected = await imgpkg(['copy', '--tar', tar, '--to-repo', theirs.name]);
      const verified = await carvelAirgap(['verify', tar]);
      const copied = await carvelAirgap(['copy', '--tar', tar, '--to-repo', ours.name]);
      assert.equal(copied.code, expected.code, copied.stderr);
      assert.equal(verified.code, expected.code, verified.stdout + verified.stderr);
      if (expected.code !== 0) return;
      const destinations = [await readDestination(ours), await readDestination(theirs)] as const;
      assertSameDestination(...destinations, name, new Set(), new Differences());
    });
  }

  test('with a second, different manifest.json is rejected, which imgpkg does not notice', async () => {
    const work = join(folder.path, 'different');
    await outputOf('sh', [
      '-ec',
      `mkdir ${work}; cp ${fixtureTar} ${work}/made.tar; echo '[]' > ${work}/manifest.json`,
    ]);
    await outputOf('tar', ['-rf', 'made.tar', 'manifest.json'], { cwd: work });
    const tar = join(work, 'made.tar');
    for (const args of [
      ['verify', tar],
      ['copy', '--tar', tar, '--to-repo', `${registry.host}/ours/different`],
    ]) {
      const { code, stdout, stderr } = await carvelAirgap(args);
      assert.equal(code, 1);
      assert.match(stdout + stderr, /contains the entry manifest\.json twice, with different content/);
    }
    await writeFile(tar, await readFile(fixtureTar));
    assert.equal((await carvelAirgap(['verify', tar])).code, 0);
  });
});
