import * as vscode from 'vscode';

import type { KubeContext } from '../../cluster/api.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import type { Clusters } from './clusters.ts';

const KEY = 'carvelAirgap.applyContext';

/**
 * The cluster for Apply and for new documents: the context chosen in this workspace, otherwise the current context of
 * kubectl.
 */
export class ApplyTargets implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #clusters: Clusters;
  readonly #state: vscode.Memento;

  constructor(clusters: Clusters, state: vscode.Memento) {
    this.#clusters = clusters;
    this.#state = state;
    this.onDidChange = this.#changes.event;
  }

  async context(): Promise<KubeContext | undefined> {
    await this.#clusters.kubeconfig();
    return this.known;
  }

  /** The target as far as it is known without reading a file. */
  get known(): KubeContext | undefined {
    const { contexts = [], currentContext } = this.#clusters.known ?? {};
    const chosen = this.#state.get<string>(KEY);
    return contexts.find(({ name }) => name === chosen) ?? contexts.find(({ name }) => name === currentContext);
  }

  /**
   * The target for a document that may name its own context.
   * @throws workbench.context-unknown if the kubeconfig has no such context
   */
  async contextFor(named: string | undefined): Promise<KubeContext | undefined> {
    const context = await this.context();
    if (named === undefined) return context;
    const own = this.knownFor(named);
    if (own === undefined) throw workbenchError('context-unknown', { context: named });
    return own;
  }

  /** Like `contextFor`, but only as far as it is known without reading a file. */
  knownFor(named: string | undefined): KubeContext | undefined {
    return named === undefined ? this.known : this.#clusters.known?.contexts.find(({ name }) => name === named);
  }

  async choose(context: string): Promise<void> {
    await this.#state.update(KEY, context);
    this.#changes.fire();
  }

  dispose(): void {
    this.#changes.dispose();
  }
}
