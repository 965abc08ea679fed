// The translatable texts of the editor: literals of vscode.l10n.t, the descriptions of the states of
// PackageRepositories and PackageInstalls, and the error texts in the editor's wording. `node scripts/l10n/strings.ts de` prints those missing
// from a language, and those no longer used.
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { editorTemplate } from '../../src/workbench/errors/editor-texts.ts';
import { errorFamilies } from '../docs/error-families.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const LITERAL = `('(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*"|\`(?:[^\`\\\\$]|\\\\.)*\`)`;
const SHOWN = new RegExp(`l10n\\.t\\(\\s*${LITERAL}`, 'g');
/** Sentences of the core: objects with a text, and lines that end with a time. */
const SENTENCE = new RegExp(`(?:\\btext:\\s*|timeLine\\(\\s*)${LITERAL}`, 'g');
const SENTENCES = ['src/packaging/describe-state.ts', 'src/packaging/describe-install.ts'];
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' };

/** Every text, exactly as it serves as the key of its translation. */
export async function translatableStrings(): Promise<Set<string>> {
  const strings = new Set<string>();
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const source = await readFile(`${root}${file}`, 'utf8');
    for (const [, literal = ''] of source.matchAll(SHOWN)) strings.add(unquote(literal));
  }
  for (const file of SENTENCES) {
    const sentences = await readFile(`${root}${file}`, 'utf8');
    for (const [, literal = ''] of sentences.matchAll(SENTENCE)) strings.add(unquote(literal));
  }
  for (const { family, catalog } of errorFamilies) {
    // The command line and the answers to agents are English only.
    if (family === 'cli' || family === 'agent') continue;
    for (const [key, template] of Object.entries(catalog)) {
      const { text, remedy } = editorTemplate(`${family}.${key}`, template);
      strings.add(text);
      if (remedy !== undefined) strings.add(remedy);
    }
  }
  return strings;
}

export async function readBundle(language: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(`${root}l10n/bundle.l10n.${language}.json`, 'utf8')) as Record<string, string>;
}

function unquote(literal: string): string {
  return literal
    .slice(1, -1)
    .replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, code: string | undefined, char: string) =>
      code === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const strings = await translatableStrings();
  const bundle = await readBundle(process.argv[2] ?? 'de').catch(() => ({}));
  const missing = [...strings].filter((text) => !(text in bundle));
  const inVain = Object.keys(bundle).filter((text) => !strings.has(text));
  console.log(JSON.stringify({ missing, inVain }, undefined, 2));
}
