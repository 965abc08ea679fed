// What the documents say can be followed: links lead somewhere, scripts and flags exist.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';

import { COMMANDS } from '../../../src/cli/commands.ts';
import { documentAt, documents, read, root } from './all-documents.ts';

const { scripts } = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
};
// Those of mcp are in docs/agents.md.
const documented = COMMANDS.filter(({ name, isInternal }) => isInternal !== true && name !== 'mcp');
const commands = await Promise.all(documented.map((command) => command.load()));
const flags = new Set(
  commands
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

for (const { path, text } of documents) {
  describe(path, () => {
    test('links lead to existing files and headings', async () => {
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
          // A quoted command has the flags of another program.
          const own = command.replaceAll(/'[^']*'/g, '');
          for (const [, flag = ''] of own.matchAll(/\s(--?[a-z][\w-]*)/g)) assert.ok(flags.has(flag), flag);
        }
      }
    });
  });
}

test('docs/command-line.md has every flag', () => {
  const { text } = documentAt('docs/command-line.md');
  // Those of one side stand in one row.
  const named = [...flags].map((flag) => flag.replace(/^--(from|to)-registry-\w+$/, '--$1-registry-…'));
  const elsewhere = ['--help', '-h'];
  assert.deepEqual(
    named.filter((flag) => !elsewhere.includes(flag) && !text.includes(`\`${flag}`)),
    [],
  );
});
