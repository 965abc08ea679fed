// Searches for leaked secrets: in files written by a program, and in the arguments of all programs.
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Secret {
  readonly user: string;
  readonly password: string;
}

/** A secret in each form in which it may leak: unchanged, in Basic, in a URL, in JSON. */
export function formsOf({ user, password }: Secret): string[] {
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return [...new Set([password, basic, encodeURIComponent(password), JSON.stringify(password).slice(1, -1)])];
}

/** The forms of secrets found in a text. */
export function secretsIn(text: string | Buffer, secrets: readonly Secret[]): string[] {
  return secrets.flatMap(formsOf).filter((form) => text.includes(form));
}

/** Every regular file in a folder that contains a secret, with the forms found. */
export async function filesWithSecrets(folder: string, secrets: readonly Secret[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    const isFile = await lstat(path).then(
      (stats) => stats.isFile(),
      () => false,
    );
    // A file that no longer exists was temporary.
    const content = isFile ? await readFile(path).catch(() => Buffer.alloc(0)) : Buffer.alloc(0);
    const forms = secretsIn(content, secrets);
    if (forms.length > 0) found.set(path, forms);
  }
  return found;
}

/** The command lines of running programs that contain a secret. */
export async function argumentsWithSecrets(secrets: readonly Secret[]): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => secretsIn(line, secrets).length > 0);
}
