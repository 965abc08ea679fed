import { parseRepository } from '../../oci/reference.ts';
import { agentError } from '../../agents/errors.ts';
import type { AgentBackend, AgentCall } from '../../agents/tool.ts';
import { abortError, tryOrUndefined } from '../../base/errors.ts';
import type { PlannedRelocation, RelocationEngine } from '../../relocation/engine.ts';
import type { RelocationReport } from '../../relocation/report/report.ts';
import { destinationText, sourceText } from '../../relocation/request/request.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Clusters } from '../clusters/clusters.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import type { RegistryApi, RegistryConnections } from '../registries/registry-connections.ts';
import { imageName } from '../relocations/relocation-job.ts';
import type { Outcome } from '../relocations/list/relocation-attempt.ts';
import type { Relocations } from '../relocations/list/relocations.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';

export interface EditorBackendParts {
  readonly engine: RelocationEngine;
  readonly reader: RegistryConnections;
  readonly api: () => RegistryApi;
  readonly clusters: Clusters;
  readonly setting: RegistriesSetting;
  readonly relocations: Relocations;
  readonly hide: (text: string) => string;
}

/** What the tools stand on, with the registries, credentials and clusters of the editor. */
export function editorBackend(parts: EditorBackendParts): AgentBackend {
  const { engine, reader, api, clusters, setting, hide } = parts;
  const reach = (clusterHost: string): string => setting.hostOf(clusterHost);
  return {
    engine,
    hide,
    describeReference: (reference, signal) => reader.describe(reference, signal),
    describeFile: (path, signal) => api().describeFile(path, signal),
    inventory: (repository, signal) => reader.inventory(parseRepository(repository), signal),
    audit: (target, options) => reader.audit(target, { reach, ...options }),
    auditCluster: (options) => reader.auditCluster({ reach, ...options }),
    auditReady: (subject, options) => reader.auditReady(subject, { reach, ...options }),
    findPackage: async (session, text, namespace, signal) => {
      const [refName = '', version] = text.split('@');
      const wanted = { refName, namespace, ...(version === undefined ? {} : { version }) };
      const found = await api().findPackage(session, wanted, signal);
      return { kind: 'package', name: `${refName} ${found.version}`, template: found.template };
    },
    copy: (planned, request, call) => copy(parts, planned, request, call),
    inside: () => [...new Set(setting.inside().flatMap((host) => [host, setting.clusterHost(host)]))],
    cluster: async (context) => {
      const name = context ?? (await clusters.kubeconfig()).currentContext;
      if (name === undefined) throw agentError('no-context');
      return clusters.session(name);
    },
  };
}

/** Runs it in the list of relocations, where a person sees it, and can pause, cancel and resume it. */
async function copy(
  { relocations }: EditorBackendParts,
  planned: PlannedRelocation,
  request: RelocationRequest,
  { signal }: AgentCall,
): Promise<RelocationReport> {
  const job = { name: nameOf(request), request };
  if (relocations.isUnderWay(job)) {
    await planned.close();
    const destination = destinationText(request.destination);
    throw workbenchError('relocation-under-way', { name: job.name, destination });
  }
  const outcome = await new Promise<Outcome>((ended, failed) => {
    relocations.start(job, planned, { onEvent: () => undefined, ended }).then((id) => {
      const stop = (): void => relocations.stop(id, 'cancelled');
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    }, failed);
  });
  if (outcome.kind === 'finished') return outcome.report;
  if (outcome.kind === 'stopped') throw signal.aborted ? abortError() : agentError('copy-stopped');
  throw outcome.error;
}

function nameOf({ source }: RelocationRequest): string {
  const text = sourceText(source);
  const place = 'reference' in source ? tryOrUndefined(() => parseReference(source.reference)) : undefined;
  return place === undefined ? text.slice(text.lastIndexOf('/') + 1) : imageName(place);
}
