// A world whose registries ask who comes: the source for a password, the destination for tokens that end soon, from a token
// server that has bad days as well. What is there is looked at through doors that nobody guards.
import { randomUUID } from 'node:crypto';

import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { startRegistry } from '../support/registry.ts';
import type { Secret } from '../support/secret-scan.ts';
import { startTokenServer } from '../support/token-server.ts';
import { makeWorld, type World } from './world.ts';

/** Seconds. A relocation asks for several, one after the other. */
const LIFETIME = 4;

export interface GuardedWorld extends World {
  /** Before the token server. */
  readonly tokens: FaultProxy;
  /** How the command line gets the passwords. */
  readonly env: Readonly<Record<string, string>>;
  /** Of each registry: what the other one may not see, and nothing that is written may hold. Tokens are among them. */
  secrets(): { readonly from: readonly Secret[]; readonly to: readonly Secret[] };
}

export async function makeGuardedWorld(): Promise<GuardedWorld> {
  const [reader, writer] = ['reader', 'writer'].map((user) => ({ user, password: `"${randomUUID()}" & more` })) as [
    Secret,
    Secret,
  ];
  const world = await makeWorld();
  const folder = await makeTemporaryFolder('tokens');
  const server = await startTokenServer(folder.path, { users: { [writer.user]: writer.password }, lifetime: LIFETIME });
  const tokens = await startFaultProxy(server);
  const { source, destination } = world;
  const [sourceDoor, destinationDoor] = [
    await startRegistry({ storage: source.root, user: { name: reader.user, password: reader.password } }),
    await startRegistry({
      storage: destination.root,
      tokens: { server, realm: server.realm.replace(server.host, tokens.host) },
    }),
  ];
  const [from, to] = [await startFaultProxy(sourceDoor), await startFaultProxy(destinationDoor)];
  return {
    ...world,
    from,
    to,
    tokens,
    env: {
      CARVEL_AIRGAP_FROM_USERNAME: reader.user,
      CARVEL_AIRGAP_FROM_PASSWORD: reader.password,
      CARVEL_AIRGAP_TO_USERNAME: writer.user,
      CARVEL_AIRGAP_TO_PASSWORD: writer.password,
    },
    secrets: () => ({
      from: [reader],
      to: [writer, ...server.issued.map((token) => ({ user: writer.user, password: token }))],
    }),
    async stop() {
      for (const part of [from, to, tokens, sourceDoor, destinationDoor, server]) await part.stop();
      await world.stop();
      await folder.remove();
    },
  };
}
