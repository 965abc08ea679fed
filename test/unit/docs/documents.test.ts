// What the documents say can be followed: links lead somewhere, scripts and flags exist.
import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { auditCommand } from '../../../src/cli/audit/audit-command.ts';
import { copyCommand } from '../../../src/cli/copy/copy-command.ts';
import { describeCommand } from '../../../src/cli/describe/describe-command.ts';
import { verifyCommand } from '../../../src/cli/verify/verify-command.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const documents = [...globSync('*.md', { cwd: root }), ...globSync('{docs,bench,test}/**/*.md', { cwd: root })].filter(
  (path) => !path.includes('node_modules'),
);
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const flags = new Set(
  [auditCommand, copyCommand, describeCommand, verifyCommand]
    .flatMap(({ help }) => help.groups)
    .flatMap((group) => group.flags)
    .flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]),
);

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = text.matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

for (const path of documents) {
  describe(path, async () => {
    const text = await readFile(join(root, path), 'utf8');

    test('its links lead to files and headings that exist', async () => {
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const [file = '', anchor] = target.split('#');
        const full = file === '' ? join(root, path) : join(root, dirname(path), file);
        assert.ok(existsSync(full), `${path} links to ${target}`);
        if (anchor !== undefined) {
          assert.ok(anchorsOf(await readFile(full, 'utf8')).has(anchor), `${path} links to the heading ${target}`);
        }
      }
    });

    test('the scripts that it names exist', () => {
      for (const [, script = ''] of text.matchAll(/\bnpm run ([\w:-]+)/g)) assert.ok(script in scripts, script);
    });

    test('the flags of its examples exist', () => {
      for (const [, block = ''] of text.matchAll(/```sh\n([\s\S]*?)```/g)) {
        for (const [, command = ''] of block.replaceAll('\\\n', ' ').matchAll(/carvel-airgap (?=[a-z])([^\n>|]*)/g)) {
          for (const [, flag = ''] of command.matchAll(/\s(--?[a-z][\w-]*)/g)) assert.ok(flags.has(flag), flag);
        }
      }
    });
  });
}
