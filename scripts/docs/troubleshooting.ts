// `npm run docs`: generates docs/troubleshooting.md from the error catalogs, so that no message is missing from it.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { fillTemplate } from '../../src/base/errors.ts';
import type { ErrorTemplate } from '../../src/base/errors.ts';
import { editorTemplate } from '../../src/workbench/errors/editor-texts.ts';
import { errorFamilies } from './error-families.ts';
import { EXAMPLE_ARGUMENTS, OTHER_EXAMPLES } from './example-arguments.ts';

/** Error families, under headings that a person with a problem would look for. */
const chapters: readonly [title: string, introduction: string, families: readonly string[]][] = [
  [
    'Registries',
    'Connecting to a registry, logging in to it, and its responses. The log (“Carvel Airgap” in the Output view, `--debug` in the terminal) has one line for each request, without headers and bodies.',
    ['oci'],
  ],
  [
    'Bundles, locks and tars',
    '`carvel-airgap describe` shows the content of a bundle or tar and where each image is; `carvel-airgap verify` checks every layer of a tar.',
    ['carvel'],
  ],
  [
    'Signatures',
    'Signatures of exports, receipts and inventories, which `--sign` writes and `--require-signature` or the setting `carvelAirgap.requireSignature` demands. Signatures of images are not among them.',
    ['trust'],
  ],
  [
    'Relocations',
    'Everything complete at the destination stays there and is not sent again. Your tags and the locations images are written only when everything is at the destination.',
    ['relocation', 'sync', 'job'],
  ],
  [
    'A PackageRepository that does not reconcile',
    'kapp-controller reports these errors; the Clusters view and the lens above the document explain them with these messages.',
    ['reconcile'],
  ],
  ['Documents', 'Shown in the editor, at the text that is wrong.', ['document', 'packaging']],
  ['Audit', 'Findings of `carvel-airgap audit` and **Audit**.', ['audit']],
  ['Clusters', 'Connecting to a cluster, logging in to it, and its permissions.', ['cluster']],
  ['The editor', 'Only in VS Code.', ['workbench']],
  ['The command line', 'Only in the terminal.', ['cli']],
  ['Agents', 'Answers of the tools for agents (agents.md).', ['agent']],
];

const file = fileURLToPath(new URL('../../docs/troubleshooting.md', import.meta.url));

/** Messages with example arguments, in the wording of the editor too if that differs. */
function entry(family: string, code: string, template: ErrorTemplate): string {
  const args = { ...EXAMPLE_ARGUMENTS, ...OTHER_EXAMPLES[family], ...OTHER_EXAMPLES[`${family}.${code}`] };
  const fill = (text: string): string => escape(fillTemplate(text, args));
  const { text, remedy } = template;
  const editor = editorTemplate(`${family}.${code}`, template);
  const isSame = editor.text === text || editor.text === text.replace(' ({step})', '');
  return [
    `### ${family}.${code}`,
    `> ${fill(text)}`,
    ...(isSame ? [] : [`In the editor: ${fill(editor.text)}`]),
    ...(remedy === undefined ? [] : [fill(remedy)]),
    ...(editor.remedy === undefined || editor.remedy === remedy ? [] : [`In the editor: ${fill(editor.remedy)}`]),
  ].join('\n\n');
}

function escape(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll(/[\\<>_*[\]]/g, '\\$&');
}

/** The document's text. */
export function troubleshooting(): string {
  const parts = chapters.map(([title, introduction, families]) => {
    const own = errorFamilies.filter(({ family }) => families.includes(family));
    const entries = own.flatMap(({ family, catalog }) =>
      Object.entries(catalog).map(([code, template]) => entry(family, code, template)),
    );
    return [`## ${title}`, introduction, ...entries].join('\n\n');
  });
  const head = [
    '# Troubleshooting, by message',
    'Each error has a code, which appears in the log, in `--json` and on the last line in the terminal. Below each code are an example of its message and the remedy; an ellipsis stands for what a server or a program says.',
  ];
  return `${[...head, ...parts].join('\n\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(file, troubleshooting());
