import { join } from 'node:path';

import { homeFolder } from '../base/home-folder.ts';
import { authsEntry, helperName, parseAuthFile, readAuthFile } from './auth-file.ts';
import type { AuthFile } from './auth-file.ts';
import type { CredentialHelpers } from './credential-helpers.ts';
import type { CredentialProvider, CredentialRequest } from './credentials.ts';
import { ociError } from './errors.ts';
import { DOCKER_HUB } from './reference.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * DOCKER_AUTH_CONFIG, then docker's config.json (DOCKER_CONFIG, or ~/.docker), read anew for each registry that is asked
 * about: its helper where it names one, then its `auths`.
 * A file that is there and cannot be read is an error: nobody can say what it would have answered.
 * @param helpers starts the programs that `credHelpers` and `credsStore` name; without it none is started
 */
export function dockerConfigCredentials(environment: Environment, helpers?: CredentialHelpers): CredentialProvider {
  const home = homeFolder(environment);
  const directory = environment['DOCKER_CONFIG'] || (home && join(home, '.docker'));
  const own = Buffer.from(environment['DOCKER_AUTH_CONFIG'] ?? '');
  return async (request) => {
    const inline = parseAuthFile(own, 'DOCKER_AUTH_CONFIG');
    const fromEnvironment = inline && (await fromAuthFile(inline, request, helpers));
    if (fromEnvironment !== undefined) return fromEnvironment;
    const file = directory === undefined ? undefined : await readAuthFile(join(directory, 'config.json'));
    return file && fromAuthFile(file, request, helpers);
  };
}

/**
 * What a file says about a registry, or what the helper says that it names.
 * @throws oci.helper-…, where its helper failed and nothing else is known
 */
export async function fromAuthFile(file: AuthFile, request: CredentialRequest, helpers: CredentialHelpers | undefined) {
  const { registry, repository, afterRefusal = false } = request;
  const name = helperName(file, registry);
  const entry = authsEntry(file, registry, repository);
  if (name === undefined) return entry;
  if (helpers === undefined) {
    if (entry !== undefined) return entry;
    throw ociError('helper-not-started', { helper: name, host: registry, file: file.origin });
  }
  const server = registry === DOCKER_HUB ? 'https://index.docker.io/v1/' : registry;
  try {
    return (await helpers.get(name, server, afterRefusal)) ?? entry;
  } catch (error) {
    if (entry !== undefined) return entry;
    throw error;
  }
}
