import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

export interface Document {
  /** from the project's folder */
  readonly path: string;
  readonly text: string;
}

/** What people read: all Markdown of the project, with the guide of the sandbox. */
export const documents: readonly Document[] = ['*.md', '{docs,bench,test}/**/*.md', 'scripts/sandbox/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((path) => !path.includes('node_modules'))
  .map((path) => ({ path, text: read(path) }));

export function documentAt(path: string): Document {
  const found = documents.find((document) => document.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return found;
}
