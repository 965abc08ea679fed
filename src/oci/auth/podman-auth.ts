import { isAbsolute, join } from 'node:path';

import { homeFolder } from '../../base/home-folder.ts';
import { readAuthFile } from './auth-file.ts';
import type { CredentialHelpers } from './credential-helpers.ts';
import type { CredentialProvider } from './credentials.ts';
import { fromAuthFile } from './docker-config.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * podman's and skopeo's logins (containers-auth.json(5)): the first of its files with a credential for the registry
 * wins.
 */
export function podmanCredentials(environment: Environment, helpers?: CredentialHelpers): CredentialProvider {
  const paths = authFiles(environment);
  return async (request) => {
    for (const path of paths) {
      const file = await readAuthFile(path);
      const credential = file && (await fromAuthFile(file, request, helpers));
      if (credential !== undefined) return credential;
    }
    return undefined;
  };
}

function authFiles(environment: Environment): string[] {
  const { REGISTRY_AUTH_FILE: file, XDG_RUNTIME_DIR: runtime, XDG_CONFIG_HOME: config } = environment;
  if (file) return [file];
  const home = homeFolder(environment);
  const folders = [runtime ?? '', config || (home === undefined ? '' : join(home, '.config'))];
  return folders.filter((folder) => isAbsolute(folder)).map((folder) => join(folder, 'containers', 'auth.json'));
}
