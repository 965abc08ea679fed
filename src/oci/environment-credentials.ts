import type { CredentialProvider } from './credentials.ts';

/** imgpkg's simple variables, which go to every registry: IMGPKG_USERNAME and IMGPKG_PASSWORD, or IMGPKG_TOKEN. */
export function environmentCredentials(environment: Readonly<Record<string, string | undefined>>): CredentialProvider {
  const { IMGPKG_USERNAME: username, IMGPKG_PASSWORD: password, IMGPKG_TOKEN: token } = environment;
  return () => {
    if (username !== undefined && username !== '' && password !== undefined) {
      return Promise.resolve({ kind: 'basic', username, password, origin: 'IMGPKG_USERNAME' });
    }
    if (token !== undefined && token !== '') {
      return Promise.resolve({ kind: 'registry-token', token, origin: 'IMGPKG_TOKEN' });
    }
    return Promise.resolve(undefined);
  };
}
