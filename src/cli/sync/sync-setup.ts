import { limitMemory } from '../../base/memory-limits.ts';
import { anonymous } from '../../oci/auth/credentials.ts';
import type { CredentialProvider } from '../../oci/auth/credentials.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { Registries } from '../../oci/registries.ts';
import { InProcessEngine } from '../../relocation/in-process-engine.ts';
import type { CommandContext } from '../command.ts';
import { connectionOf, stateFolder } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';

/** What a sync and a prune work with. */
export interface SyncSetup {
  readonly connection: ConnectionSettings;
  readonly credentials: CredentialProvider;
  readonly engine: InProcessEngine;
  readonly sources: Registries;
  readonly destinations: Registries;
  /** The same registries without credentials. */
  readonly anonymous: Registries;
}

/** Calls an action with the engine and the registries of the flags, and closes them. */
export async function withSetup<Result>(
  { values, environment, console }: CommandContext,
  action: (setup: SyncSetup) => Promise<Result>,
): Promise<Result> {
  const connection = await connectionOf(values, environment);
  const credentials = cliCredentials(values, environment, (text) => console.warn(text));
  limitMemory();
  const engine = new InProcessEngine({ connection, credentials, stateFolder: stateFolder(environment) });
  engine.limitBandwidth(values.size('bandwidth-limit'));
  const registries = {
    sources: createRegistries(connection, credentials, 'source'),
    destinations: createRegistries(connection, credentials, 'destination'),
    anonymous: createRegistries(connection, anonymous, 'destination'),
  };
  try {
    return await action({ connection, credentials, engine, ...registries });
  } finally {
    await Promise.all(Object.values(registries).map((each) => each.close()));
  }
}
