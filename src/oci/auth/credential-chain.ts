import type { Credential, CredentialProvider, CredentialRequest } from './credentials.ts';

/** `anonymous` ends the search: no further source is asked, and no credential is used. */
export type CredentialSource = (request: CredentialRequest) => Promise<Credential | 'anonymous' | undefined>;

/**
 * Combines sources; the first one with an answer wins. A source that fails does not prevent the next one from being
 * asked; if none has an answer, the first failure is thrown, so that the error for a rejected request can state it.
 * @param onProblem called with each failure
 */
export function chainProviders(
  sources: readonly CredentialSource[],
  onProblem?: (problem: unknown) => void,
): CredentialProvider {
  return async (request) => {
    const problems: unknown[] = [];
    for (const source of sources) {
      try {
        const answer = await source(request);
        if (answer !== undefined) return answer === 'anonymous' ? undefined : answer;
      } catch (problem) {
        problems.push(problem);
        onProblem?.(problem);
      }
    }
    if (problems.length > 0) throw problems[0];
    return undefined;
  };
}
