import type { Credential, CredentialProvider, CredentialRequest } from './credentials.ts';

/** `anonymous` ends the search: nobody else is asked, and no credential is used. */
export type CredentialSource = (request: CredentialRequest) => Promise<Credential | 'anonymous' | undefined>;

/**
 * The first source that knows something counts. One that fails does not keep the next from being asked; where none knows
 * anything, the first failure is the answer, so that a refusal of the registry can say why.
 * @param onProblem gets each failure
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
