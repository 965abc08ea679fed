import type { CredentialProvider } from '../oci/credentials.ts';
import { dockerConfigCredentials } from '../oci/docker-config.ts';
import { environmentCredentials } from '../oci/environment-credentials.ts';

/** imgpkg's variables first, then the docker config. */
export function cliCredentials(environment: NodeJS.ProcessEnv): CredentialProvider {
  const providers = [environmentCredentials(environment), dockerConfigCredentials(environment)];
  return async (request) => {
    for (const provider of providers) {
      const credential = await provider(request);
      if (credential !== undefined) return credential;
    }
    return undefined;
  };
}
