import type { Context } from '@kubernetes/client-node';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isRecord, record, text } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { parseKubernetesYaml } from '../packaging/yaml-text.ts';
import { decodeText } from '../base/decode-text.ts';
import { clusterError } from './errors.ts';
import type { AirgapError } from '../base/errors.ts';
import { EntryError, mapping, readCluster, readContext, readUser } from './kubeconfig-entries.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig-entries.ts';

const MOST_BYTES = 16 * 1024 * 1024;

/** The content of one kubeconfig file. */
export interface KubeconfigFile {
  readonly file: string;
  readonly currentContext?: string;
  readonly clusters: readonly ClusterEntry[];
  readonly contexts: readonly Context[];
  readonly users: readonly UserEntry[];
  /** What is ignored, and why. */
  readonly problems: readonly AirgapError[];
  /** Why an entry was skipped, by `brokenKey`. */
  readonly broken: ReadonlyMap<string, string>;
}

/**
 * Rejects with `cluster.kubeconfig-unreadable`, `cluster.kubeconfig-named-unreadable` or `cluster.kubeconfig-invalid`.
 * Errors never contain text of the file.
 * @param origin the variable or setting that names the file
 */
export async function readKubeconfigFile(file: string, origin?: string): Promise<KubeconfigFile> {
  let source: string;
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    source = decodeText(await readFile(file));
  } catch (error) {
    const reason = readingReason(error);
    throw origin === undefined
      ? clusterError('kubeconfig-unreadable', { file, reason })
      : clusterError('kubeconfig-named-unreadable', { file, origin, reason });
  }
  return parseKubeconfig(source, file);
}

/** `file` is an absolute path; relative paths in the text start from its folder. */
export function parseKubeconfig(source: string, file: string): KubeconfigFile {
  const { value, ignoresDocuments } = parsed(source, file);
  const kind = value['kind'] ?? 'Config';
  if (kind !== 'Config') throw invalid(file, `its kind is ${text(kind) ?? 'not a string'}, not Config`);

  const problems: AirgapError[] = [];
  const broken = new Map<string, string>();
  const entries = <Entry>(list: EntryList, member: string, read: (name: string, entry: JsonRecord) => Entry): Entry[] =>
    listOf(value, list, file).flatMap((item, index) => {
      const name = text(record(item)['name']);
      try {
        if (name === undefined) throw new EntryError('it has no name');
        return [read(name, mapping(record(item), member) ?? {})];
      } catch (error) {
        if (!(error instanceof EntryError)) throw error;
        const where = name === undefined ? `${list}[${index}]` : `${list}[${index}] (${name})`;
        problems.push(clusterError('kubeconfig-partial', { file, reason: `${where}: ${error.message}` }));
        if (name !== undefined) broken.set(brokenKey(list, name), error.message);
        return [];
      }
    });
  if (ignoresDocuments) {
    const reason = 'it has several YAML documents, and only the first counts, as with kubectl';
    problems.push(clusterError('kubeconfig-partial', { file, reason }));
  }
  const currentContext = text(value['current-context']);
  return {
    file,
    ...(currentContext !== undefined && { currentContext }),
    clusters: entries('clusters', 'cluster', (name, entry) => readCluster(name, entry, dirname(file))),
    contexts: entries('contexts', 'context', readContext),
    users: entries('users', 'user', (name, entry) => readUser(name, entry, file)),
    problems,
    broken,
  };
}

function listOf(value: JsonRecord, name: EntryList, file: string): readonly unknown[] {
  const list = value[name] ?? [];
  if (!Array.isArray(list)) throw invalid(file, `${name} is not a list`);
  return list as readonly unknown[];
}

type EntryList = 'clusters' | 'contexts' | 'users';

/** The key in `KubeconfigFile.broken`. */
export function brokenKey(list: EntryList, name: string): string {
  return `${list} ${name}`;
}

function parsed(source: string, file: string): { value: JsonRecord; ignoresDocuments: boolean } {
  let result: ReturnType<typeof parseKubernetesYaml>;
  try {
    result = parseKubernetesYaml(source);
  } catch (error) {
    throw invalid(file, error instanceof Error ? error.message : String(error));
  }
  const { value, ignoresDocuments } = result;
  if (value === undefined || value === null) return { value: {}, ignoresDocuments };
  if (!isRecord(value)) throw invalid(file, 'a map with clusters, contexts and users was expected');
  return { value, ignoresDocuments };
}

function invalid(file: string, reason: string): AirgapError {
  return clusterError('kubeconfig-invalid', { file, reason });
}

function readingReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'reading it is not allowed';
  if (code === 'EISDIR') return 'it is a folder';
  return error instanceof Error ? error.message : String(error);
}
