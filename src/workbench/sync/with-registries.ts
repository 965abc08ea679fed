import type { CredentialProvider } from '../../oci/auth/credentials.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RegistryApi } from '../registries/registry-connections.ts';

export interface RegistrySetup {
  readonly api: () => RegistryApi;
  readonly connection: () => ConnectionSettings;
  readonly credentials: CredentialProvider;
}

/** Calls an action with the registries of both sides, with the current settings and stored credentials, and closes them. */
export async function withRegistries<Result>(
  { api, connection, credentials }: RegistrySetup,
  action: (registries: { readonly sources: Registries; readonly destinations: Registries }) => Promise<Result>,
): Promise<Result> {
  const settings = connection();
  const sources = api().createRegistries(settings, credentials, 'source');
  const destinations = api().createRegistries(settings, credentials, 'destination');
  try {
    return await action({ sources, destinations });
  } finally {
    await Promise.all([sources.close(), destinations.close()]);
  }
}
