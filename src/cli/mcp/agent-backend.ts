import { audit } from '../../audit/audit.ts';
import { auditCluster } from '../../audit/cluster/cluster-audit.ts';
import { auditReady, findPackage } from '../../audit/cluster/ready.ts';
import { agentError } from '../../agents/errors.ts';
import type { AgentBackend } from '../../agents/tool.ts';
import { inventoryOfRepository } from '../../carvel/read-inventory.ts';
import { anonymous } from '../../oci/auth/credentials.ts';
import type { CredentialProvider, Side } from '../../oci/auth/credentials.ts';
import type { KnownSecrets } from '../../oci/auth/known-secrets.ts';
import { parseRepository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { Registries } from '../../oci/registries.ts';
import { describeFile } from '../../relocation/describe-file.ts';
import { describeReference } from '../../relocation/describe.ts';
import { InProcessEngine } from '../../relocation/in-process-engine.ts';
import { clusterNames } from '../audit/audit-command.ts';
import { openSession } from '../audit/cluster-audit-command.ts';
import { connectionOf, stateFolder } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import type { FlagValues } from '../flags/flag.ts';

interface BackendOptions {
  readonly values: FlagValues;
  readonly environment: NodeJS.ProcessEnv;
  /** Receives every credential that is used. */
  readonly secrets: KnownSecrets;
  readonly warn: (text: string) => void;
}

/** What the tools stand on, with the credentials, flags and kubeconfigs of the command line. */
export async function commandLineBackend(options: BackendOptions): Promise<AgentBackend & { close(): Promise<void> }> {
  const { values, environment, secrets, warn } = options;
  const connection = await connectionOf(values, environment);
  for (const name of PROXIES) secrets.noteUrl(environment[name] ?? '');
  const find = cliCredentials(values, environment, warn);
  const credentials: CredentialProvider = async (request) => {
    const found = await find(request);
    if (found !== undefined) secrets.note(found);
    return found;
  };
  const hosts = clusterNames(values);
  const reach = (registry: string): string => hosts.get(registry) ?? registry;
  const open = new Map<string, Registries>();
  const registriesFor = (side: Side | 'anonymous'): Registries => {
    const known = open.get(side);
    if (known !== undefined) return known;
    const made =
      side === 'anonymous'
        ? createRegistries(connection, anonymous, 'destination')
        : createRegistries(connection, credentials, side);
    open.set(side, made);
    return made;
  };
  const [source, destination] = [() => registriesFor('source'), () => registriesFor('destination')];
  const both = () => ({ registries: destination(), anonymous: registriesFor('anonymous') });
  const engine = new InProcessEngine({
    connection,
    credentials,
    stateFolder: stateFolder(environment),
    requireSignature: values.list('require-signature'),
  });
  const sessions = new Map<string, ReturnType<typeof openSession>>();
  return {
    engine,
    hide: secrets.hide,
    describeReference: (reference, signal) =>
      describeReference(reference, source(), { cosignSignatures: false, referrers: false }, signal),
    describeFile,
    inventory: (repository, signal) => {
      const parsed = parseRepository(repository);
      return inventoryOfRepository(source().client(parsed.registry), parsed, signal);
    },
    audit: (target, given) => audit(target, { reach, ...given, registries: destination() }),
    auditCluster: (given) => auditCluster({ reach, ...given, ...both() }),
    auditReady: (subject, given) => auditReady(subject, { reach, ...given, ...both() }),
    findPackage: async (session, text, namespace, signal) => {
      const [refName = '', version] = text.split('@');
      const wanted = { refName, namespace, ...(version === undefined ? {} : { version }) };
      const { template, version: found } = await findPackage(session, wanted, signal);
      return { kind: 'package', name: `${refName} ${found}`, template };
    },
    copy: (planned, _, { signal, progress }) =>
      planned.run({
        signal,
        onEvent: (event) => {
          if (event.type === 'progress') progress('Copying', event.progress.bytesDone, event.progress.bytesTotal);
        },
      }),
    inside: () => [...hosts.keys()],
    cluster: (context) => {
      const key = context ?? '';
      const opened = sessions.get(key) ?? openSession(values, environment, context, () => agentError('no-context'));
      sessions.set(key, opened);
      // What could not be opened may be mended in the kubeconfig.
      opened.catch(() => sessions.delete(key));
      return opened;
    },
    close: async () => {
      const ended = await Promise.allSettled(sessions.values());
      for (const session of ended) if (session.status === 'fulfilled') session.value.close();
      await Promise.all([...open.values()].map((each) => each.close()));
    },
  };
}

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'];
