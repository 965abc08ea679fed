import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { isSeq, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { UserEntry } from './kubeconfig-entries.ts';

const JSON_STYLE = { defaultKeyType: 'QUOTE_DOUBLE', defaultStringType: 'QUOTE_DOUBLE' } as const;

/**
 * Writes renewed tokens into the kubeconfig that defines the user, as kubectl does and under kubectl's lock file;
 * everything else in the file stays, including comments. A file that cannot be written is left unchanged: the tokens in
 * memory remain valid for this session.
 */
export async function storeOidcTokens(
  { name, file }: UserEntry,
  tokens: Readonly<Record<string, string>>,
): Promise<void> {
  const lock = `${file}.lock`;
  try {
    await (await open(lock, 'wx', 0o600)).close();
  } catch {
    return;
  }
  try {
    const source = await readFile(file, 'utf8');
    const document = parseDocument(source);
    const index = document.errors.length > 0 ? -1 : indexOfUser(document, name);
    if (index < 0) return;
    for (const [key, value] of Object.entries(tokens)) {
      document.setIn(['users', index, 'user', 'auth-provider', 'config', key], value);
    }
    const isJson = source.trimStart().startsWith('{');
    await writeFile(file, document.toString({ lineWidth: 0, ...(isJson && JSON_STYLE) }));
  } catch {
    // The file is read-only, or uses aliases.
  } finally {
    await rm(lock, { force: true });
  }
}

function indexOfUser(document: Document, name: string): number {
  const users: unknown = document.get('users');
  return isSeq(users) ? users.items.findIndex((_, index) => document.getIn(['users', index, 'name']) === name) : -1;
}
