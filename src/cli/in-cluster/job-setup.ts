import { stringify } from 'yaml';

import type { ClusterSession } from '../../cluster/api.ts';
import type { JobSettings } from '../../jobs/job-driver.ts';
import type { CredentialProvider } from '../../oci/auth/credentials.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import { parseReference, parseRepository } from '../../oci/reference.ts';
import type { Repository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { openSession } from '../audit/cluster-audit-command.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { labelsOf, podFlags, podsOf } from './in-cluster-flags.ts';

export interface JobContext {
  readonly context: CommandContext;
  readonly connection: ConnectionSettings;
  readonly credentials: CredentialProvider;
}

/** The cluster of --in-cluster, and the registries that Jobs there write to. */
export interface JobSession {
  readonly session: ClusterSession;
  readonly namespace: string;
  readonly registries: Registries;
  /** Ends with the first Ctrl-C: nothing is in transit here that would be lost. */
  readonly signal: AbortSignal;
}

/** Opens the cluster of --in-cluster for an action. */
export async function withJobSession<Result>(
  { context, connection, credentials }: JobContext,
  command: string,
  action: (session: JobSession) => Promise<Result>,
): Promise<Result> {
  const { values, environment } = context;
  const noContext = () =>
    cliError('missing-argument', {
      command,
      what: '--in-cluster CONTEXT',
      usage: 'kubectl config get-contexts lists the contexts.',
    });
  const session = await openSession(values, environment, values.text('in-cluster'), noContext);
  const registries = createRegistries(connection, credentials, 'destination');
  const namespace = values.text('namespace') ?? session.defaultNamespace;
  try {
    return await action({
      session,
      namespace,
      registries,
      signal: AbortSignal.any([context.signal, context.pause]),
    });
  } finally {
    session.close();
    await registries.close();
  }
}

export function settingsOf({ context: { values }, connection }: JobContext): JobSettings {
  const image = values.text('job-image') ?? '';
  parseReference(image);
  return {
    image,
    pods: podsOf(values),
    labels: labelsOf(values),
    flags: (shares) => podFlags(values, shares),
    secret: values.text('job-secret'),
    certificates: connection.caCertificates ?? [],
  };
}

/** @throws cli.one-destination */
export function destinationOf({ destination }: RelocationRequest): Repository {
  if (destination.kind !== 'repository') throw cliError('one-destination');
  return parseRepository(destination.repository);
}

export function yamlOf(documents: readonly object[]): string {
  return documents
    .map((each) => stringify(each, { lineWidth: 0 }))
    .join('---\n')
    .trimEnd();
}
