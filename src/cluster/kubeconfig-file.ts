import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isRecord, record, text } from '../packaging/json.ts';
import { parseYamlDocuments, yamlValue } from '../packaging/yaml-text.ts';
import { clusterError } from './errors.ts';
import type { AirgapError } from '../base/errors.ts';
import { readCluster, readContext, readUser } from './kubeconfig-entries.ts';
import type { ClusterEntry, ContextEntry, UserEntry } from './kubeconfig-entries.ts';

const MOST_BYTES = 16 * 1024 * 1024;

/** What one kubeconfig file holds. */
export interface KubeconfigFile {
  readonly file: string;
  readonly currentContext?: string;
  readonly clusters: readonly ClusterEntry[];
  readonly contexts: readonly ContextEntry[];
  readonly users: readonly UserEntry[];
  /** Entries that were left out, and why. */
  readonly problems: readonly AirgapError[];
}

/** Rejects with `cluster.kubeconfig-unreadable` or `cluster.kubeconfig-invalid`. The text of the file is never in an error. */
export async function readKubeconfigFile(file: string): Promise<KubeconfigFile> {
  let source: string;
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    source = await readFile(file, 'utf8');
  } catch (error) {
    throw clusterError('kubeconfig-unreadable', { file, reason: readingReason(error) });
  }
  return parseKubeconfig(source, file);
}

/** `file` is an absolute path: relative paths in the text start from its folder. */
export function parseKubeconfig(source: string, file: string): KubeconfigFile {
  const [document, ...more] = parseYamlDocuments(source);
  if (document === undefined) return { file, clusters: [], contexts: [], users: [], problems: [] };
  const [error] = document.errors;
  if (error !== undefined)
    throw invalid(file, `it is not valid YAML (line ${lineOf(source, error.pos[0])}: ${error.code})`);
  if (more.length > 0) throw invalid(file, 'it holds more than one YAML document');
  const value = yamlValue(document) ?? {};
  if (!isRecord(value)) throw invalid(file, 'a map with clusters, contexts and users was expected');
  const kind = value['kind'] ?? 'Config';
  if (kind !== 'Config') throw invalid(file, `its kind is ${text(kind) ?? 'not a text'}, not Config`);

  const problems: AirgapError[] = [];
  const entries = <Entry>(
    list: string,
    member: string,
    read: (name: string, entry: unknown) => Entry | undefined,
  ): Entry[] =>
    (Array.isArray(value[list]) ? (value[list] as unknown[]) : []).flatMap((item, index) => {
      const name = text(record(item)['name']);
      const entry = name === undefined ? undefined : read(name, record(item)[member]);
      if (entry !== undefined) return [entry];
      problems.push(
        invalid(file, `${list}[${index}]${name === undefined ? ' has no name' : ` (${name}) is not complete`}`),
      );
      return [];
    });
  const folder = dirname(file);
  const currentContext = text(value['current-context']);
  return {
    file,
    ...(currentContext !== undefined && { currentContext }),
    clusters: entries('clusters', 'cluster', (name, entry) => readCluster(name, entry, folder)),
    contexts: entries('contexts', 'context', readContext),
    users: entries('users', 'user', (name, entry) => readUser(name, entry, folder)),
    problems,
  };
}

function invalid(file: string, reason: string): AirgapError {
  return clusterError('kubeconfig-invalid', { file, reason });
}

function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

function readingReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'reading it is not allowed';
  if (code === 'EISDIR') return 'it is a folder';
  return error instanceof Error ? error.message : String(error);
}
