import * as vscode from 'vscode';

import type { ClusterSession } from '../../cluster/api.ts';

/** A Secret of a cluster. */
export interface SecretAddress {
  readonly context: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whether Secrets that documents name are there. Only clusters that were opened are asked, and never for a Secret's content. */
export class SecretFacts implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #opened: (context: string) => Pick<ClusterSession, 'hasSecret'> | undefined;
  readonly #known = new Map<string, boolean>();
  readonly #abort = new AbortController();

  /** @param opened the session with a cluster, where there is one */
  constructor(opened: (context: string) => Pick<ClusterSession, 'hasSecret'> | undefined) {
    this.#opened = opened;
    this.onDidChange = this.#changes.event;
  }

  /** What was answered last; asks nobody. */
  known(address: SecretAddress): boolean | undefined {
    return this.#known.get(keyOf(address));
  }

  async ask(address: SecretAddress): Promise<void> {
    const { context, namespace, name } = address;
    const session = this.#opened(context);
    if (session === undefined) return;
    try {
      this.#known.set(keyOf(address), await session.hasSecret(namespace, name, this.#abort.signal));
    } catch {
      // Who may not read Secrets, or can not reach the cluster, is told so where that matters: at Apply.
      this.#known.delete(keyOf(address));
    }
    this.#changes.fire();
  }

  dispose(): void {
    this.#abort.abort();
    this.#changes.dispose();
  }
}

function keyOf({ context, namespace, name }: SecretAddress): string {
  return JSON.stringify([context, namespace, name]);
}
