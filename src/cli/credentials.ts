import type { Credential, CredentialProvider } from '../oci/credentials.ts';
import { dockerConfigCredentials } from '../oci/docker-config.ts';
import { environmentKeychain } from '../oci/environment-keychain.ts';
import type { FlagValues } from './flags/flag.ts';

/**
 * imgpkg's order: the variables IMGPKG_REGISTRY_*; user, token or anonymous by flag or simple variable; the docker config.
 * The first that answers counts.
 * @throws oci.unknown-variable, oci.hostname-pattern
 */
export function cliCredentials(values: FlagValues, environment: NodeJS.ProcessEnv): CredentialProvider {
  const keychain = environmentKeychain(environment);
  const simple = simpleCredential(values, environment);
  const docker = dockerConfigCredentials(environment);
  return async (request) => {
    const answer = keychain(request.registry, request.repository) ?? simple;
    if (answer === 'anonymous') return undefined;
    return answer ?? docker(request);
  };
}

/** Whether imgpkg would ask cloud helpers for credentials, which this program does not. */
export function usesCloudKeychains({ IMGPKG_ACTIVE_KEYCHAINS, IMGPKG_ENABLE_IAAS_AUTH }: NodeJS.ProcessEnv): boolean {
  return (IMGPKG_ACTIVE_KEYCHAINS ?? '') !== '' || IMGPKG_ENABLE_IAAS_AUTH?.toLowerCase() === 'true';
}

/** What goes to every registry: a flag counts before its variable; a user before a token before anonymous. */
function simpleCredential(values: FlagValues, environment: NodeJS.ProcessEnv): Credential | 'anonymous' | undefined {
  const read = (flag: string, variable: string) => {
    const given = values.text(flag);
    if (given !== undefined) return { text: given, origin: `--${flag}` };
    return { text: environment[variable] ?? '', origin: variable };
  };
  const username = read('registry-username', 'IMGPKG_USERNAME');
  const password = read('registry-password', 'IMGPKG_PASSWORD');
  const token = read('registry-token', 'IMGPKG_TOKEN');
  if (username.text !== '') {
    return { kind: 'basic', username: username.text, password: password.text, origin: username.origin };
  }
  if (token.text !== '') return { kind: 'registry-token', token: token.text, origin: token.origin };
  const isAnonymous = values.boolean('registry-anon') === true || environment['IMGPKG_ANON'] === 'true';
  return isAnonymous ? 'anonymous' : undefined;
}
