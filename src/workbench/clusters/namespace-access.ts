import * as vscode from 'vscode';

import type { AccessQuestion } from '../../cluster/actions-api.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import type { Clusters } from './clusters.ts';

/** What this user may do with the PackageRepositories, PackageInstalls and Secrets of a namespace. */
export interface Permissions {
  /** May create and change PackageRepositories. */
  readonly change: boolean;
  readonly delete: boolean;
  /** May create and change PackageInstalls. */
  readonly changeInstalls: boolean;
  readonly deleteInstalls: boolean;
  /** May create and change Secrets, which pull secrets require. */
  readonly secrets: boolean;
}

const REPOSITORIES = { group: 'packaging.carvel.dev', resource: 'packagerepositories' };
const INSTALLS = { group: 'packaging.carvel.dev', resource: 'packageinstalls' };
const SECRETS = { group: '', resource: 'secrets' };
const QUESTIONS: readonly AccessQuestion[] = [
  { verb: 'patch', ...REPOSITORIES },
  { verb: 'create', ...REPOSITORIES },
  { verb: 'delete', ...REPOSITORIES },
  { verb: 'patch', ...INSTALLS },
  { verb: 'create', ...INSTALLS },
  { verb: 'delete', ...INSTALLS },
  { verb: 'patch', ...SECRETS },
  { verb: 'create', ...SECRETS },
];

/** Asks each cluster once for the permissions of the user and caches the answers until the kubeconfig changes. */
export class NamespaceAccess implements vscode.Disposable {
  /** Fired when a permission becomes known or changes. */
  readonly onDidChange: vscode.Event<{ readonly context: string }>;
  readonly #changes = new vscode.EventEmitter<{ readonly context: string }>();
  readonly #clusters: Clusters;
  readonly #known = new Map<string, Permissions>();
  readonly #asking = new Map<string, Promise<Permissions>>();
  readonly #abort = new AbortController();
  readonly #subscription: vscode.Disposable;

  constructor(clusters: Clusters) {
    this.#clusters = clusters;
    this.onDidChange = this.#changes.event;
    this.#subscription = clusters.onDidChange(() => this.forget());
  }

  /** Returns the cached answer without a request. */
  known(context: string, namespace: string): Permissions | undefined {
    return this.#known.get(key(context)) ?? this.#known.get(key(context, namespace));
  }

  /** Checks the permissions for all namespaces first, and for this namespace only if they are missing. */
  ask(context: string, namespace: string): Promise<Permissions> {
    const id = key(context, namespace);
    const asking = this.#asking.get(id) ?? this.#ask(context, namespace);
    this.#asking.set(id, asking);
    asking.catch(() => this.#asking.delete(id));
    return asking;
  }

  /** Like `ask`, but ignores the cache, because permissions can change. */
  refresh(context: string, namespace: string): Promise<Permissions> {
    for (const id of [key(context), key(context, namespace)]) {
      this.#asking.delete(id);
      this.#known.delete(id);
    }
    return this.ask(context, namespace);
  }

  forget(): void {
    this.#known.clear();
    this.#asking.clear();
  }

  dispose(): void {
    this.#abort.abort();
    this.#subscription.dispose();
    this.#changes.dispose();
  }

  async #ask(context: string, namespace: string): Promise<Permissions> {
    const clusterKey = key(context);
    let clusterWide = this.#asking.get(clusterKey);
    if (clusterWide === undefined) {
      clusterWide = this.#answer(context, undefined);
      this.#asking.set(clusterKey, clusterWide);
      clusterWide.catch(() => this.#asking.delete(clusterKey));
    }
    const all = await clusterWide;
    const isAll = Object.values(all).every((each) => each === true);
    const permissions = isAll ? all : await this.#answer(context, namespace);
    this.#known.set(isAll ? clusterKey : key(context, namespace), permissions);
    this.#changes.fire({ context });
    return permissions;
  }

  async #answer(context: string, namespace: string | undefined): Promise<Permissions> {
    const session = await this.#clusters.session(context);
    const questions = QUESTIONS.map((question) => ({ ...question, ...(namespace && { namespace }) }));
    const answers = await session.checkAccess(questions, this.#abort.signal);
    const may = (resource: string, ...verbs: AccessQuestion['verb'][]): boolean =>
      verbs.every((verb) => {
        const index = QUESTIONS.findIndex((each) => each.resource === resource && each.verb === verb);
        return answers[index] === true;
      });
    return {
      change: may(REPOSITORIES.resource, 'patch', 'create'),
      delete: may(REPOSITORIES.resource, 'delete'),
      changeInstalls: may(INSTALLS.resource, 'patch', 'create'),
      deleteInstalls: may(INSTALLS.resource, 'delete'),
      secrets: may(SECRETS.resource, 'patch', 'create'),
    };
  }
}

function key(context: string, namespace?: string): string {
  return JSON.stringify([context, namespace]);
}

interface NamespaceRef {
  readonly context: string;
  readonly namespace: string;
}

type Kind = 'PackageRepositories' | 'PackageInstalls';

/** @throws workbench.not-allowed if the user may not create or change objects of this kind in the namespace */
export async function requireChange(access: NamespaceAccess, place: NamespaceRef, kind: Kind): Promise<void> {
  const { context, namespace } = place;
  const { change, changeInstalls } = await access.refresh(context, namespace);
  const isAllowed = kind === 'PackageInstalls' ? changeInstalls : change;
  if (!isAllowed) throw workbenchError('not-allowed', { verb: 'change', kind, context, namespace });
}

/** @throws workbench.not-allowed */
export async function requireDelete(access: NamespaceAccess, place: NamespaceRef, kind: Kind): Promise<void> {
  const { context, namespace } = place;
  const { delete: remove, deleteInstalls } = await access.refresh(context, namespace);
  const isAllowed = kind === 'PackageInstalls' ? deleteInstalls : remove;
  if (!isAllowed) throw workbenchError('not-allowed', { verb: 'delete', kind, context, namespace });
}
