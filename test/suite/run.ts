// Runs imgpkg's own end-to-end tests of `copy` against the command line, and against imgpkg itself: what imgpkg passes has
// to pass here, too. `node test/suite/run.ts [regular expression of names]`
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { startRegistry } from '../support/registry.ts';
import { runProgram } from '../support/run-program.ts';
import { ensureImgpkg, ensureImgpkgTests } from '../support/setup/carvel.mjs';
import { judge, readResults } from './verdict.ts';

const OLD_COSIGN = 'needs cosign 2 or older on the PATH, and a key pair next to the tested program';

/** Tests that the real imgpkg cannot pass on the test bench. They are not run: some of them end those that follow. */
const EXCLUDED: Readonly<Record<string, string>> = {
  'TestCopyBundleToDifferentRepository/when_bundle_contains_a_bundle_with_signed_images_it_copies_signatures':
    OLD_COSIGN,
  'TestCopyBundleUsingTar/when_bundle_contains_signed_images_it_copies_all_signatures': OLD_COSIGN,
  'TestCopyRepoToTarAndThenCopyFromTarToRepo/Copies_signature': OLD_COSIGN,
  'TestCopyFromBundleLock/when_copying_index_to_repo,_it_is_successful_and_generates_a_BundleLock_file':
    'copies an index from Docker Hub',
  TestCopyWithBundleLockInputToRepoDestinationUsingGCloudWithAnExpiredToken:
    'needs gcloud and gcr.io; imgpkg skips it, too',
};

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const asked = process.argv[2] ?? '^TestCopy';

const [imgpkg, tests] = [await ensureImgpkg(), await ensureImgpkgTests()];
const folder = await makeTemporaryFolder('suite');
const registry = await startRegistry({ foreignLayers: true });
try {
  const shim = join(folder.path, 'imgpkg');
  await writeFile(
    shim,
    `#!/bin/sh\n[ "$1" = copy ] || exec '${imgpkg}' "$@"\nexec '${process.execPath}' '${cli}' "$@"\n`,
  );
  await chmod(shim, 0o755);
  const theirs = await runSuite('imgpkg', imgpkg);
  const ours = await runSuite('carvel-airgap', shim);
  const excluded = Object.entries(EXCLUDED);
  const { passed, problems } = judge(
    readResults(theirs),
    readResults(ours),
    excluded.map(([name]) => name),
  );
  if (problems.length > 0) console.log(`Against imgpkg:\n${theirs}\nAgainst carvel-airgap:\n${ours}`);
  for (const name of passed) console.log(`✔ ${name}`);
  for (const [name, reason] of excluded) console.log(`﹣ ${name}: not run, ${reason}`);
  if (problems.length > 0) console.log(['✖ failing tests:', ...problems].join('\n'));
  console.log(`suite: ${passed.length} passed, ${problems.length} failed, ${excluded.length} skipped`);
  process.exitCode = problems.length === 0 && passed.length > 0 ? 0 : 1;
} finally {
  await registry.stop();
  await folder.remove();
}

/** @returns the complete output of the test program */
async function runSuite(name: string, program: string): Promise<string> {
  // The suite leaves files in the folder for temporary ones, and must see no login of the developer's.
  const own = join(folder.path, `home-${name}`);
  await mkdir(own);
  const { stdout, stderr } = await runProgram(
    join(tests, 'e2e.test'),
    [
      '-test.v',
      '-test.timeout=9m',
      `-test.run=${asked}`,
      `-test.skip=${Object.keys(EXCLUDED)
        .map((test) => test.split('/').map(exactly).join('/'))
        .join('|')}`,
    ],
    {
      cwd: tests,
      env: {
        PATH: `${dirname(program)}:/usr/bin:/bin`,
        HOME: own,
        TMPDIR: own,
        IMGPKG_BINARY: program,
        IMGPKG_E2E_IMAGE: `${registry.host}/${name}/image`,
        IMGPKG_E2E_RELOCATION_REPO: `${registry.host}/${name}/relocated`,
      },
    },
  );
  return stdout + stderr;
}

function exactly(name: string): string {
  return `^${name}$`;
}
