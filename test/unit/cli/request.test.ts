import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { requestOf } from '../../../src/cli/copy/request.ts';
import { COPY_FLAGS } from '../../../src/cli/flags/copy-flags.ts';
import { parseFlags } from '../../../src/cli/flags/parse-flags.ts';

const parse = (text: string) =>
  requestOf(
    parseFlags(
      COPY_FLAGS.flatMap(({ flags }) => flags),
      text.split(' '),
    ).values,
  );

describe('a request contains what its flags say:', () => {
  for (const [args, source] of [
    ['-b r/x', { kind: 'bundle', reference: 'r/x' }],
    ['-i r/x', { kind: 'image', reference: 'r/x' }],
    ['-i r/x --ignore-bundle-check', { kind: 'image', reference: 'r/x', ignoreBundleCheck: true }],
    ['--lock l.yml', { kind: 'lock', path: 'l.yml' }],
    ['--tar t.tar', { kind: 'archive', path: 't.tar' }],
  ] as const) {
    test(args, () => assert.deepEqual(parse(`${args} --to-repo r/y`).source, source));
  }

  test('--to-repo and --to-tar', () => {
    assert.deepEqual(parse('-b x --to-repo r/y').destination, { kind: 'repository', repository: 'r/y' });
    assert.deepEqual(parse('-b x --to-tar y.tar').destination, { kind: 'archive', path: 'y.tar' });
  });

  for (const [flag, option] of [
    ['--repo-based-tags', { repoBasedTags: true }],
    ['--cosign-signatures', { cosignSignatures: true }],
    ['--referrers', { referrers: true }],
    ['--include-non-distributable-layers', { includeNonDistributable: true }],
    ['--repair', { repair: true }],
    ['--to-tag=v2', { toTag: 'v2' }],
    ['--repair=false', {}],
    ['--resume', { resume: true }],
    ['--resume=false', { resume: false }],
  ] as const) {
    test(flag, () => assert.deepEqual(parse(`-b x --to-repo r/y ${flag}`).options, option));
  }
});

// Order and texts are those of imgpkg 0.47.
describe("invalid combinations are rejected in imgpkg's words:", () => {
  for (const [args, message] of [
    ['--to-repo r/y', 'Expected either --lock, --bundle (-b), --image (-i), or --tar as a source'],
    ['-b x -i y --to-repo r/y', 'Expected either --lock, --bundle (-b), --image (-i), or --tar as a source'],
    ['--lock x --tar y --to-repo r/y', 'Expected either --lock, --bundle (-b), --image (-i), or --tar as a source'],
    ['-b x', 'Expected either --to-tar or --to-repo'],
    ['-b x --to-repo r/y --to-tar z', 'Expected either --to-tar or --to-repo'],
    ['--tar x --to-tar y', 'Cannot use tar source (--tar) with tar destination (--to-tar)'],
    ['--tar x --to-tar y --resume --lock-output l', 'Cannot use tar source (--tar) with tar destination (--to-tar)'],
    ['-b x --to-tar y --lock-output l', 'Cannot output lock file with tar destination'],
    ['-b x --to-repo r/y --ignore-bundle-check', 'Cannot set --ignore-bundle-check while using -b flag'],
  ] as const) {
    test(args, () => assert.throws(() => parse(args), { message }));
  }
});
