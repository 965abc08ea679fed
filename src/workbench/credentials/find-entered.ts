import type { CredentialRequest } from '../../oci/credentials.ts';
import type { EnteredCredential } from './entered-credential.ts';

/**
 * The credential for a request: that with the longest prefix which the repository is, or is below; of two with one prefix the
 * one that was entered for this side alone. Requests to the registry itself get only what counts for all of it.
 */
export function findEntered(
  entered: readonly EnteredCredential[],
  { registry, repository, side }: CredentialRequest,
): EnteredCredential | undefined {
  return entered
    .filter((each) => each.registry === registry && covers(each.prefix, repository))
    .filter((each) => each.side === undefined || each.side === side)
    .sort(
      (a, b) => b.prefix.length - a.prefix.length || Number(b.side !== undefined) - Number(a.side !== undefined),
    )[0];
}

function covers(prefix: string, repository: string): boolean {
  return prefix === '' || repository === prefix || repository.startsWith(`${prefix}/`);
}
