import type { Context } from '@kubernetes/client-node';
import { createHash, randomUUID } from 'node:crypto';
import { access } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import type { AirgapError } from '../base/errors.ts';
import { homeFolder } from '../base/home-folder.ts';
import type { KubeContext, Kubeconfig, KubeconfigSource } from './api.ts';
import { clusterError } from './errors.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig-entries.ts';
import { brokenKey, readKubeconfigFile } from './kubeconfig-file.ts';
import type { KubeconfigFile } from './kubeconfig-file.ts';

/** What a session needs from a context. Contains credentials. */
export interface ContextDetails {
  readonly context: KubeContext;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

/**
 * The kubeconfig files, merged as kubectl does: if two entries have the same name, the first counts. The library's
 * KubeConfig (2.0.1) throws then, takes the current context of the last file instead of the first, and requires every
 * file of KUBECONFIG to exist.
 */
export class LoadedKubeconfig implements Kubeconfig {
  readonly contexts: readonly KubeContext[];
  readonly currentContext?: string;
  readonly files: readonly string[];
  readonly problems: readonly AirgapError[];
  readonly revision: string;
  // Private fields, so that credentials are not exposed when the object is logged or serialized as JSON.
  readonly #clusters: ReadonlyMap<string, ClusterEntry>;
  readonly #users: ReadonlyMap<string, UserEntry>;
  readonly #broken: ReadonlyMap<string, string>;

  constructor(files: readonly string[], read: readonly KubeconfigFile[], problems: readonly AirgapError[]) {
    this.files = files;
    this.problems = [...problems, ...read.flatMap((file) => file.problems)];
    this.#clusters = firstOfName(read.flatMap(({ clusters }) => clusters));
    this.#users = firstOfName(read.flatMap(({ users }) => users));
    this.#broken = new Map(read.toReversed().flatMap(({ broken }) => [...broken]));
    const contexts = read.flatMap(({ file, contexts }) => contexts.map((context) => ({ ...context, file })));
    this.contexts = [...firstOfName(contexts).values()].map((context) => this.#shown(context));
    const current = read.find(({ currentContext }) => currentContext !== undefined)?.currentContext;
    if (current !== undefined) this.currentContext = current;
    this.revision = revisionOf([files, read.map(withoutRenewed), this.problems.map(({ message }) => message)]);
  }

  /** Throws `cluster.context-missing` and `cluster.context-incomplete`. */
  details(name: string): ContextDetails {
    const context = this.contexts.find((context) => context.name === name);
    if (context === undefined) throw clusterError('context-missing', { context: name });
    const { clusterName, userName, file } = context;
    const cluster = this.#clusters.get(clusterName);
    const user = userName === '' ? { name: '', file, impersonation: {} } : this.#users.get(userName);
    if (cluster !== undefined && user !== undefined) return { context, cluster, user };
    const reason = cluster === undefined ? this.#missing('clusters', clusterName) : this.#missing('users', userName);
    throw clusterError('context-incomplete', { context: name, file, reason });
  }

  #missing(list: 'clusters' | 'users', name: string): string {
    const kind = list === 'clusters' ? 'cluster' : 'user';
    if (name === '') return `it names no ${kind}`;
    const broken = this.#broken.get(brokenKey(list, name));
    return broken === undefined ? `there is no ${kind} '${name}'` : `${kind} '${name}': ${broken}`;
  }

  #shown(context: Context & { readonly file: string }): KubeContext {
    const server = this.#clusters.get(context.cluster)?.server;
    const user = this.#users.get(context.user);
    const login = user?.exec?.command;
    return {
      name: context.name,
      file: context.file,
      clusterName: context.cluster,
      userName: context.user,
      namespace: context.namespace ?? 'default',
      ...(server !== undefined && { server }),
      ...(login !== undefined && { loginCommand: login }),
      ...(server?.startsWith('http:') === true && hasCredentials(user) && { withholdsCredentials: true }),
    };
  }
}

/** See ClusterApi.loadKubeconfig. */
export async function loadKubeconfig(source: KubeconfigSource): Promise<LoadedKubeconfig> {
  const { files, optional, origin } = locate(source);
  const existing = await Promise.all(files.map(exists));
  // As kubectl: files listed in KUBECONFIG may be missing as long as one of them exists.
  const toRead =
    optional === 'all' || (optional === 'some' && existing.includes(true))
      ? files.filter((_, i) => existing[i])
      : files;
  const results = await Promise.allSettled(toRead.map((file) => readKubeconfigFile(file, origin)));
  const read = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const problems = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as AirgapError] : []));
  return new LoadedKubeconfig(files, read, problems);
}

function locate({ files, filesOrigin, environment = process.env }: KubeconfigSource): {
  files: string[];
  optional: 'none' | 'some' | 'all';
  origin?: string | undefined;
} {
  if (files !== undefined && files.length > 0) {
    return { files: absolute(files), optional: 'none', origin: filesOrigin };
  }
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return { files: absolute(listed), optional: 'some', origin: 'KUBECONFIG' };
  const home = homeFolder(environment);
  return { files: home === undefined ? [] : [join(home, '.kube', 'config')], optional: 'all' };
}

function absolute(files: readonly string[]): string[] {
  return [...new Set(files.map((file) => resolve(file)))];
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  );
}

function firstOfName<Entry extends { readonly name: string }>(entries: readonly Entry[]): Map<string, Entry> {
  const first = new Map<string, Entry>();
  for (const entry of entries) if (!first.has(entry.name)) first.set(entry.name, entry);
  return first;
}

/** Whether a user has anything besides a name and impersonation headers. */
export function hasCredentials(user: UserEntry | undefined): boolean {
  const { name: _, file: __, impersonation: ___, ...credentials } = user ?? {};
  return Object.keys(credentials).length > 0;
}

function revisionOf(content: unknown): string {
  try {
    return createHash('sha256').update(JSON.stringify(content)).digest('hex');
  } catch {
    // Too large for a string once its aliases are expanded.
    return randomUUID();
  }
}

/** Without the tokens that OidcLogin reads again from the file when it needs new ones. */
function withoutRenewed(file: KubeconfigFile): unknown {
  const users = file.users.map((user) => {
    if (user.authProvider?.name !== 'oidc') return user;
    const { 'id-token': _, 'refresh-token': __, ...config } = user.authProvider.config;
    return { ...user, authProvider: config };
  });
  return { ...file, users, problems: [], broken: [...file.broken] };
}
