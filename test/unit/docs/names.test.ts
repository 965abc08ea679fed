// What the documents name is there under that name: files, stages, settings, what stands on a button, the released files.
import assert from 'node:assert/strict';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { documentAt, documents, read, root } from './all-documents.ts';

const manifest = JSON.parse(read('package.json')) as {
  readonly version: string;
  readonly scripts: Record<string, string>;
  readonly contributes: unknown;
};
const values = (path: string) => JSON.parse(read(path)) as Record<string, string>;
/** Every text that the extension shows, in English. */
const shown = new Set([
  ...Object.values(values('package.nls.json')),
  ...Object.keys(values('l10n/bundle.l10n.de.json')),
]);
const stages = [...read('scripts/test.mjs').matchAll(/^ {2,4}(?:\{ )?name: '(\w+)'|^ +\{ name: '(\w+)'/gm)].map(
  ([, one, other]) => one ?? other ?? '',
);

const codeIn = (text: string) => [...text.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, code = '']) => code);
/** Made by the build, the tests or a run. */
const isMade = (path: string) => /^(?:dist|test-output|node_modules)\//.test(path);
/** Paths are from the project's folder; how-it-works.md leaves `src/` out. */
const isThere = (path: string) => ['', 'src'].some((folder) => existsSync(join(root, folder, path)));
const folders = new Set(globSync('{*,src/*}/', { cwd: root }).map((folder) => folder.split('/').at(-1) ?? ''));

for (const { path, text } of documents) {
  describe(path, () => {
    test('the files and folders of the project that it names exist', () => {
      const blocks = [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].map(([, code = '']) => code);
      const named = [...codeIn(text), ...blocks]
        .flatMap((code) => code.split(/\s+/))
        .filter((word) => /^\.?[\w-]+(?:\/[\w.-]+)+\/?$/.test(word) && folders.has(word.split('/')[0] ?? ''));
      assert.deepEqual(
        named.filter((word) => !isMade(word) && !isThere(word)),
        [],
      );
    });

    test('the stages of `npm test` that it names exist', () => {
      const named = [...text.matchAll(/npm test -- ([a-z]+)/g)].map(([, stage = '']) => stage);
      assert.deepEqual(
        named.filter((stage) => !stages.includes(stage)),
        [],
      );
    });

    test('the settings, commands and views that it names exist', () => {
      const contributed = JSON.stringify(manifest.contributes);
      const named = [...text.matchAll(/\bcarvelAirgap\.\w+/g)].map(([name]) => name);
      assert.deepEqual(
        named.filter((name) => !contributed.includes(`"${name}"`)),
        [],
      );
    });

    test('the released files that it names are of this version', () => {
      for (const [file, version] of text.matchAll(/carvel-airgap-(\d[\w.-]*)\.(?:tgz|vsix)/g))
        assert.equal(version, manifest.version, file);
    });
  });
}

for (const path of ['README.md', 'scripts/sandbox/guide.md']) {
  test(`text in bold letters in ${path} is in the editor in these words`, () => {
    const { text } = documentAt(path);
    const bold = [...text.matchAll(/\*\*([^*\n]+)\*\*/g)].map(([, words = '']) => words.replace(/^Airgap: /, ''));
    assert.ok(bold.length > 5);
    // The guide fills in names where the lens does.
    const words = bold.map((each) => each.replace('{context} / {namespace}', '{0} / {1}'));
    assert.deepEqual(
      words.filter((each) => !shown.has(each)),
      [],
    );
  });
}

test('CONTRIBUTING.md says how to run each stage of `npm test` on its own', () => {
  const { text } = documentAt('CONTRIBUTING.md');
  assert.ok(stages.length > 8, String(stages));
  const alone = (stage: string) => [`npm test -- ${stage}\``, `npm run test:${stage}\``, `npm run ${stage}\``];
  const own = stages.filter((stage) => !['check', 'build'].includes(stage));
  assert.deepEqual(
    own.filter((stage) => !alone(stage).some((command) => text.includes(command))),
    [],
  );
});

test('the tasks and launch configurations of VS Code run scripts and files that exist', () => {
  const { tasks } = JSON.parse(read('.vscode/tasks.json')) as { tasks: { label: string; script: string }[] };
  assert.deepEqual(
    tasks.filter(({ script }) => !(script in manifest.scripts)),
    [],
  );
  const { configurations } = JSON.parse(read('.vscode/launch.json')) as {
    configurations: { preLaunchTask?: string; program?: string }[];
  };
  const labels = new Set(tasks.map(({ label }) => label));
  for (const { preLaunchTask, program } of configurations) {
    if (preLaunchTask !== undefined) assert.ok(labels.has(preLaunchTask), preLaunchTask);
    if (program !== undefined) assert.ok(isThere(program.replace('${workspaceFolder}/', '')), program);
  }
});
