import { outputOf } from './run-program.ts';
import { ensureOras } from './setup/oras.mjs';

interface Discovered {
  readonly digest: string;
  readonly artifactType: string;
  readonly referrers?: readonly Discovered[];
}

/**
 * Adds a file as a referrer of an image.
 * @param reference registry/path@digest
 */
export async function attach(reference: string, artifactType: string, file: string): Promise<void> {
  const kind = ['--artifact-type', artifactType, '--disable-path-validation'];
  const args = ['attach', '--plain-http', ...kind, reference, `${file}:${artifactType}`];
  await outputOf(await ensureOras(), args, { env: { HOME: '/nonexistent' } });
}

/**
 * What refers to an image, and what refers to that, according to `oras discover`.
 * @param reference registry/path@digest
 * @returns artifact type and digest, sorted
 */
export async function discover(reference: string): Promise<string[]> {
  const args = ['discover', '--plain-http', '--format', 'json', reference];
  const { referrers = [] } = JSON.parse(
    await outputOf(await ensureOras(), args, { env: { HOME: '/nonexistent' } }),
  ) as {
    referrers?: readonly Discovered[];
  };
  const flat = (list: readonly Discovered[]): string[] =>
    list.flatMap((each) => [`${each.artifactType} ${each.digest}`, ...flat(each.referrers ?? [])]);
  return flat(referrers).sort();
}
