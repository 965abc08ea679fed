import { isAbsolute, join, relative } from 'node:path';

import { parseSize } from '../../base/format.ts';
import type { RelocationTask } from '../../contract/tasks.ts';
import { taskType } from '../../contract/tasks.ts';
import type {
  RelocationDestinationSpec,
  RelocationOptions,
  RelocationRequest,
  RelocationSourceSpec,
} from '../../relocation/request/request.ts';
import { workbenchError } from '../errors/workbench-error.ts';

const TEXTS = [
  'source',
  'lock',
  'tar',
  'toRepository',
  'toTar',
  'toTag',
  'since',
  'volumeSize',
  'sign',
  'signedBy',
  'beforeTag',
] as const;
const FLAGS = [
  'cosignSignatures',
  'referrers',
  'includeNonDistributable',
  'repoBasedTags',
  'repair',
  'keepGoing',
] as const;

/**
 * Parses a task definition with resolved variables.
 * @param folder the base of relative paths
 * @throws workbench.task-invalid
 */
export function requestOfTask(definition: Readonly<Record<string, unknown>>, folder: string): RelocationRequest {
  const task = checked(definition);
  const options: RelocationOptions = {
    ...(task.toTag === undefined ? {} : { toTag: task.toTag }),
    ...(task.since === undefined ? {} : { since: baseOf(task.since, folder) }),
    ...(task.packages === undefined ? {} : { packages: task.packages }),
    ...(task.volumeSize === undefined ? {} : { volumeSize: sizeOf(task.volumeSize) }),
    ...(task.sign === undefined ? {} : { sign: isAbsolute(task.sign) ? task.sign : join(folder, task.sign) }),
    ...(task.signedBy === undefined ? {} : { signedBy: task.signedBy }),
    ...(task.beforeTag === undefined ? {} : { beforeTag: task.beforeTag }),
    ...(task.referrers === false ? { referrers: false } : {}),
    ...Object.fromEntries(FLAGS.filter((name) => task[name] === true).map((name) => [name, true])),
  };
  const path = (text: string): string => (isAbsolute(text) ? text : join(folder, text));
  const source = onlyOne<RelocationSourceSpec>('source, lock, tar', [
    task.source === undefined ? undefined : { kind: 'any', reference: task.source },
    task.lock === undefined ? undefined : { kind: 'lock', path: path(task.lock) },
    task.tar === undefined ? undefined : { kind: 'archive', path: path(task.tar) },
  ]);
  const destination = onlyOne<RelocationDestinationSpec>('toRepository, toTar', [
    task.toRepository === undefined ? undefined : { kind: 'repository', repository: task.toRepository },
    task.toTar === undefined ? undefined : { kind: 'archive', path: path(task.toTar) },
  ]);
  return { source, destination, options };
}

/**
 * Creates the task definition for a relocation. Files in the folder are written as relative paths, so that the task can be
 * shared.
 */
export function taskOfRequest(
  { source, destination, options = {} }: RelocationRequest,
  folder: string,
): RelocationTask {
  const path = (file: string): string => {
    const inside = relative(folder, file);
    return inside.startsWith('..') || isAbsolute(inside) ? file : inside.replaceAll('\\', '/');
  };
  const from =
    source.kind === 'lock'
      ? { lock: path(source.path) }
      : source.kind === 'archive'
        ? { tar: path(source.path) }
        : { source: source.reference };
  const to =
    destination.kind === 'archive' ? { toTar: path(destination.path) } : { toRepository: destination.repository };
  const { since, volumeSize, sign, ...others } = options;
  return {
    type: taskType,
    ...from,
    ...to,
    ...others,
    ...(since === undefined ? {} : { since: isAbsolute(since) ? path(since) : since }),
    ...(sign === undefined ? {} : { sign: path(sign) }),
    ...(volumeSize === undefined ? {} : { volumeSize: String(volumeSize) }),
  };
}

function checked(definition: Readonly<Record<string, unknown>>): RelocationTask {
  for (const name of TEXTS) {
    const value = definition[name];
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw invalid(`'${name}' is not a text`);
  }
  const { packages } = definition;
  const isList = Array.isArray(packages) && packages.every((each) => typeof each === 'string' && each !== '');
  if (packages !== undefined && !isList) throw invalid(`'packages' is not a list of texts`);
  for (const name of FLAGS) {
    const value = definition[name];
    if (value !== undefined && typeof value !== 'boolean') throw invalid(`'${name}' is neither true nor false`);
  }
  return definition as unknown as RelocationTask;
}

/** A path with the name of a tar, receipt or inventory is relative to the folder; anything else is a repository. */
function baseOf(since: string, folder: string): string {
  return !isAbsolute(since) && /\.(?:tar|json|sha256)$/.test(since) ? join(folder, since) : since;
}

function sizeOf(text: string): number {
  const size = parseSize(text);
  if (size === undefined || size === 0) throw invalid(`'volumeSize' is not a size such as 4GiB`);
  return size;
}

function onlyOne<Spec>(names: string, given: readonly (Spec | undefined)[]): Spec {
  const [one, ...more] = given.filter((each) => each !== undefined);
  if (one === undefined || more.length > 0) throw invalid(`it needs exactly one of ${names}`);
  return one;
}

function invalid(reason: string): Error {
  return workbenchError('task-invalid', { reason });
}
