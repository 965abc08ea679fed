import { isAbsolute, join, relative } from 'node:path';

import type { RelocationTask } from '../../contract/tasks.ts';
import { taskType } from '../../contract/tasks.ts';
import type {
  RelocationDestinationSpec,
  RelocationOptions,
  RelocationRequest,
  RelocationSourceSpec,
} from '../../relocation/request/request.ts';
import { workbenchError } from '../errors/workbench-error.ts';

const TEXTS = ['source', 'lock', 'tar', 'toRepository', 'toTar', 'toTag'] as const;
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
  return { type: taskType, ...from, ...to, ...options };
}

function checked(definition: Readonly<Record<string, unknown>>): RelocationTask {
  for (const name of TEXTS) {
    const value = definition[name];
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw invalid(`'${name}' is not a text`);
  }
  for (const name of FLAGS) {
    const value = definition[name];
    if (value !== undefined && typeof value !== 'boolean') throw invalid(`'${name}' is neither true nor false`);
  }
  return definition as unknown as RelocationTask;
}

function onlyOne<Spec>(names: string, given: readonly (Spec | undefined)[]): Spec {
  const [one, ...more] = given.filter((each) => each !== undefined);
  if (one === undefined || more.length > 0) throw invalid(`it needs exactly one of ${names}`);
  return one;
}

function invalid(reason: string): Error {
  return workbenchError('task-invalid', { reason });
}
