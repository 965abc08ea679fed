import { causes } from '../../base/errors.ts';
import { tellOfAuthFiles } from '../../oci/auth-file.ts';
import { chainProviders } from '../../oci/credential-chain.ts';
import { CredentialHelpers } from '../../oci/credential-helpers.ts';
import type { CredentialProvider } from '../../oci/credentials.ts';
import { dockerConfigCredentials } from '../../oci/docker-config.ts';
import { environmentKeychain } from '../../oci/environment-keychain.ts';
import type { EnvironmentKeychain } from '../../oci/environment-keychain.ts';
import { podmanCredentials } from '../../oci/podman-auth.ts';

export interface AmbientCredentialsOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether programs that a docker config names may be started; asked each time, for it may change. */
  readonly maySpawn: () => boolean;
  /** Gets what is wrong with the variables or with a file of logins; the editor goes on without them. */
  readonly tell: (problem: string) => void;
}

/** The credentials of this machine, in imgpkg's order: its environment variables, docker's logins, and podman's. */
export function ambientCredentials({ environment, maySpawn, tell }: AmbientCredentialsOptions): CredentialProvider {
  const keychain = readKeychain(environment, tell);
  const variables = ({ registry, repository }: Parameters<CredentialProvider>[0]) =>
    Promise.resolve(keychain(registry, repository));
  const tellOnce = tellOfAuthFiles(tell);
  const chain = (helpers?: CredentialHelpers): CredentialProvider =>
    chainProviders(
      [variables, dockerConfigCredentials(environment, helpers), podmanCredentials(environment, helpers)],
      tellOnce,
    );
  const [withHelpers, without] = [chain(new CredentialHelpers(environment)), chain()];
  return (request) => (maySpawn() ? withHelpers(request) : without(request));
}

function readKeychain(environment: NodeJS.ProcessEnv, tell: (problem: string) => void): EnvironmentKeychain {
  try {
    return environmentKeychain(environment);
  } catch (error) {
    tell(`The variables IMGPKG_REGISTRY_* are not used: ${causes(error).join(': ')}`);
    return () => undefined;
  }
}
