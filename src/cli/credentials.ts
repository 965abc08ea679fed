import { warnAboutAuthFiles } from '../oci/auth/auth-file.ts';
import { chainProviders } from '../oci/auth/credentials.ts';
import type { CredentialSource, Credential, CredentialProvider } from '../oci/auth/credentials.ts';
import { CredentialHelpers } from '../oci/auth/credential-helpers.ts';
import { dockerConfigCredentials } from '../oci/auth/docker-config.ts';
import { environmentKeychain } from '../oci/auth/environment-keychain.ts';
import { podmanCredentials } from '../oci/auth/podman-auth.ts';
import type { FlagValues } from './flags/flag.ts';

/**
 * Credentials in order of precedence: those for one side, then as in imgpkg the variables IMGPKG_REGISTRY_*; user,
 * token or anonymous by flag or simple variable; the logins of docker and podman.
 * @param warn receives warnings about unreadable login files
 * @throws oci.unknown-variable, oci.hostname-pattern
 */
export function cliCredentials(
  values: FlagValues,
  environment: NodeJS.ProcessEnv,
  warn: (problem: string) => void,
): CredentialProvider {
  const keychain = environmentKeychain(environment);
  const simple = simpleCredential(values, environment, IMGPKG);
  const sides = {
    source: simpleCredential(values, environment, FROM),
    destination: simpleCredential(values, environment, TO),
  };
  const helpers = new CredentialHelpers(environment);
  const sources: CredentialSource[] = [
    ({ side }) => Promise.resolve(sides[side]),
    ({ registry, repository }) => Promise.resolve(keychain(registry, repository)),
    () => Promise.resolve(simple),
    dockerConfigCredentials(environment, helpers),
    podmanCredentials(environment, helpers),
  ];
  return chainProviders(sources, warnAboutAuthFiles(warn));
}

/** Whether imgpkg would use cloud credential helpers, which are not supported here. */
export function usesCloudKeychains({ IMGPKG_ACTIVE_KEYCHAINS, IMGPKG_ENABLE_IAAS_AUTH }: NodeJS.ProcessEnv): boolean {
  return (IMGPKG_ACTIVE_KEYCHAINS ?? '') !== '' || IMGPKG_ENABLE_IAAS_AUTH?.toLowerCase() === 'true';
}

/** The prefixes of flags and variables: `--<flags>username`, `<variables>USERNAME`. */
interface Names {
  readonly flags: string;
  readonly variables: string;
}

const IMGPKG: Names = { flags: 'registry-', variables: 'IMGPKG_' };
const FROM: Names = { flags: 'from-registry-', variables: 'CARVEL_AIRGAP_FROM_' };
const TO: Names = { flags: 'to-registry-', variables: 'CARVEL_AIRGAP_TO_' };

/**
 * Credentials for every registry, or for those of one side: a flag before its variable; a user before a token before
 * anonymous.
 */
function simpleCredential(
  values: FlagValues,
  environment: NodeJS.ProcessEnv,
  { flags, variables }: Names,
): Credential | 'anonymous' | undefined {
  const read = (name: string) => {
    const flag = `${flags}${name}`;
    const variable = `${variables}${name.toUpperCase()}`;
    const given = values.text(flag);
    if (given !== undefined) return { text: given, origin: `--${flag}` };
    return { text: environment[variable] ?? '', origin: variable };
  };
  const [username, password, token] = [read('username'), read('password'), read('token')];
  if (username.text !== '') {
    return { kind: 'basic', username: username.text, password: password.text, origin: username.origin };
  }
  if (token.text !== '') return { kind: 'registry-token', token: token.text, origin: token.origin };
  const isAnonymous = values.boolean(`${flags}anon`) === true || environment[`${variables}ANON`] === 'true';
  return isAnonymous ? 'anonymous' : undefined;
}
