import { causes } from '../../base/errors.ts';
import type { CredentialProvider } from '../../oci/credentials.ts';
import { dockerConfigCredentials } from '../../oci/docker-config.ts';
import { environmentKeychain } from '../../oci/environment-keychain.ts';
import type { EnvironmentKeychain } from '../../oci/environment-keychain.ts';

/**
 * The credentials of this machine, in imgpkg's order: its environment variables, then the docker config.
 * @param tell gets what is wrong with the variables; the editor goes on without them
 */
export function ambientCredentials(
  environment: NodeJS.ProcessEnv,
  tell: (problem: string) => void,
): CredentialProvider {
  const keychain = readKeychain(environment, tell);
  const docker = dockerConfigCredentials(environment);
  return async (request) => {
    const answer = keychain(request.registry, request.repository);
    if (answer === 'anonymous') return undefined;
    return answer ?? docker(request);
  };
}

function readKeychain(environment: NodeJS.ProcessEnv, tell: (problem: string) => void): EnvironmentKeychain {
  try {
    return environmentKeychain(environment);
  } catch (error) {
    tell(`The variables IMGPKG_REGISTRY_* are not used: ${causes(error).join(': ')}`);
    return () => undefined;
  }
}
