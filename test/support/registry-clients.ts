import type { LookupFunction } from 'node:net';
import type { ConnectionSettings } from '../../src/oci/connection-settings.ts';
import { anonymous, type Credential, type CredentialProvider } from '../../src/oci/auth/credentials.ts';
import { RegistryTransport } from '../../src/oci/registry-transport.ts';
import { RegistryClient } from '../../src/oci/registry-client.ts';
import { RegistryConnection } from '../../src/oci/registry-connection.ts';
import { RegistryWriter } from '../../src/oci/registry-writer.ts';

export interface ClientOptions {
  readonly credential?: Credential;
  readonly credentials?: CredentialProvider;
  readonly settings?: ConnectionSettings;
  readonly lookup?: LookupFunction;
}

export interface Clients {
  readonly reader: RegistryClient;
  readonly writer: RegistryWriter;
  close(): Promise<void>;
}

/** The clients of one registry, for tests of a single request. */
export function clientsFor(host: string, options: ClientOptions = {}): Clients {
  const { credential, settings = {}, lookup } = options;
  const own: CredentialProvider = credential === undefined ? anonymous : () => Promise.resolve(credential);
  const transport = new RegistryTransport(settings, lookup);
  const credentials = options.credentials ?? own;
  const connection = new RegistryConnection(host, { settings, transport, credentials, side: 'source' });
  return {
    reader: new RegistryClient(connection),
    writer: new RegistryWriter(connection),
    close: () => transport.close(),
  };
}

export const basic: Credential = { kind: 'basic', username: 'robot', password: 's3cret', origin: 'test' };
/** The header for `basic`. */
export const basicHeader = `Basic ${Buffer.from('robot:s3cret').toString('base64')}`;
