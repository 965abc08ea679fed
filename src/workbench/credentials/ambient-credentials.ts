import { causes } from '../../base/errors.ts';
import { warnAboutAuthFiles } from '../../oci/auth/auth-file.ts';
import { chainProviders } from '../../oci/auth/credentials.ts';
import { CredentialHelpers } from '../../oci/auth/credential-helpers.ts';
import type { CredentialProvider } from '../../oci/auth/credentials.ts';
import { dockerConfigCredentials } from '../../oci/auth/docker-config.ts';
import { environmentKeychain } from '../../oci/auth/environment-keychain.ts';
import type { EnvironmentKeychain } from '../../oci/auth/environment-keychain.ts';
import { podmanCredentials } from '../../oci/auth/podman-auth.ts';

export interface AmbientCredentialsOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether credential helpers named in a docker config may be started; called for each request because it can change. */
  readonly canRunHelpers: () => boolean;
  /** Receives problems with the environment variables or with a login file; other sources are still used. */
  readonly warn: (problem: string) => void;
}

/** The credentials of this machine in imgpkg's order: environment variables, docker logins, podman logins. */
export function ambientCredentials({
  environment,
  canRunHelpers: maySpawn,
  warn,
}: AmbientCredentialsOptions): CredentialProvider {
  const keychain = readKeychain(environment, warn);
  const variables = ({ registry, repository }: Parameters<CredentialProvider>[0]) =>
    Promise.resolve(keychain(registry, repository));
  const warnOnce = warnAboutAuthFiles(warn);
  const chain = (helpers?: CredentialHelpers): CredentialProvider =>
    chainProviders(
      [variables, dockerConfigCredentials(environment, helpers), podmanCredentials(environment, helpers)],
      warnOnce,
    );
  const [withHelpers, without] = [chain(new CredentialHelpers(environment)), chain()];
  return (request) => (maySpawn() ? withHelpers(request) : without(request));
}

function readKeychain(environment: NodeJS.ProcessEnv, report: (problem: string) => void): EnvironmentKeychain {
  try {
    return environmentKeychain(environment);
  } catch (error) {
    report(`The variables IMGPKG_REGISTRY_* are not used: ${causes(error).join(': ')}`);
    return () => undefined;
  }
}
