import { join } from 'node:path';

import { homeFolder } from '../../base/home-folder.ts';
import { authsEntry, helperName, parseAuthFile, readAuthFile } from './auth-file.ts';
import type { AuthFile } from './auth-file.ts';
import type { CredentialHelpers } from './credential-helpers.ts';
import type { CredentialProvider, CredentialRequest } from './credentials.ts';
import { ociError } from '../errors.ts';
import { DOCKER_HUB } from '../reference.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * DOCKER_AUTH_CONFIG, then docker's config.json (DOCKER_CONFIG, or ~/.docker), which is read again for each lookup:
 * first the registry's credential helper, if the file names one, then `auths`. An unreadable file is an error, because
 * its content is unknown.
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
 * The credential for a registry from a file, or from the helper that the file names.
 * @throws oci.helper-… if the helper fails and the file has no entry either
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
