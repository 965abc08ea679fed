// `npm run docs`: writes docs/troubleshooting.md from what the errors themselves say, so that no message is missing in it.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type { ErrorTemplate } from '../../src/base/errors.ts';
import { errorFamilies } from './error-families.ts';

/** Each family under words that somebody with a problem would look for. */
const chapters: readonly [title: string, introduction: string, families: readonly string[]][] = [
  [
    'Registries',
    'Reaching a registry, logging in to it, and what it answers. The log (“Carvel Airgap” in the Output view, `--debug` in the terminal) has one line for each request, without headers and bodies.',
    ['oci'],
  ],
  [
    'Bundles, locks and tarballs',
    '`carvel-airgap describe` shows what a bundle or tarball holds and where each image is; `carvel-airgap verify` reads a tarball to its end.',
    ['carvel'],
  ],
  [
    'Relocations',
    'What is complete at the destination stays there and is not sent again; no tag of yours and no locations image is written before everything is there.',
    ['relocation'],
  ],
  [
    'A PackageRepository that does not reconcile',
    'kapp-controller reports these; the Clusters view and the lens above the document show them in these words.',
    ['reconcile'],
  ],
  ['Documents', 'Shown in the editor, where the text stands that is wrong.', ['document', 'packaging']],
  ['Audit', 'What `carvel-airgap audit` and “Audit” find.', ['audit']],
  ['Clusters', 'Reaching a cluster, logging in to it, and what it allows.', ['cluster']],
  ['The editor', 'Only in VS Code.', ['workbench']],
  ['The command line', 'Only in the terminal.', ['cli']],
];

const file = fileURLToPath(new URL('../../docs/troubleshooting.md', import.meta.url));

/** Names in braces are filled in when the error happens. */
function entry(family: string, code: string, { text, remedy }: ErrorTemplate): string {
  const lines = [`### ${family}.${code}`, '', '> ' + escape(text)];
  if (remedy !== undefined) lines.push('', escape(remedy));
  return lines.join('\n');
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
    'Each error has a code, which the log, `--json` and the last line in the terminal show. Below it stand what it says, with names in braces for what is filled in, and what to do.',
  ];
  return `${[...head, ...parts].join('\n\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(file, troubleshooting());
